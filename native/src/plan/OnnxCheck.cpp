#include <algorithm>
#include <utility>
#include <vector>

#include "plan/OperatorCheck.h"

namespace inferf {

namespace {

/// ONNX Runtime itself copes with no more.
constexpr int kMaxDims = 64;

template <class Dims>
uint64_t elementsOf(const Dims& dims, const PlanPath& path) {
  INFERF_PLAN_CHECK(dims.size() <= kMaxDims, path.field("dims"), "there are too many dimensions. Expected at most: ", kMaxDims,
                    ", actual: ", dims.size());
  uint64_t elements = 1;
  for (const uint32_t dim : dims) {
    elements = boundedProduct({elements, dim});
  }
  return elements;
}

void checkOutput(const ValueUnderCheck& value, const proto::OnnxRunOutput& output, const PlanPath& path,
                 std::pair<uint64_t, uint64_t>& range) {
  INFERF_PLAN_CHECK(!output.name().empty(), path.field("name"), "an output must have a name");
  INFERF_PLAN_CHECK(isNumeric(output.type()), path.field("type"), "an output must be FLOAT32, FLOAT64 or INT64. Actual: ",
                    static_cast<int>(output.type()));
  const uint64_t elements = elementsOf(output.dims(), path);
  INFERF_PLAN_CHECK(elements >= 1 && elements <= kMaxValueWidth, path.field("dims"), "the size is out of range. Expected: 1 to ",
                    kMaxValueWidth, " elements, actual: ", elements);
  INFERF_PLAN_CHECK(output.offset() % 8 == 0, path.field("offset"), "the offset must be a multiple of 8. Actual: ", output.offset());
  const uint64_t bytes = elements * (output.type() == proto::ELEMENT_TYPE_FLOAT32 ? 4 : 8);
  range = {output.offset(), output.offset() + bytes};
  INFERF_PLAN_CHECK(range.second <= value.value().width(), path.field("offset"), "the output ends after the row. Expected at most: ",
                    value.value().width(), " bytes, actual: ", output.offset(), " + ", bytes);
}

}  // namespace

void checkOnnxRun(const ValueUnderCheck& value, const proto::OnnxRun& run, const PlanPath& path) {
  value.checkResult(proto::ELEMENT_TYPE_BYTES, path);
  value.bytesTensor(run.model(), path.field("model"));
  for (int i = 0; i < run.inputs_size(); ++i) {
    const PlanPath inputPath = path.at("inputs", i);
    const proto::OnnxRunInput& input = run.inputs(i);
    INFERF_PLAN_CHECK(!input.name().empty(), inputPath.field("name"), "an input must have a name");
    const proto::Value& argument = value.argument(input.value(), inputPath.field("value"));
    const uint64_t elements = elementsOf(input.dims(), inputPath);
    INFERF_PLAN_CHECK(elements == argument.width(), inputPath.field("dims"), "the dimensions do not multiply to the width. Expected: ",
                      argument.width(), ", actual: ", elements);
  }
  INFERF_PLAN_CHECK(!run.batched() || run.inputs_size() >= 1, path.field("batched"), "a batched run needs an input");
  INFERF_PLAN_CHECK(run.outputs_size() >= 1, path.field("outputs"), "a run needs at least one output");
  std::vector<std::pair<uint64_t, uint64_t>> ranges(static_cast<size_t>(run.outputs_size()));
  for (int i = 0; i < run.outputs_size(); ++i) {
    checkOutput(value, run.outputs(i), path.at("outputs", i), ranges[static_cast<size_t>(i)]);
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) {
    INFERF_PLAN_CHECK(ranges[i - 1].second <= ranges[i].first, path.field("outputs"), "two outputs overlap at byte ", ranges[i].first);
  }
}

void checkOnnxOutput(const ValueUnderCheck& value, const proto::OnnxOutput& output, const PlanPath& path) {
  const proto::Value& source = value.anyArgument(output.run(), path.field("run"));
  INFERF_PLAN_CHECK(source.has_onnx_run(), path.field("run"), "values[", output.run(), "] is no onnx_run");
  const proto::OnnxRun& run = source.onnx_run();
  INFERF_PLAN_CHECK(output.output() < static_cast<uint32_t>(run.outputs_size()), path.field("output"),
                    "there is no such output. Expected: less than ", run.outputs_size(), ", actual: ", output.output());
  const PlanPath outputPath = path.field("output");
  const proto::OnnxRunOutput& selected = run.outputs(static_cast<int>(output.output()));
  value.checkSameType(selected.type(), outputPath);
  value.checkWidth(elementsOf(selected.dims(), outputPath), outputPath);
}

}  // namespace inferf
