#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

#include "inferf/inferf.h"

extern "C" int32_t inferfHeaderIsC11(void);

namespace inferf {
namespace {

inferf_engine_options optionsOf(int32_t numThreads, int64_t memoryLimit) {
  inferf_engine_options options{};
  options.struct_size = sizeof(options);
  options.num_threads = numThreads;
  options.memory_limit = memoryLimit;
  return options;
}

TEST(EngineTest, ThePathOfOnnxRuntimeIsChecked) {
  const uint8_t path[] = {'/', 'x'};
  inferf_engine_options options{};
  options.struct_size = sizeof(options);
  const auto create = [&] {
    inferf_engine* engine = nullptr;
    inferf_error error{};
    const inferf_status status = inferf_engine_create(&options, &engine, &error);
    inferf_engine_destroy(engine);
    return status;
  };
  options.onnxruntime_path_size = 2;
  EXPECT_EQ(create(), INFERF_ERROR_INVALID_ARGUMENT) << "a size without a path";
  options.onnxruntime_path = path;
  EXPECT_EQ(create(), INFERF_OK) << "nothing is loaded before a plan needs it";
  options.onnxruntime_path_size = -1;
  EXPECT_EQ(create(), INFERF_ERROR_INVALID_ARGUMENT);
  options.onnxruntime_path_size = 1 << 20;
  EXPECT_EQ(create(), INFERF_ERROR_INVALID_ARGUMENT);
  options.struct_size = 16;
  EXPECT_EQ(create(), INFERF_OK) << "an older, shorter struct has no path";
}

TEST(EngineTest, TheSpillDirectoryIsChecked) {
  const auto create = [](const char* directory, int64_t size) {
    inferf_engine_options options = optionsOf(1, 4096);
    options.spill_directory = reinterpret_cast<const uint8_t*>(directory);
    options.spill_directory_size = size;
    inferf_engine* engine = nullptr;
    inferf_error error{};
    const inferf_status status = inferf_engine_create(&options, &engine, &error);
    inferf_engine_destroy(engine);
    EXPECT_TRUE(status == INFERF_OK || std::strstr(error.message, "spill_directory") != nullptr) << error.message;
    return status;
  };
  EXPECT_EQ(create("/tmp/", 5), INFERF_OK);
  EXPECT_EQ(create("/tmp/no such directory", 22), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(create("/dev/null", 9), INFERF_ERROR_INVALID_ARGUMENT) << "a file";
  EXPECT_EQ(create("/tmp\0x", 6), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(create("/tmp", -1), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(create(nullptr, 4), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(create(nullptr, 0), INFERF_OK) << "the system's directory";
}

TEST(EngineTest, WorksFromC) { EXPECT_EQ(inferfHeaderIsC11(), INFERF_ABI_VERSION); }

TEST(EngineTest, TakesDefaultsWithoutOptions) {
  inferf_engine* engine = nullptr;
  ASSERT_EQ(inferf_engine_create(nullptr, &engine, nullptr), INFERF_OK);
  inferf_memory_usage usage{};
  EXPECT_EQ(inferf_engine_memory(engine, &usage, nullptr), INFERF_OK);
  EXPECT_EQ(usage.bytes_in_use, 0);
  EXPECT_EQ(usage.bytes_limit, 0);
  inferf_engine_destroy(engine);
}

TEST(EngineTest, HonoursItsOptions) {
  const inferf_engine_options options = optionsOf(1, 4096);
  inferf_engine* engine = nullptr;
  ASSERT_EQ(inferf_engine_create(&options, &engine, nullptr), INFERF_OK);
  inferf_memory_usage usage{};
  inferf_engine_memory(engine, &usage, nullptr);
  EXPECT_EQ(usage.bytes_limit, 4096);
  inferf_engine_destroy(engine);
}

TEST(EngineTest, CompletesAShorterStructWithDefaults) {
  // Only struct_size and num_threads: what lies behind belongs to someone else.
  alignas(8) unsigned char memory[sizeof(inferf_engine_options)];
  std::memset(memory, 0xff, sizeof(memory));
  const uint32_t size = offsetof(inferf_engine_options, memory_limit);
  const int32_t numThreads = 2;
  std::memcpy(memory, &size, sizeof(size));
  std::memcpy(memory + offsetof(inferf_engine_options, num_threads), &numThreads, sizeof(numThreads));
  inferf_engine* engine = nullptr;
  ASSERT_EQ(inferf_engine_create(reinterpret_cast<const inferf_engine_options*>(memory), &engine, nullptr), INFERF_OK);
  inferf_memory_usage usage{};
  inferf_engine_memory(engine, &usage, nullptr);
  EXPECT_EQ(usage.bytes_limit, 0);
  inferf_engine_destroy(engine);
}

TEST(EngineTest, RejectsBadArguments) {
  inferf_engine* engine = nullptr;
  inferf_error error{};
  const auto expectRejected = [&](inferf_engine_options options, const char* text) {
    EXPECT_EQ(inferf_engine_create(&options, &engine, &error), INFERF_ERROR_INVALID_ARGUMENT);
    EXPECT_NE(std::strstr(error.message, text), nullptr) << error.message;
    EXPECT_EQ(error.code, INFERF_ERROR_INVALID_ARGUMENT);
    EXPECT_EQ(error.kind, 0);
    EXPECT_EQ(engine, nullptr);
  };
  expectRejected(optionsOf(-1, 0), "num_threads");
  expectRejected(optionsOf(1 << 20, 0), "num_threads");
  expectRejected(optionsOf(0, -1), "memory_limit");
  inferf_engine_options negativeCache = optionsOf(0, 0);
  negativeCache.cache_limit = -1;
  expectRejected(negativeCache, "cache_limit");
  inferf_engine_options noSize{};
  noSize.struct_size = 3;
  expectRejected(noSize, "struct_size");
  EXPECT_EQ(inferf_engine_clear_cache(nullptr, &error), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(inferf_engine_create(nullptr, nullptr, &error), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "An argument must not be NULL: engine");
  EXPECT_EQ(inferf_engine_create(nullptr, nullptr, nullptr), INFERF_ERROR_INVALID_ARGUMENT);
  inferf_memory_usage usage{};
  EXPECT_EQ(inferf_engine_memory(nullptr, &usage, &error), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(inferf_engine_fail_allocation(nullptr, 1, &error), INFERF_ERROR_INVALID_ARGUMENT);
  ASSERT_EQ(inferf_engine_create(nullptr, &engine, &error), INFERF_OK);
  EXPECT_EQ(inferf_engine_memory(engine, nullptr, &error), INFERF_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(inferf_engine_fail_allocation(engine, -1, &error), INFERF_ERROR_INVALID_ARGUMENT);
  inferf_engine_destroy(engine);
  inferf_engine_destroy(nullptr);
}

}  // namespace
}  // namespace inferf
