#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

#include "base/TemporaryFile.h"
#include "capi/Boundary.h"
#include "capi/Handles.h"
#include "onnx/OnnxLibrary.h"

namespace {

constexpr int64_t kMaxPathSize = 32768;

/// The caller's options, with defaults for what its (older, shorter) struct lacks.
inferf_engine_options completeOptions(const inferf_engine_options* options) {
  inferf_engine_options complete{};
  if (options != nullptr) {
    uint32_t size;
    std::memcpy(&size, options, sizeof(size));
    INFERF_USER_CHECK(size >= sizeof(size), INFERF_ERROR_INVALID_ARGUMENT, "struct_size must be set to the size of the struct. Actual: ",
                      size);
    std::memcpy(&complete, options, std::min<size_t>(size, sizeof(complete)));
  }
  INFERF_USER_CHECK(complete.num_threads >= 0 && complete.num_threads <= inferf::ThreadArena::kMaxThreads, INFERF_ERROR_INVALID_ARGUMENT,
                    "num_threads is out of range. Expected: 0 to ", inferf::ThreadArena::kMaxThreads, ", actual: ", complete.num_threads);
  INFERF_USER_CHECK(complete.memory_limit >= 0, INFERF_ERROR_INVALID_ARGUMENT, "memory_limit must not be negative. Actual: ",
                    complete.memory_limit);
  INFERF_USER_CHECK(complete.cache_limit >= 0, INFERF_ERROR_INVALID_ARGUMENT, "cache_limit must not be negative. Actual: ",
                    complete.cache_limit);
  INFERF_USER_CHECK(complete.onnxruntime_path_size >= 0 && complete.onnxruntime_path_size <= kMaxPathSize, INFERF_ERROR_INVALID_ARGUMENT,
                    "onnxruntime_path_size is out of range. Expected: 0 to ", kMaxPathSize, ", actual: ", complete.onnxruntime_path_size);
  INFERF_USER_CHECK(complete.onnxruntime_path != nullptr || complete.onnxruntime_path_size == 0, INFERF_ERROR_INVALID_ARGUMENT,
                    "onnxruntime_path must not be NULL if it has a size. Actual size: ", complete.onnxruntime_path_size);
  INFERF_USER_CHECK(complete.spill_directory_size >= 0 && complete.spill_directory_size <= kMaxPathSize, INFERF_ERROR_INVALID_ARGUMENT,
                    "spill_directory_size is out of range. Expected: 0 to ", kMaxPathSize, ", actual: ", complete.spill_directory_size);
  INFERF_USER_CHECK(complete.spill_directory != nullptr || complete.spill_directory_size == 0, INFERF_ERROR_INVALID_ARGUMENT,
                    "spill_directory must not be NULL if it has a size. Actual size: ", complete.spill_directory_size);
  return complete;
}

/// The directory for spill files, in which a file can be created; empty: the system's, which is looked at when it is needed.
std::string spillDirectory(const inferf_engine_options& options) {
  if (options.spill_directory_size == 0) {
    return {};
  }
  std::string directory(reinterpret_cast<const char*>(options.spill_directory), static_cast<size_t>(options.spill_directory_size));
  INFERF_USER_CHECK(directory.find('\0') == std::string::npos, INFERF_ERROR_INVALID_ARGUMENT, "spill_directory must not contain NUL.");
  try {
    const inferf::TemporaryFile attempt(directory);
  } catch (const inferf::EngineError& error) {
    inferf::throwUser(INFERF_ERROR_INVALID_ARGUMENT, "spill_directory cannot be used. ", error.what());
  }
  return directory;
}

}  // namespace

int32_t inferf_abi_version(void) noexcept { return INFERF_ABI_VERSION; }

inferf_status inferf_engine_create(const inferf_engine_options* options, inferf_engine** engine, inferf_error* error) noexcept {
  return inferf::guard(error, [&] {
    inferf::checkNotNull(engine, "engine");
    const inferf_engine_options complete = completeOptions(options);
    auto created = std::make_unique<inferf_engine>();
    created->pool = std::make_shared<inferf::MemoryPool>(complete.memory_limit, spillDirectory(complete));
    created->cache = std::make_shared<inferf::BuildCache>(complete.cache_limit);
    created->pool->setReclaimer(created->cache);
    created->arena = std::make_shared<inferf::ThreadArena>(complete.num_threads);
    if (complete.onnxruntime_path_size > 0) {
      const auto* path = reinterpret_cast<const char*>(complete.onnxruntime_path);
      inferf::OnnxLibrary::setPath(std::string(path, static_cast<size_t>(complete.onnxruntime_path_size)));
    }
    *engine = created.release();
  });
}

void inferf_engine_destroy(inferf_engine* engine) noexcept { delete engine; }

inferf_status inferf_engine_memory(const inferf_engine* engine, inferf_memory_usage* usage, inferf_error* error) noexcept {
  return inferf::guard(error, [&] {
    inferf::checkNotNull(engine, "engine");
    inferf::checkNotNull(usage, "usage");
    const inferf::BuildCache::Usage cached = engine->cache->usage();
    *usage = {engine->pool->bytesInUse(), engine->pool->bytesPeak(), engine->pool->limit(), cached.bytes, cached.numHits, cached.numMisses};
  });
}

inferf_status inferf_engine_clear_cache(inferf_engine* engine, inferf_error* error) noexcept {
  return inferf::guard(error, [&] {
    inferf::checkNotNull(engine, "engine");
    engine->cache->clear();
  });
}

inferf_status inferf_engine_fail_allocation(inferf_engine* engine, int64_t countdown, inferf_error* error) noexcept {
  return inferf::guard(error, [&] {
    inferf::checkNotNull(engine, "engine");
    INFERF_USER_CHECK(countdown >= 0, INFERF_ERROR_INVALID_ARGUMENT, "countdown must not be negative. Actual: ", countdown);
    engine->pool->failAllocation(countdown);
  });
}
