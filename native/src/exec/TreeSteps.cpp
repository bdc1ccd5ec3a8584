#include "exec/TreeSteps.h"

#include "kernel/TreeMask.h"
#include "kernel/TreeScore.h"
#include "kernel/TreeTraversal.h"

namespace inferf {

namespace {

template <typename T>
Matrix<T> matrixOf(const ChunkFrame& frame, const StepOperand& operand) {
  return frame.matrix<T>(operand.matrix, operand.width);
}

void findRows(const ChunkFrame& frame, const std::vector<RowsOperand>& operands, std::vector<RowsView<uint64_t>>& rows) {
  rows.clear();
  for (const RowsOperand& operand : operands) {
    RowsView<uint64_t> view;
    constexpr auto kBytes = static_cast<int64_t>(sizeof(uint64_t));
    if (operand.isLower) {
      const RowContext::ValueRows lower = frame.context.valueRows(operand.index);
      view.base = reinterpret_cast<const uint64_t*>(lower.ids == nullptr ? lower.stored->row(frame.begin) : lower.stored->row(0));
      view.stride = lower.stored->strideBytes / kBytes;
      view.ids = lower.ids == nullptr ? nullptr : lower.ids + frame.begin;
    } else {
      const ChunkMatrix& matrix = frame.matrices[operand.index];
      view.base = reinterpret_cast<const uint64_t*>(matrix.data);
      view.stride = matrix.strideBytes / kBytes;
    }
    rows.push_back(view);
  }
}

class MaskAndStep final : public ProgramStep {
 public:
  MaskAndStep(std::vector<RowsOperand> masks, StepOperand result) : masks_(std::move(masks)), result_(result) {
    const auto numMasks = static_cast<int64_t>(masks_.size());
    bytesPerRow = (numMasks + 1) * result.width * static_cast<int64_t>(sizeof(uint64_t));
    flopsPerRow = numMasks * result.width;
  }

  void run(ChunkFrame& frame) const override {
    findRows(frame, masks_, frame.maskRows);
    andMasks(frame.maskRows, frame.numRows, matrixOf<uint64_t>(frame, result_));
  }

 private:
  std::vector<RowsOperand> masks_;
  StepOperand result_;
};

template <typename T>
class TreeScoreStep final : public ProgramStep {
 public:
  TreeScoreStep(std::shared_ptr<const TreeEnsemble> ensemble, std::vector<RowsOperand> masks, StepOperand result, MemoryPool& pool)
      : ensemble_(std::move(ensemble)), score_(*ensemble_, pool), masks_(std::move(masks)), result_(result) {
    const int64_t words = ensemble_->layout().numWords;
    const auto numMasks = static_cast<int64_t>(masks_.size());
    bytesPerRow = numMasks * words * static_cast<int64_t>(sizeof(uint64_t)) + (ensemble_->numTrees() + result.width) * static_cast<int64_t>(sizeof(T));
    flopsPerRow = numMasks * words + 2 * ensemble_->numTrees();
  }

  void run(ChunkFrame& frame) const override {
    findRows(frame, masks_, frame.maskRows);
    score_.run(frame.maskRows, frame.numRows, frame.scratch.reserve(score_.scratchBytes()), matrixOf<T>(frame, result_));
  }

 private:
  std::shared_ptr<const TreeEnsemble> ensemble_;
  TreeScore<T> score_;
  std::vector<RowsOperand> masks_;
  StepOperand result_;
};

template <typename X>
class TreeMaskStep final : public ProgramStep {
 public:
  TreeMaskStep(std::shared_ptr<const TreeEnsemble> ensemble, int64_t firstFeature, StepOperand features, StepOperand result, MemoryPool& pool)
      : ensemble_(std::move(ensemble)), mask_(*ensemble_, firstFeature, features.width, pool), features_(features), result_(result) {
    bytesPerRow = features.width * static_cast<int64_t>(sizeof(X)) + result.width * static_cast<int64_t>(sizeof(uint64_t));
    flopsPerRow = 3 * mask_.numTests();
  }

  void run(ChunkFrame& frame) const override {
    mask_.run(matrixOf<const X>(frame, features_), frame.numRows, frame.scratch.reserve(mask_.scratchBytes()), matrixOf<uint64_t>(frame, result_));
  }

 private:
  std::shared_ptr<const TreeEnsemble> ensemble_;
  TreeMask<X> mask_;
  StepOperand features_;
  StepOperand result_;
};

template <typename X, typename T>
class TreeTraversalStep final : public ProgramStep {
 public:
  TreeTraversalStep(std::shared_ptr<const TreeEnsemble> ensemble, StepOperand features, StepOperand result, MemoryPool& pool)
      : ensemble_(std::move(ensemble)), traversal_(*ensemble_, pool), features_(features), result_(result) {
    bytesPerRow = features.width * static_cast<int64_t>(sizeof(X)) + result.width * static_cast<int64_t>(sizeof(T));
    for (int64_t tree = 0; tree < ensemble_->numTrees(); ++tree) {
      flopsPerRow += ensemble_->depth(tree) + 1;
    }
  }

  void run(ChunkFrame& frame) const override {
    traversal_.run(matrixOf<const X>(frame, features_), frame.numRows, frame.scratch.reserve(traversal_.scratchBytes()), matrixOf<T>(frame, result_));
  }

 private:
  std::shared_ptr<const TreeEnsemble> ensemble_;
  TreeTraversal<X, T> traversal_;
  StepOperand features_;
  StepOperand result_;
};

void checkMaskWidth(const TreeEnsemble& ensemble, uint32_t index, int64_t width) {
  INFERF_USER_CHECK(ensemble.layout().numWords == width, INFERF_ERROR_INVALID_PLAN,
                    "A leaf mask has another width than the trees say. Ensemble: tree_ensembles[", index, "], expected: ",
                    ensemble.layout().numWords, ", actual: ", width);
}

}  // namespace

bool readsLowerRows(const proto::Value& value) { return value.has_mask_and() || value.has_tree_score(); }

std::unique_ptr<ProgramStep> makeMaskStep(const proto::Value& value, const std::vector<RowsOperand>& masks, StepOperand result,
                                          TensorSet::State& tensors) {
  if (value.has_mask_and()) {
    return std::make_unique<MaskAndStep>(masks, result);
  }
  INFERF_CHECK(value.has_tree_score());
  const uint32_t index = value.tree_score().ensemble();
  std::shared_ptr<const TreeEnsemble> ensemble = tensors.trees(index);
  const proto::Value& mask = tensors.plan->fragment().values(static_cast<int>(value.tree_score().masks(0)));
  checkMaskWidth(*ensemble, index, mask.width());
  std::unique_ptr<ProgramStep> made;
  withFloatType(result.elementType, [&](auto zero) {
    made = std::make_unique<TreeScoreStep<decltype(zero)>>(std::move(ensemble), masks, result, *tensors.pool);
  });
  return made;
}

std::unique_ptr<ProgramStep> makeTreeStep(const proto::Value& value, StepOperand features, StepOperand result, TensorSet::State& tensors) {
  std::unique_ptr<ProgramStep> made;
  const uint32_t index = value.has_tree_mask() ? value.tree_mask().ensemble() : value.tree_traversal().ensemble();
  std::shared_ptr<const TreeEnsemble> ensemble = tensors.trees(index);
  withFloatType(features.elementType, [&](auto featureZero) {
    using X = decltype(featureZero);
    if (value.has_tree_mask()) {
      checkMaskWidth(*ensemble, index, result.width);
      made = std::make_unique<TreeMaskStep<X>>(std::move(ensemble), value.tree_mask().first_feature(), features, result, *tensors.pool);
      return;
    }
    withFloatType(result.elementType, [&](auto zero) {
      made = std::make_unique<TreeTraversalStep<X, decltype(zero)>>(std::move(ensemble), features, result, *tensors.pool);
    });
  });
  return made;
}

}  // namespace inferf
