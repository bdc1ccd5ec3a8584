#include "base/Error.h"
#include "exec/TensorSetState.h"

namespace inferf {

namespace {

bool hasType(const ColumnType& type, proto::ElementType element) {
  switch (element) {
    case proto::ELEMENT_TYPE_FLOAT32:
      return type.id == TypeId::kFloat32;
    case proto::ELEMENT_TYPE_FLOAT64:
      return type.id == TypeId::kFloat64;
    case proto::ELEMENT_TYPE_INT64:
      return type.id == TypeId::kInt64;
    case proto::ELEMENT_TYPE_BYTES:
      return type.id == TypeId::kUInt8;
    default:
      return type.id == TypeId::kString || type.id == TypeId::kLargeString;
  }
}

}  // namespace

TensorSet::TensorSet(std::shared_ptr<const Plan> plan, std::vector<Column> tensors, std::shared_ptr<MemoryPool> pool)
    : state_(std::make_unique<State>()) {
  const auto& declared = plan->fragment().tensors();
  INFERF_CHECK(static_cast<int>(tensors.size()) == declared.size());
  for (int i = 0; i < declared.size(); ++i) {
    const proto::Tensor& tensor = declared[i];
    const Column& bound = tensors[static_cast<size_t>(i)];
    INFERF_USER_CHECK(hasType(bound.type, tensor.type()), INFERF_ERROR_TYPE_MISMATCH,
                      "A bound tensor has another element type than the plan says. Tensor: '", tensor.name(), "'");
    const int64_t length = static_cast<int64_t>(tensor.rows()) * static_cast<int64_t>(tensor.columns());
    INFERF_USER_CHECK(bound.length == length && !bound.mayHaveNulls(), INFERF_ERROR_TYPE_MISMATCH,
                      "A bound tensor does not have the elements that the plan says. Tensor: '", tensor.name(), "', expected: ", length,
                      " elements without NULL, actual: ", bound.length, " with ", bound.nullCount, " NULLs");
  }
  state_->plan = std::move(plan);
  state_->tensors = std::move(tensors);
  state_->pool = std::move(pool);
}

TensorSet::~TensorSet() = default;

std::vector<std::string_view> TensorSet::State::strings(uint32_t tensor) const {
  std::vector<std::string_view> result;
  const Column& column = tensors[tensor];
  result.reserve(static_cast<size_t>(column.length));
  for (int64_t i = 0; i < column.length; ++i) {
    result.push_back(column.stringAt(i));
  }
  return result;
}

template <typename T>
const PackedWeights<T>& TensorSet::State::pack(std::map<Slice, PackedWeights<T>>& cache, const Slice& slice) {
  const std::lock_guard lock(mutex_);
  const auto found = cache.find(slice);
  if (found != cache.end()) {
    return found->second;
  }
  const auto [tensor, rowBegin, numRows] = slice;
  const int64_t columns = plan->fragment().tensors(static_cast<int>(tensor)).columns();
  const T* weights = elements<T>(tensor) + static_cast<int64_t>(rowBegin) * columns;
  return cache.emplace(slice, PackedWeights<T>(weights, numRows, columns, columns, *pool)).first->second;
}

const PackedWeights<float>& TensorSet::State::packed(uint32_t tensor, uint32_t rowBegin, uint32_t numRows, float) {
  return pack(floats_, {tensor, rowBegin, numRows});
}

const PackedWeights<double>& TensorSet::State::packed(uint32_t tensor, uint32_t rowBegin, uint32_t numRows, double) {
  return pack(doubles_, {tensor, rowBegin, numRows});
}

std::shared_ptr<const TreeEnsemble> TensorSet::State::trees(uint32_t ensemble) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const TreeEnsemble>& trees = trees_[ensemble];
  if (trees != nullptr) {
    return trees;
  }
  const proto::TreeEnsemble& declared = plan->fragment().tree_ensembles(static_cast<int>(ensemble));
  const auto span = [this](bool isPresent, uint32_t tensor, auto zero) -> std::span<const decltype(zero)> {
    if (!isPresent) {
      return {};
    }
    return {elements<decltype(zero)>(tensor), static_cast<size_t>(tensors[tensor].length)};
  };
  const TreeArrays arrays{.isFloat64 = declared.feature_type() == proto::ELEMENT_TYPE_FLOAT64,
                          .numFeatures = declared.num_features(),
                          .numTargets = declared.num_targets(),
                          .roots = span(true, declared.roots(), int64_t{}),
                          .firstLeaves = span(true, declared.first_leaves(), int64_t{}),
                          .nodes = span(declared.has_nodes(), declared.nodes(), int64_t{}),
                          .thresholds = span(declared.has_thresholds(), declared.thresholds(), double{}),
                          .setOffsets = span(declared.has_set_offsets(), declared.set_offsets(), int64_t{}),
                          .setMembers = span(declared.has_set_members(), declared.set_members(), double{}),
                          .weightLeaves = span(declared.has_weight_leaves(), declared.weight_leaves(), int64_t{}),
                          .weightTargets = span(declared.has_weight_targets(), declared.weight_targets(), int64_t{}),
                          .weights = span(declared.has_weights(), declared.weights(), double{}),
                          .aggregate = static_cast<TreeAggregate>(declared.aggregate()),
                          .baseValues = span(declared.has_base_values(), declared.base_values(), double{})};
  trees = std::make_shared<const TreeEnsemble>(arrays, ensemble, *pool);
  return trees;
}

}  // namespace inferf
