#include "exec/ProgramBuilder.h"

#include <algorithm>

#include "exec/LoadStep.h"
#include "exec/TreeSteps.h"

namespace inferf {

namespace {

/// About half of a core's L2 cache: what the matrices of a chunk may take. The other half is for weights and gathered rows.
constexpr int64_t kChunkBytes = 256 * 1024;
constexpr int64_t kMinChunkRows = 48;
constexpr int64_t kMaxChunkRows = 1008;
/// Chunks are a multiple of this: whole blocks of the linear kernels, whose blocks have 4, 6 or 8 rows.
constexpr int64_t kChunkRowUnit = 24;
/// Concatenations nested deeper, or in more pieces, are read as the matrices they are: bounds what a hostile plan can blow up.
constexpr int kMaxFlattenDepth = 8;
constexpr size_t kMaxLeaves = 256;

/// True for operators that compute nothing.
bool onlyMoves(const proto::Value& value) {
  return value.has_concat() || value.has_slice() || value.has_constant() || value.has_select_columns() || value.has_embedding() ||
         value.has_onnx_output();
}

}  // namespace

ProgramBuilder::ProgramBuilder(std::shared_ptr<const Plan> plan, uint32_t node, TensorSet::State& tensors, MemoryPool& pool)
    : plan_(std::move(plan)), node_(node), tensors_(tensors), pool_(pool) {}

CompiledProgram ProgramBuilder::build() && {
  const std::vector<uint32_t>& values = plan_->valuesAt(node_);
  findNeeds();
  for (size_t i = 0; i < values.size(); ++i) {
    const uint32_t index = values[i];
    const Need need = needs_[index];
    if (!need.matrix && !need.elements) {
      continue;
    }
    const bool escapes = plan_->escapes(index);
    const size_t matrix = addMatrix(index, !escapes);
    if (escapes) {
      program_.matrices[matrix].stored = static_cast<int>(program_.storedValues.size());
      program_.storedValues.push_back(index);
    }
    switch (value(index).kind_case()) {
      case proto::Value::kLoadColumns:
        addLoad(index, i);
        break;
      case proto::Value::kSum:
        addSum(index, i);
        break;
      default:
        readsLowerRows(value(index)) ? addMasks(index, i) : addOther(index, i);
    }
  }
  assignSlots();
  chooseChunkRows();
  return std::move(program_);
}

void ProgramBuilder::findNeeds() {
  const std::vector<uint32_t>& values = plan_->valuesAt(node_);
  for (auto it = values.rbegin(); it != values.rend(); ++it) {
    Need& need = needs_[*it];
    need.matrix = need.matrix || plan_->escapes(*it);
    if (!need.matrix && !need.elements) {
      continue;
    }
    const proto::Value& user = value(*it);
    if (!user.has_sum()) {
      for (const uint32_t argument : argumentsOf(user)) {
        needs_[argument].matrix = true;
      }
      continue;
    }
    for (const proto::Term& term : user.sum().terms()) {
      if (!term.has_weight()) {
        needs_[term.value()].matrix = true;
        continue;
      }
      std::vector<SumLeaf> leaves;
      flatten(term.value(), 0, value(term.value()).width(), 0, leaves);
      for (const SumLeaf& leaf : leaves) {
        Need& leafNeed = needs_[leaf.index];
        if (value(leaf.index).has_load_columns()) {
          leafNeed.elements = true;
        } else {
          leafNeed.matrix = true;
        }
      }
    }
  }
}

void ProgramBuilder::flatten(uint32_t index, int64_t begin, int64_t length, int depth, std::vector<SumLeaf>& leaves) const {
  const proto::Value& source = value(index);
  const bool opens = isLocal(index) && depth < kMaxFlattenDepth && leaves.size() < kMaxLeaves;
  if (opens && source.has_slice()) {
    return flatten(source.slice().value(), begin + source.slice().start(), length, depth + 1, leaves);
  }
  if (!opens || !source.has_concat()) {
    leaves.push_back({SumLeaf::Place::kMatrix, index, begin, length});
    return;
  }
  int64_t offset = 0;
  for (const uint32_t part : source.concat().values()) {
    const int64_t width = value(part).width();
    const int64_t from = std::max(begin, offset);
    const int64_t to = std::min(begin + length, offset + width);
    if (from < to) {
      flatten(part, from - offset, to - from, depth + 1, leaves);
    }
    offset += width;
  }
}

size_t ProgramBuilder::addMatrix(uint32_t index, bool isTemporary) {
  const size_t matrix = program_.matrices.size();
  program_.matrices.push_back({.strideBytes = rowStrideBytes(value(index).type(), value(index).width()), .stored = -1, .slot = -1});
  lives_.push_back({.begin = program_.steps.size(), .end = program_.steps.size(), .isTemporary = isTemporary});
  matrixOf_[index] = matrix;
  return matrix;
}

StepOperand ProgramBuilder::operand(uint32_t index) const {
  return {.matrix = matrixOf_.at(index), .elementType = value(index).type(), .width = value(index).width()};
}

void ProgramBuilder::addStep(std::unique_ptr<ProgramStep> step, size_t costIndex, Access access) {
  const size_t number = program_.steps.size();
  lives_[access.write].begin = number;
  lives_[access.write].end = number;
  for (const size_t read : access.reads) {
    lives_[read].end = number;
  }
  program_.steps.push_back({std::move(step), costIndex});
  accesses_.push_back(std::move(access));
}

void ProgramBuilder::addLoad(uint32_t index, size_t costIndex) {
  int loadIndex = -1;
  if (readsInPlace(index)) {
    loadIndex = static_cast<int>(program_.numLoads++);
    loadOf_[index] = static_cast<uint32_t>(loadIndex);
  }
  const size_t matrix = matrixOf_.at(index);
  addStep(makeLoadStep(plan_, index, matrix, loadIndex, pool_), costIndex, {.reads = {}, .write = matrix, .overwritable = {}});
}

void ProgramBuilder::addSum(uint32_t index, size_t costIndex) {
  Access access{.reads = {}, .write = matrixOf_.at(index), .overwritable = {}};
  std::vector<SumTerm> terms;
  for (const proto::Term& term : value(index).sum().terms()) {
    SumTerm compiled{.leaves = {},
                     .isHalf = value(term.value()).type() == proto::ELEMENT_TYPE_FLOAT16,
                     .hasWeight = term.has_weight(), .weight = term.weight(), .weightRow = term.weight_row()};
    const int64_t width = value(term.value()).width();
    if (term.has_weight()) {
      flatten(term.value(), 0, width, 0, compiled.leaves);
    } else {
      compiled.leaves.push_back({SumLeaf::Place::kMatrix, term.value(), 0, width});
    }
    for (SumLeaf& leaf : compiled.leaves) {
      if (!isLocal(leaf.index)) {
        leaf.place = SumLeaf::Place::kLower;
        continue;
      }
      const size_t matrix = matrixOf_.at(leaf.index);
      access.reads.push_back(matrix);
      const bool inPlace = value(leaf.index).has_load_columns() && readsInPlace(leaf.index);
      leaf.place = inPlace ? SumLeaf::Place::kSegments : SumLeaf::Place::kMatrix;
      leaf.index = inPlace ? loadOf_.at(leaf.index) : static_cast<uint32_t>(matrix);
    }
    terms.push_back(std::move(compiled));
  }
  addStep(makeSumStep(value(index), std::move(terms), access.write, tensors_, pool_), costIndex, std::move(access));
}

void ProgramBuilder::addMasks(uint32_t index, size_t costIndex) {
  Access access{.reads = {}, .write = matrixOf_.at(index), .overwritable = {}};
  std::vector<RowsOperand> masks;
  for (const uint32_t argument : argumentsOf(value(index))) {
    if (isLocal(argument)) {
      const size_t matrix = matrixOf_.at(argument);
      access.reads.push_back(matrix);
      masks.push_back({.isLower = false, .index = static_cast<uint32_t>(matrix)});
    } else {
      masks.push_back({.isLower = true, .index = argument});
    }
  }
  addStep(makeMaskStep(value(index), masks, operand(index), tensors_), costIndex, std::move(access));
}

void ProgramBuilder::addOther(uint32_t index, size_t costIndex) {
  const proto::Value& user = value(index);
  const std::vector<uint32_t> arguments = argumentsOf(user);
  for (const uint32_t argument : arguments) {
    if (!isLocal(argument) && !matrixOf_.contains(argument)) {
      const size_t matrix = addMatrix(argument, true);
      addStep(makeGatherStep(argument, operand(argument)), costIndex, {.reads = {}, .write = matrix, .overwritable = {}});
    }
  }
  Access access{.reads = {}, .write = matrixOf_.at(index), .overwritable = {}};
  std::vector<StepOperand> operands;
  int64_t elementsRead = 0;
  int64_t bytesRead = 0;
  for (size_t a = 0; a < arguments.size(); ++a) {
    operands.push_back(operand(arguments[a]));
    access.reads.push_back(operands[a].matrix);
    elementsRead += operands[a].width;
    bytesRead += operands[a].width * elementBytes(operands[a].elementType);
    // A gathered matrix may be a view of stored rows, which others read too.
    if (isLocal(arguments[a]) && mayOverwrite(user, a) && operands[a].elementType == static_cast<int>(user.type()) &&
        operands[a].width == static_cast<int64_t>(user.width())) {
      access.overwritable.push_back(operands[a].matrix);
    }
  }
  const StepOperand result = operand(index);
  std::unique_ptr<ProgramStep> step = makeValueStep(user, operands, result, *plan_, tensors_);
  step->bytesPerRow = bytesRead + result.width * elementBytes(result.elementType);
  if (step->flopsPerRow == 0 && !onlyMoves(user)) {
    step->flopsPerRow = std::max(elementsRead, result.width);
  }
  addStep(std::move(step), costIndex, std::move(access));
}

void ProgramBuilder::assignSlots() {
  std::vector<size_t> freeSlots;
  for (size_t s = 0; s < accesses_.size(); ++s) {
    const Access& access = accesses_[s];
    std::vector<size_t> ending;
    for (const size_t read : access.reads) {
      const bool isNew = std::find(ending.begin(), ending.end(), read) == ending.end();
      if (lives_[read].isTemporary && lives_[read].end == s && isNew) {
        ending.push_back(read);
      }
    }
    ProgramMatrix& result = program_.matrices[access.write];
    if (lives_[access.write].isTemporary) {
      const auto inherited = std::find_if(ending.begin(), ending.end(), [&](size_t matrix) {
        return std::find(access.overwritable.begin(), access.overwritable.end(), matrix) != access.overwritable.end();
      });
      if (inherited != ending.end()) {
        result.slot = program_.matrices[*inherited].slot;
        ending.erase(inherited);
      } else {
        result.slot = static_cast<int>(takeSlot(result.strideBytes, freeSlots));
      }
      if (lives_[access.write].end == s) {
        ending.push_back(access.write);
      }
    }
    for (const size_t matrix : ending) {
      freeSlots.push_back(static_cast<size_t>(program_.matrices[matrix].slot));
    }
  }
}

size_t ProgramBuilder::takeSlot(int64_t strideBytes, std::vector<size_t>& freeSlots) {
  if (freeSlots.empty()) {
    program_.slotStrides.push_back(strideBytes);
    return program_.slotStrides.size() - 1;
  }
  // The free slot whose size is nearest; it grows if it must.
  const auto best = std::min_element(freeSlots.begin(), freeSlots.end(), [&](size_t a, size_t b) {
    return std::abs(program_.slotStrides[a] - strideBytes) < std::abs(program_.slotStrides[b] - strideBytes);
  });
  const size_t slot = *best;
  freeSlots.erase(best);
  program_.slotStrides[slot] = std::max(program_.slotStrides[slot], strideBytes);
  return slot;
}

void ProgramBuilder::chooseChunkRows() {
  int64_t bytesPerRow = 1;
  for (const int64_t stride : program_.slotStrides) {
    bytesPerRow += stride;
  }
  for (const ProgramMatrix& matrix : program_.matrices) {
    bytesPerRow += matrix.stored >= 0 ? matrix.strideBytes : 0;
  }
  const int64_t rows = std::clamp(kChunkBytes / bytesPerRow, kMinChunkRows, kMaxChunkRows);
  program_.chunkRows = rows / kChunkRowUnit * kChunkRowUnit;
}

}  // namespace inferf
