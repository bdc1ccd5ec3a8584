#include <filesystem>
#include <string_view>

#include "exec/ModelFixture.h"
#include "onnx/OnnxLibrary.h"
#include "support/OnnxBytes.h"

namespace inferf::test {
namespace {

constexpr uint32_t kNode = TestModel::kDimNode;

/// Adds an OnnxRun with one input, and the value that reads one of its outputs.
class OnnxStepsTest : public testing::Test {
 protected:
  static constexpr int64_t kRows = 130;

  void SetUp() override {
    if (!std::filesystem::exists(INFERF_ONNXRUNTIME_LIBRARY)) {
      GTEST_SKIP() << "ONNX Runtime is not there: " << INFERF_ONNXRUNTIME_LIBRARY;
    }
    OnnxLibrary::setPath(INFERF_ONNXRUNTIME_LIBRARY);
  }

  struct Output {
    const char* name;
    proto::ElementType type;
    std::vector<uint32_t> dims;
    uint32_t offset;
  };
  uint32_t run(const std::string& model, uint32_t argument, const char* input, const std::vector<uint32_t>& dims, const std::vector<Output>& outputs,
               uint32_t width, bool batched) {
    const uint32_t tensor = model_.tensor<uint8_t>(proto::ELEMENT_TYPE_BYTES, 1, std::vector<uint8_t>(model.begin(), model.end()));
    return model_.value(kNode, width, [&](Value& v) {
      v.set_label("part");
      proto::OnnxRun* run = v.mutable_onnx_run();
      run->set_model(tensor);
      run->set_batched(batched);
      proto::OnnxRunInput* first = run->add_inputs();
      first->set_value(argument);
      first->set_name(input);
      first->mutable_dims()->Add(dims.begin(), dims.end());
      for (const Output& output : outputs) {
        proto::OnnxRunOutput* added = run->add_outputs();
        added->set_name(output.name);
        added->set_type(output.type);
        added->mutable_dims()->Add(output.dims.begin(), output.dims.end());
        added->set_offset(output.offset);
      }
    }, proto::ELEMENT_TYPE_BYTES);
  }
  uint32_t read(uint32_t node, uint32_t run, uint32_t output, proto::ElementType type, uint32_t width) {
    return model_.value(node, width, [&](Value& v) {
      v.mutable_onnx_output()->set_run(run);
      v.mutable_onnx_output()->set_output(output);
    }, type);
  }

  TestModel model_;
};

TEST_F(OnnxStepsTest, ChunksAreRunTogether) {
  const std::vector<float> x = randomFloats(1, kRows * 3);
  model_.addColumn<float>(1, TypeId::kFloat32, x, 3);
  const uint32_t load = model_.load(kNode, 3, {{1, 0}});
  const uint32_t onnx = run(addModel(), load, "x", {3}, {{"y", proto::ELEMENT_TYPE_FLOAT32, {3}, 0}}, 16, true);
  model_.output(read(kNode, onnx, 0, proto::ELEMENT_TYPE_FLOAT32, 3));
  Runner runner(model_, kNode);
  const std::vector<StoredValue> stored = runner.run(kRows, kRows);
  for (int64_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      ASSERT_EQ(row(stored[0], i, 3)[j], x[static_cast<size_t>(i) * 3 + j] + static_cast<float>(j + 1));
    }
  }
}

/// Rows of 20 floats lie 128 bytes apart, so they are packed first; the model sees 20 columns.
TEST_F(OnnxStepsTest, RowsThatLieApartArePacked) {
  const std::string model = OnnxBytes()
                                .input({"x", OnnxBytes::kFloat, {-1, 4, 5}})
                                .output({"y", OnnxBytes::kFloat, {-1, 5, 4}})
                                .node("Transpose", {"x"}, {"y"}, {OnnxBytes::attribute("perm", std::vector<int64_t>{0, 2, 1})})
                                .model();
  const std::vector<float> x = randomFloats(2, kRows * 20);
  model_.addColumn<float>(1, TypeId::kFloat32, x, 20);
  const uint32_t load = model_.load(kNode, 20, {{1, 0}});
  const uint32_t onnx = run(model, load, "x", {4, 5}, {{"y", proto::ELEMENT_TYPE_FLOAT32, {5, 4}, 8}}, 88, true);
  model_.output(read(kNode, onnx, 0, proto::ELEMENT_TYPE_FLOAT32, 20));
  Runner runner(model_, kNode);
  const std::vector<StoredValue> stored = runner.run(kRows, kRows);
  for (int64_t i = 0; i < kRows; ++i) {
    const std::vector<float> y = row(stored[0], i, 20);
    for (size_t j = 0; j < 20; ++j) {
      ASSERT_EQ(y[j], x[static_cast<size_t>(i) * 20 + j % 4 * 5 + j / 4]);
    }
  }
}

TEST_F(OnnxStepsTest, ModelsThatMixRowsRunRowByRow) {
  std::vector<double> x;
  for (int64_t i = 0; i < kRows * 3; ++i) {
    x.push_back(static_cast<double>(i % 7));
  }
  model_.addColumn<double>(1, TypeId::kFloat64, x, 3);
  const uint32_t load = model_.load(kNode, 3, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT64);
  const uint32_t onnx = run(runningSumModel(), load, "x", {3}, {{"y", proto::ELEMENT_TYPE_FLOAT64, {3}, 8}}, 32, false);
  model_.output(read(kNode, onnx, 0, proto::ELEMENT_TYPE_FLOAT64, 3));
  Runner runner(model_, kNode);
  const std::vector<StoredValue> stored = runner.run(kRows, kRows);
  for (int64_t i = 0; i < kRows; ++i) {
    const double* in = x.data() + i * 3;
    ASSERT_EQ(row<double>(stored[0], i, 3), (std::vector<double>{in[0], in[0] + in[1], in[0] + in[1] + in[2]}));
  }
}

/// The run belongs to a lower node; its bytes are stored and its outputs read through row ids above.
TEST_F(OnnxStepsTest, OutputsAreReadAtAHigherNode) {
  model_.addText(1, {"one", "x", "one"});
  model_.addColumn<float>(0, TypeId::kFloat32, {0, 0, 0, 0});
  const uint32_t load = model_.load(kNode, 1, {{1, 0}}, proto::ELEMENT_TYPE_STRING);
  const uint32_t both = model_.value(kNode, 2, [&](Value& v) {
    v.mutable_concat()->add_values(load);
    v.mutable_concat()->add_values(load);
  }, proto::ELEMENT_TYPE_STRING);
  const uint32_t onnx = run(wordModel(), both, "s", {2},
                            {{"y", proto::ELEMENT_TYPE_INT64, {2}, 8}, {"z", proto::ELEMENT_TYPE_FLOAT32, {2}, 0}}, 24, true);
  model_.output(read(TestModel::kRoot, onnx, 0, proto::ELEMENT_TYPE_INT64, 2));
  model_.output(read(TestModel::kRoot, onnx, 1, proto::ELEMENT_TYPE_FLOAT32, 2));
  Runner dimension(model_, kNode);
  const std::vector<StoredValue> partials = dimension.run(3, 3);
  Runner root(model_, TestModel::kRoot);
  const std::vector<int32_t> ids = {2, 1, 1, 0};
  const std::vector<StoredValue> stored = root.run(4, 4, [&](FakeContext& context) { context.values[onnx] = {&partials[0], &ids}; });
  EXPECT_EQ(row<int64_t>(stored[0], 0, 2), (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(row<int64_t>(stored[0], 2, 2), (std::vector<int64_t>{-1, -1}));
  EXPECT_EQ(row(stored[1], 3, 2), (std::vector<float>{1, 1}));
}

TEST_F(OnnxStepsTest, BadModelsAndShapesAreErrorsOfTheirMoment) {
  model_.addColumn<float>(1, TypeId::kFloat32, {1, 2, 3}, 3);
  const uint32_t load = model_.load(kNode, 3, {{1, 0}});
  const uint32_t onnx = run(addModel(), load, "x", {3}, {{"y", proto::ELEMENT_TYPE_FLOAT32, {2}, 0}}, 8, true);
  model_.output(read(kNode, onnx, 0, proto::ELEMENT_TYPE_FLOAT32, 2));
  Runner runner(model_, kNode);
  expectError(INFERF_ERROR_TYPE_MISMATCH, "Part: 'part', output: 'y', expected: float [1, 2], actual: float [1, 3]", [&] { runner.run(1, 1); });
  const uint32_t garbage = run("not a model", load, "x", {3}, {{"y", proto::ELEMENT_TYPE_FLOAT32, {3}, 0}}, 16, true);
  model_.output(read(kNode, garbage, 0, proto::ELEMENT_TYPE_FLOAT32, 3));
  expectError(INFERF_ERROR_INVALID_PLAN, "Part: 'part'", [&] { Runner(model_, kNode); });
}

TEST_F(OnnxStepsTest, CancellationStopsBetweenRows) {
  model_.addColumn<double>(1, TypeId::kFloat64, {1, 2, 3}, 3);
  const uint32_t load = model_.load(kNode, 3, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT64);
  const uint32_t onnx = run(runningSumModel(), load, "x", {3}, {{"y", proto::ELEMENT_TYPE_FLOAT64, {3}, 0}}, 24, false);
  model_.output(read(kNode, onnx, 0, proto::ELEMENT_TYPE_FLOAT64, 3));
  Runner runner(model_, kNode);
  runner.cancellation.cancel();
  expectError(INFERF_ERROR_CANCELLED, "cancelled", [&] { runner.run(1, 1); });
}

}  // namespace
}  // namespace inferf::test
