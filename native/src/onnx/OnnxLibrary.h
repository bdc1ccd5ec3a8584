#pragma once

#include <string>

struct OrtApi;
struct OrtEnv;
struct OrtStatus;

namespace inferf {

/// ONNX Runtime as this process has loaded it: its interface and its environment, of which there is one in a process. Loaded when it is first asked
/// for, and never unloaded. Thread-safe.
class OnnxLibrary {
 public:
  /// Names the library file that the host uses itself, so that both share it. Without effect once a library has been loaded. Empty: none is known.
  static void setPath(std::string path);

  /// The library: the file that the host named; otherwise one that is loaded already, lies beside the engine, or is found by the system's loader.
  /// Throws EngineError UNSUPPORTED that tells what was tried.
  static const OnnxLibrary& get();

  const OrtApi& api() const { return *api_; }
  OrtEnv& environment() const { return *environment_; }

  /// Throws unless `status` is success: what ONNX Runtime does not implement is UNSUPPORTED, every other failure has the code `otherwise`. `what` says
  /// what was being done; the message of ONNX Runtime follows.
  void check(OrtStatus* status, int otherwise, const std::string& what) const;

 private:
  OnnxLibrary(const OrtApi* api, OrtEnv* environment) : api_(api), environment_(environment) {}
  static const OnnxLibrary* load();

  const OrtApi* api_;
  OrtEnv* environment_;
};

}  // namespace inferf
