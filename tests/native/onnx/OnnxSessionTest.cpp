#include "onnx/OnnxSession.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <thread>

#include "onnx/OnnxLibrary.h"
#include "support/ExpectError.h"
#include "support/OnnxBytes.h"

namespace inferf::test {
namespace {

class OnnxSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(INFERF_ONNXRUNTIME_LIBRARY)) {
      GTEST_SKIP() << "ONNX Runtime is not there: " << INFERF_ONNXRUNTIME_LIBRARY;
    }
    OnnxLibrary::setPath(INFERF_ONNXRUNTIME_LIBRARY);
  }

  static OnnxSession load(const std::string& model, OnnxSession::Description description) {
    return OnnxSession({reinterpret_cast<const uint8_t*>(model.data()), model.size()}, std::move(description));
  }
  static OnnxSession::Description describe(std::vector<int64_t> inDims, std::vector<int64_t> outDims, bool batched,
                                           OnnxElement element = OnnxElement::kFloat32) {
    return {.name = "part", .inputs = {{"x", element, std::move(inDims)}}, .outputs = {{"y", element, std::move(outDims)}}, .batched = batched};
  }
  template <typename T>
  static std::vector<T> run(const OnnxSession& session, const void* input, int64_t numRows, size_t output = 0) {
    std::vector<T> result;
    const void* inputs[] = {input};
    session.run(inputs, numRows, [&](size_t i, const void* elements) {
      if (i == output) {
        const T* begin = static_cast<const T*>(elements);
        result.assign(begin, begin + numRows * session.description().outputs[i].elementsPerRow());
      }
    });
    return result;
  }
};

TEST_F(OnnxSessionTest, RunsRowsTogether) {
  const OnnxSession session = load(addModel(), describe({3}, {3}, true));
  const std::vector<float> x = {0, 0, 0, 10, 20, 30};
  EXPECT_EQ(run<float>(session, x.data(), 2), (std::vector<float>{1, 2, 3, 11, 22, 33}));
  EXPECT_EQ(run<float>(session, x.data() + 3, 1), (std::vector<float>{11, 22, 33}));
}

TEST_F(OnnxSessionTest, RunsAConvolution) {
  const OnnxSession session = load(convolutionModel(), describe({1, 3, 3}, {1, 2, 2}, true));
  std::vector<float> x(18);
  for (size_t i = 0; i < 18; ++i) {
    x[i] = static_cast<float>(i);
  }
  EXPECT_EQ(run<float>(session, x.data(), 2), (std::vector<float>{8, 12, 20, 24, 44, 48, 56, 60}));
}

TEST_F(OnnxSessionTest, RunsOneRowOfAModelThatMixesThem) {
  const OnnxSession session = load(runningSumModel(), describe({3}, {3}, false, OnnxElement::kFloat64));
  const std::vector<double> x = {1, 10, 100};
  EXPECT_EQ(run<double>(session, x.data(), 1), (std::vector<double>{1, 11, 111}));
}

TEST_F(OnnxSessionTest, TakesTextAndGivesSeveralOutputs) {
  const OnnxSession session = load(wordModel(), {.name = "part",
                                                 .inputs = {{"s", OnnxElement::kString, {2}}},
                                                 .outputs = {{"z", OnnxElement::kFloat32, {2}}, {"y", OnnxElement::kInt64, {2}}},
                                                 .batched = true});
  const std::vector<std::string_view> words = {"one", std::string_view("t\0o", 3), "", "t"};
  EXPECT_EQ(run<int64_t>(session, words.data(), 2, 1), (std::vector<int64_t>{1, 2, -1, -1}));
  EXPECT_EQ(run<float>(session, words.data(), 2, 0), (std::vector<float>{1, 2, -1, -1}));
}

TEST_F(OnnxSessionTest, OneSessionServesManyThreads) {
  const OnnxSession session = load(addModel(), describe({3}, {3}, true));
  std::vector<std::thread> threads;
  std::atomic<int> numWrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::vector<float> x = {static_cast<float>(t), static_cast<float>(i), 0};
        numWrong += run<float>(session, x.data(), 1) == std::vector<float>{x[0] + 1, x[1] + 2, 3} ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(numWrong, 0);
}

TEST_F(OnnxSessionTest, OtherDimensionsThanDescribedAreErrors) {
  const std::vector<float> x = {0, 0, 0};
  const OnnxSession narrow = load(addModel(), describe({3}, {2}, true));
  expectError(INFERF_ERROR_TYPE_MISMATCH, "output: 'y', expected: float [1, 2], actual: float [1, 3]", [&] { run<float>(narrow, x.data(), 1); });
  const OnnxSession flat = load(addModel(), describe({3}, {1, 3}, true));
  expectError(INFERF_ERROR_TYPE_MISMATCH, "actual: float [1, 3]", [&] { run<float>(flat, x.data(), 1); });
  const OnnxSession wrongInput = load(addModel(), describe({1, 1}, {3}, true));
  expectError(INFERF_ERROR_INVALID_DATA, "Part: 'part'. ONNX Runtime: ", [&] { run<float>(wrongInput, x.data(), 1); });
}

TEST_F(OnnxSessionTest, OtherPortsThanDescribedAreErrors) {
  OnnxSession::Description description = describe({3}, {3}, true);
  description.outputs[0].name = "Y";
  expectError(INFERF_ERROR_INVALID_PLAN, "no such output. Part: 'part', expected: 'Y', nearest name: 'y'", [&] { load(addModel(), description); });
  description = describe({3}, {3}, true);
  description.inputs[0].name = "something";
  expectError(INFERF_ERROR_INVALID_PLAN, "no such input", [&] { load(addModel(), description); });
  expectError(INFERF_ERROR_INVALID_PLAN, "expected: double, actual: float", [&] { load(addModel(), describe({3}, {3}, true, OnnxElement::kFloat64)); });
}

TEST_F(OnnxSessionTest, WhatIsNoModelIsRefused) {
  const std::string whole = addModel();
  for (const std::string& bytes : {std::string(), std::string("garbage"), std::string(1000, '\xff'), whole.substr(0, whole.size() / 2)}) {
    expectError(INFERF_ERROR_INVALID_PLAN, "Part: 'part'. ONNX Runtime: ", [&] { load(bytes, describe({3}, {3}, true)); });
  }
  const std::string unknown = OnnxBytes()
                                  .input({"x", OnnxBytes::kFloat, {-1, 3}})
                                  .output({"y", OnnxBytes::kFloat, {-1, 3}})
                                  .node("NoSuchOperator", {"x"}, {"y"})
                                  .model();
  expectError(INFERF_ERROR_INVALID_PLAN, "NoSuchOperator", [&] { load(unknown, describe({3}, {3}, true)); });
}

/// A change of any byte gives a model that loads or an error, never a crash.
TEST_F(OnnxSessionTest, DamagedModelsAreErrorsAtMost) {
  const std::string whole = wordModel();
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    try {
      load(damaged, {.name = "part", .inputs = {{"s", OnnxElement::kString, {2}}}, .outputs = {{"y", OnnxElement::kInt64, {2}}}, .batched = true});
    } catch (const EngineError& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUser) << error.what();
    }
  }
}

TEST(OnnxLibraryTest, AMissingLibraryIsAnErrorThatTellsWhatWasTried) {
  // In a process of its own: a library, once loaded, stays.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto tellsPath = [] {
    OnnxLibrary::setPath("/no/such/libonnxruntime.so");
    try {
      OnnxLibrary::get();
    } catch (const EngineError& error) {
      return error.code() == INFERF_ERROR_UNSUPPORTED && std::string(error.what()).find("Tried:\n  /no/such/libonnxruntime.so: ") != std::string::npos;
    }
    return false;
  };
  EXPECT_EXIT(std::_Exit(tellsPath() ? 0 : 1), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace inferf::test
