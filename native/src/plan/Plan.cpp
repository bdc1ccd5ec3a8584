#include "plan/Plan.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/common.h>
#if GOOGLE_PROTOBUF_VERSION < 4022000
#include <google/protobuf/stubs/logging.h>
#endif

#include <algorithm>

#include "plan/PlanChecks.h"
#include "plan/PlanLimits.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

void parseFragment(std::span<const uint8_t> bytes, proto::PlanFragment& fragment) {
  const PlanPath root;
  INFERF_PLAN_CHECK(bytes.size() <= Plan::kMaxBytes, root, "the message is too long. Expected at most: ", Plan::kMaxBytes,
                    " bytes, actual: ", bytes.size());
#if GOOGLE_PROTOBUF_VERSION < 4022000
  // Malformed text in a message is our caller's error; it does not belong on the host process's standard error.
  const google::protobuf::LogSilencer silencer;
#endif
  google::protobuf::io::CodedInputStream input(bytes.data(), static_cast<int>(bytes.size()));
  input.SetRecursionLimit(kMaxPlanDepth);
  INFERF_PLAN_CHECK(fragment.ParseFromCodedStream(&input) && input.ConsumedEntireMessage(), root,
                    "the bytes are no serialized PlanFragment, or nested too deeply. Bytes: ", bytes.size());
  INFERF_PLAN_CHECK(fragment.schema_version() == kPlanSchemaVersion, root.field("schema_version"),
                    "the engine understands another version. Expected: ", kPlanSchemaVersion, ", actual: ", fragment.schema_version());
}

}  // namespace

std::shared_ptr<const Plan> Plan::parse(std::span<const uint8_t> bytes) {
  std::shared_ptr<Plan> plan(new Plan);
  const proto::PlanFragment& fragment = plan->fragment_;
  parseFragment(bytes, plan->fragment_);
  plan->tree_ = checkRelations(fragment);
  checkValues(fragment, plan->tree_);
  checkFilters(fragment, plan->tree_);
  checkOutputs(fragment, plan->tree_);
  plan->findUses();
  plan->findLazyNodes();
  return plan;
}

void Plan::findLazyNodes() {
  isLazy_.assign(static_cast<size_t>(fragment_.nodes_size()), false);
  for (const uint32_t node : fragment_.lazy_nodes()) {
    const std::vector<uint32_t>& values = valuesAt_[node];
    // What ONNX Runtime computes may depend on how many rows it is given at a time.
    isLazy_[node] = std::any_of(values.begin(), values.end(), [this](uint32_t value) { return escapes_[value]; }) &&
                    std::none_of(values.begin(), values.end(),
                                 [this](uint32_t value) { return fragment_.values(static_cast<int>(value)).has_onnx_run(); });
  }
}

void Plan::findUses() {
  valuesAt_.resize(static_cast<size_t>(fragment_.nodes_size()));
  escapes_.assign(static_cast<size_t>(fragment_.values_size()), false);
  const auto escape = [this](uint32_t value) { escapes_[value] = true; };
  for (int i = 0; i < fragment_.values_size(); ++i) {
    const proto::Value& user = fragment_.values(i);
    valuesAt_[user.node()].push_back(static_cast<uint32_t>(i));
    forEachArgument(user, [&](uint32_t argument) {
      if (fragment_.values(static_cast<int>(argument)).node() != user.node()) {
        escape(argument);
      }
    });
  }
  for (const proto::RelationalNode& node : fragment_.nodes()) {
    if (node.has_filter()) {
      forEachScalarValue(node.filter().predicate(), escape);
    }
  }
  for (const proto::OutputColumn& output : fragment_.outputs()) {
    if (output.has_value()) {
      escape(output.value());
    }
    forEachScalarValue(output.scalar(), escape);
    for (const proto::OutputColumn& field : output.struct_().fields()) {
      escape(field.value());
    }
  }
}

}  // namespace inferf
