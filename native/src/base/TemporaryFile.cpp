#include "base/TemporaryFile.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#if defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <sys/stat.h>

#include <mutex>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

#include "base/Error.h"

namespace inferf {

namespace {

// One system call moves at most so much; Linux itself stops a little below 2 GiB.
constexpr int64_t kMaxTransfer = int64_t{1} << 30;

std::string systemDirectory() {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::temp_directory_path(error);
  INFERF_USER_CHECK(!error, INFERF_ERROR_SOURCE, "The system has no directory for temporary files: ", error.message());
  return path.string();
}

#if defined(_WIN32)

std::mutex positionMutex;  // a descriptor has one position

int createNameless(const std::string& directory) {
  std::string path = (std::filesystem::path(directory) / ("inferf-" + std::to_string(_getpid()) + "-XXXXXX")).string();
  if (_mktemp_s(path.data(), path.size() + 1) != 0) {
    return -1;
  }
  return _open(path.c_str(), _O_CREAT | _O_EXCL | _O_RDWR | _O_BINARY | _O_TEMPORARY, _S_IREAD | _S_IWRITE);
}

int64_t writeSome(int descriptor, const uint8_t* data, int64_t bytes, int64_t offset) {
  const std::lock_guard lock(positionMutex);
  return _lseeki64(descriptor, offset, SEEK_SET) < 0 ? -1 : _write(descriptor, data, static_cast<unsigned>(bytes));
}
int64_t readSome(int descriptor, uint8_t* data, int64_t bytes, int64_t offset) {
  const std::lock_guard lock(positionMutex);
  return _lseeki64(descriptor, offset, SEEK_SET) < 0 ? -1 : _read(descriptor, data, static_cast<unsigned>(bytes));
}
void closeFile(int descriptor) { _close(descriptor); }

#else

int createNameless(const std::string& directory) {
#if defined(O_TMPFILE)
  const int nameless = open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  // File systems without the feature (or kernels) say so in one of these ways.
  if (nameless >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) {
    return nameless;
  }
#endif
  std::string path = directory + "/inferf-XXXXXX";
  const int named = mkstemp(path.data());
  if (named >= 0) {
    unlink(path.c_str());
    fcntl(named, F_SETFD, FD_CLOEXEC);
  }
  return named;
}

int64_t writeSome(int descriptor, const uint8_t* data, int64_t bytes, int64_t offset) {
  return pwrite(descriptor, data, static_cast<size_t>(bytes), static_cast<off_t>(offset));
}
int64_t readSome(int descriptor, uint8_t* data, int64_t bytes, int64_t offset) {
  return pread(descriptor, data, static_cast<size_t>(bytes), static_cast<off_t>(offset));
}
void closeFile(int descriptor) { close(descriptor); }

#endif

}  // namespace

TemporaryFile::TemporaryFile(const std::string& directory) : directory_(directory.empty() ? systemDirectory() : directory) {
  descriptor_ = createNameless(directory_);
  INFERF_USER_CHECK(descriptor_ >= 0, INFERF_ERROR_SOURCE, "A spill file could not be created. Directory: '", directory_, "', message: ",
                    std::generic_category().message(errno));
}

TemporaryFile::~TemporaryFile() { closeFile(descriptor_); }

void TemporaryFile::write(int64_t offset, const void* data, int64_t bytes) {
  const auto* from = static_cast<const uint8_t*>(data);
  while (bytes > 0) {
    const int64_t written = writeSome(descriptor_, from, std::min(bytes, kMaxTransfer), offset);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    INFERF_USER_CHECK(written > 0, INFERF_ERROR_SOURCE, "A spill file could not be written. Directory: '", directory_, "', at byte ", offset,
                      ", message: ", std::generic_category().message(written < 0 ? errno : ENOSPC));
    from += written;
    offset += written;
    bytes -= written;
  }
}

void TemporaryFile::read(int64_t offset, void* data, int64_t bytes) const {
  auto* to = static_cast<uint8_t*>(data);
  while (bytes > 0) {
    const int64_t numRead = readSome(descriptor_, to, std::min(bytes, kMaxTransfer), offset);
    if (numRead < 0 && errno == EINTR) {
      continue;
    }
    INFERF_USER_CHECK(numRead > 0, INFERF_ERROR_SOURCE, "A spill file could not be read back. Directory: '", directory_, "', at byte ", offset,
                      ", message: ", numRead < 0 ? std::generic_category().message(errno) : std::string("it ends there"));
    to += numRead;
    offset += numRead;
    bytes -= numRead;
  }
}

}  // namespace inferf
