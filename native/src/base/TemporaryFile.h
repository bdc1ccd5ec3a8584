#pragma once

#include <cstdint>
#include <string>

namespace inferf {

/// A file without a name: nobody else can open it, and the system frees it when it is closed or the process ends, however it ends. Threads may write
/// and read different ranges of it at the same time.
class TemporaryFile {
 public:
  /// Creates the file in `directory`, or in the system's directory for temporary files if that is empty. Throws SOURCE, naming the directory.
  explicit TemporaryFile(const std::string& directory);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  /// Writes bytes at an offset. Throws SOURCE (a full disk, for example).
  void write(int64_t offset, const void* data, int64_t bytes);
  /// Reads bytes that have been written. Throws SOURCE.
  void read(int64_t offset, void* data, int64_t bytes) const;

  /// Where the file lies.
  const std::string& directory() const { return directory_; }

 private:
  std::string directory_;
  int descriptor_ = -1;
};

}  // namespace inferf
