#include "onnx/OnnxLibrary.h"

#include <onnxruntime_c_api.h>

#include <filesystem>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

#include "base/Error.h"

namespace inferf {

namespace {

/// The oldest interface that has all we call. Libraries from 1.15 on have it.
constexpr uint32_t kApiVersion = 15;

std::mutex loadMutex;
const OnnxLibrary* loaded = nullptr;  // guarded by loadMutex, as is the next

std::string& hostPath() {
  static std::string path;
  return path;
}

#if defined(_WIN32)

constexpr const char* kFileNames[] = {"onnxruntime.dll"};

void* openLibrary(const std::string& name) {
  const std::filesystem::path path = std::filesystem::u8path(name);
  return reinterpret_cast<void*>(path.has_parent_path() ? LoadLibraryExW(path.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH)
                                                        : LoadLibraryW(path.c_str()));
}
void* openLoaded(const std::string& name) { return reinterpret_cast<void*>(GetModuleHandleA(name.c_str())); }
void* symbolOf(void* library, const char* name) { return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name)); }
std::string reasonOfFailure() { return "error " + std::to_string(GetLastError()); }

std::filesystem::path ownDirectory() {
  HMODULE self = nullptr;
  wchar_t path[MAX_PATH];
  if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                          reinterpret_cast<LPCWSTR>(&ownDirectory), &self) ||
      GetModuleFileNameW(self, path, MAX_PATH) == 0) {
    return {};
  }
  return std::filesystem::path(path).parent_path();
}

#else

#if defined(__APPLE__)
constexpr const char* kFileNames[] = {"libonnxruntime.dylib", "libonnxruntime.1.dylib"};
#else
constexpr const char* kFileNames[] = {"libonnxruntime.so.1", "libonnxruntime.so"};
#endif

void* openLibrary(const std::string& name) { return dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL); }
void* openLoaded(const std::string& name) { return dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD); }
void* symbolOf(void* library, const char* name) { return dlsym(library, name); }
std::string reasonOfFailure() {
  const char* reason = dlerror();
  return reason == nullptr ? "unknown reason" : reason;
}

std::filesystem::path ownDirectory() {
  Dl_info info;
  if (dladdr(reinterpret_cast<const void*>(&ownDirectory), &info) == 0 || info.dli_fname == nullptr) {
    return {};
  }
  return std::filesystem::path(info.dli_fname).parent_path();
}

#endif

/// Opens the library, or throws with all that was tried.
void* openAny() {
  std::string tried;
  const auto open = [&tried](const std::string& name) {
    void* library = openLibrary(name);
    if (library == nullptr) {
      tried += "\n  " + name + ": " + reasonOfFailure();
    }
    return library;
  };
  if (!hostPath().empty()) {
    // A wrong choice of the host is an error: another library than its own would be worse.
    void* library = open(hostPath());
    INFERF_USER_CHECK(library != nullptr, INFERF_ERROR_UNSUPPORTED,
                      "The model has parts that ONNX Runtime must run, and the library that the host named cannot be loaded. Tried:", tried);
    return library;
  }
  for (const char* name : kFileNames) {
    if (void* library = openLoaded(name)) {
      return library;
    }
  }
  const std::filesystem::path directory = ownDirectory();
  for (const char* name : kFileNames) {
    std::error_code ignored;
    const std::filesystem::path file = directory / name;
    if (directory.empty() || !std::filesystem::exists(file, ignored)) {
      tried += "\n  " + file.string() + ": does not exist";
    } else if (void* library = open(file.string())) {
      return library;
    }
  }
  for (const char* name : kFileNames) {
    if (void* library = open(name)) {
      return library;
    }
  }
  throwUser(INFERF_ERROR_UNSUPPORTED, "The model has parts that ONNX Runtime must run, and its library was not found. Tried:", tried);
}

/// Failures come back as statuses and reach the caller as errors; nothing belongs on the host's standard error.
void ORT_API_CALL discardLog(void*, OrtLoggingLevel, const char*, const char*, const char*, const char*) {}

}  // namespace

void OnnxLibrary::setPath(std::string path) {
  const std::lock_guard lock(loadMutex);
  hostPath() = std::move(path);
}

const OnnxLibrary& OnnxLibrary::get() {
  const std::lock_guard lock(loadMutex);
  if (loaded == nullptr) {
    loaded = load();
  }
  return *loaded;
}

const OnnxLibrary* OnnxLibrary::load() {
  void* library = openAny();
  using GetBase = const OrtApiBase*(ORT_API_CALL*)();
  const auto getBase = reinterpret_cast<GetBase>(symbolOf(library, "OrtGetApiBase"));
  INFERF_USER_CHECK(getBase != nullptr, INFERF_ERROR_UNSUPPORTED, "The library loaded as ONNX Runtime is none: it has no OrtGetApiBase.");
  const OrtApiBase* base = getBase();
  const OrtApi* api = base->GetApi(kApiVersion);
  INFERF_USER_CHECK(api != nullptr, INFERF_ERROR_UNSUPPORTED, "The ONNX Runtime that was loaded is too old. Expected at least: 1.", kApiVersion,
                    ", actual: ", base->GetVersionString());
  OrtEnv* environment = nullptr;
  OrtStatus* status = api->CreateEnvWithCustomLogger(&discardLog, nullptr, ORT_LOGGING_LEVEL_FATAL, "inferf", &environment);
  std::unique_ptr<OnnxLibrary> result(new OnnxLibrary(api, environment));
  result->check(status, INFERF_ERROR_UNSUPPORTED, "ONNX Runtime cannot start");
  // Never released: sessions of other threads may outlive static objects, and ONNX Runtime's own static objects are gone before ours.
  return result.release();
}

void OnnxLibrary::check(OrtStatus* status, int otherwise, const std::string& what) const {
  if (status == nullptr) {
    return;
  }
  const OrtErrorCode code = api_->GetErrorCode(status);
  const std::string message = api_->GetErrorMessage(status);
  api_->ReleaseStatus(status);
  throwUser(code == ORT_NOT_IMPLEMENTED ? INFERF_ERROR_UNSUPPORTED : otherwise, what, ". ONNX Runtime: ", message);
}

}  // namespace inferf
