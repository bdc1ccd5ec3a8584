#include "exec/PipelineWorker.h"

#include <algorithm>
#include <numeric>

namespace inferf {

PipelineWorker::PipelineWorker(const CompiledPipeline& pipeline, const QueryState& state, const RunEnvironment& environment,
                               MorselSink& sink, std::vector<StoredValue>* scanValues)
    : pipeline_(pipeline),
      environment_(environment),
      sink_(sink),
      scanValues_(scanValues),
      workspace_(environment.pool),
      levelValues_(pipeline.levels.size()),
      levels_(pipeline.levels.size()),
      levelBases_(pipeline.levels.size()) {
  for (size_t k = 0; k < levels_.size(); ++k) {
    const PipelineLevel& layout = pipeline.layout.levels[k];
    if (const NodeProgram* program = pipeline.levels[k].program.get()) {
      levelValues_[k].ids = &program->storedValues();
      levelValues_[k].stored = k == 0 && scanValues != nullptr ? scanValues : &levels_[k].stored;
      levels_[k].valueCosts.resize(environment.plan.valuesAt(layout.node).size());
    }
    if (layout.join != nullptr) {
      levels_[k].probe.emplace(pipeline.layout, k, state, *environment.pool);
    }
    morsels_.push_back(std::make_unique<Morsel>(environment.plan, pipeline.layout, state, levelValues_, *environment.pool));
  }
}

PipelineWorker::~PipelineWorker() {
  for (size_t k = 0; k < levels_.size(); ++k) {
    const uint32_t node = pipeline_.layout.levels[k].node;
    environment_.counters.addNode(node, levels_[k].cost);
    environment_.counters.addValues(node, levels_[k].valueCosts);
  }
}

void PipelineWorker::process(const Batch& batch, int64_t begin) {
  std::fill(levelBases_.begin(), levelBases_.end(), 0);
  scanBegin_ = begin;
  morsels_[0]->startBatch(batch);
  levels_[0].cost.numRowsIn += batch.numRows;
  arrive(0);
}

void PipelineWorker::arrive(size_t level) {
  Morsel& morsel = *morsels_[level];
  if (morsel.numRows() == 0) {
    return;
  }
  environment_.cancellation.check();
  levels_[level].cost.numRowsOut += morsel.numRows();
  const bool isCheckNode =
      pipeline_.layout.levels[level].node == environment_.plan.fragment().null_check_node() && !environment_.nullCheck.isEmpty();
  if (isCheckNode) {
    environment_.nullCheck.count(morsel);
    if (environment_.nullCheck.foundAny()) {
      return;  // the run will fail: only the counts of the rest of the rows matter
    }
  }
  const bool runsProgram = pipeline_.levels[level].program != nullptr;
  if (runsProgram) {
    runProgram(level);
  }
  if (level + 1 == levels_.size()) {
    sink_.consume(morsel, levelBases_);
  } else if (pipeline_.layout.levels[level + 1].join != nullptr) {
    join(level + 1);
  } else {
    filter(level + 1);
  }
  if (runsProgram && level > 0 && sink_.keepsValues()) {
    levelBases_[level] += morsel.numRows();
    sink_.keepValues(level, std::exchange(levels_[level].stored, {}), morsel.numRows());
  }
}

void PipelineWorker::runProgram(size_t level) {
  Morsel& morsel = *morsels_[level];
  LevelState& state = levels_[level];
  const NodeProgram& program = *pipeline_.levels[level].program;
  std::vector<StoredValue>& stored = *levelValues_[level].stored;
  const bool writesFinalPlace = level == 0 && scanValues_ != nullptr;
  const int64_t numRows = morsel.numRows();
  const size_t numStored = program.storedValues().size();
  if (writesFinalPlace) {
    if (state.selection.empty()) {
      state.selection = PoolArray<int32_t>(*environment_.pool, kMaxMorselRows);
    }
    std::iota(state.selection.data(), state.selection.data() + numRows, static_cast<int32_t>(scanBegin_));
    morsel.setSlot(Pipeline::valueSlot(level), state.selection.data());
  } else {
    stored.resize(numStored);
    for (size_t i = 0; i < numStored; ++i) {
      if (stored[i].numRows < numRows) {
        stored[i] = StoredValue();  // gives the memory back before more is taken
        stored[i] = program.allocate(i, numRows, *environment_.pool);
      }
    }
    morsel.setSlot(Pipeline::valueSlot(level), nullptr);
  }
  if (environment_.nullCheck.foundAny() && !environment_.predicatesReadValues) {
    return;
  }
  program.run(morsel, stored, writesFinalPlace ? scanBegin_ : 0, workspace_, environment_.cancellation, state.valueCosts);
}

void PipelineWorker::filter(size_t level) {
  const Morsel& below = *morsels_[level - 1];
  LevelState& state = levels_[level];
  {
    const ScopedTimer timer(state.cost.nanoseconds);
    state.cost.numRowsIn += below.numRows();
    if (state.selection.empty()) {
      state.selection = PoolArray<int32_t>(*environment_.pool, kMaxMorselRows);
    }
    const ScalarVector& predicate = pipeline_.levels[level].predicate->evaluate(below, state.scalars, *environment_.pool);
    int32_t* selection = state.selection.data();
    const uint8_t* isTrue = predicate.data.data();
    int64_t count = 0;
    if (predicate.allValid) {
      for (int64_t i = 0; i < below.numRows(); ++i) {
        selection[count] = static_cast<int32_t>(i);
        count += isTrue[i];
      }
    } else {
      for (int64_t i = 0; i < below.numRows(); ++i) {
        selection[count] = static_cast<int32_t>(i);
        count += isTrue[i] & predicate.valid[i];
      }
    }
    if (count == below.numRows()) {
      morsels_[level]->passOn(below);
    } else {
      morsels_[level]->select(below, selection, count, pipeline_.layout.levels[level].liveSlots);
    }
  }
  arrive(level);
}

void PipelineWorker::join(size_t level) {
  LevelState& state = levels_[level];
  const Morsel& below = *morsels_[level - 1];
  state.cost.numRowsIn += below.numRows();
  {
    const ScopedTimer timer(state.cost.nanoseconds);
    state.probe->start(below);
  }
  while (true) {
    {
      const ScopedTimer timer(state.cost.nanoseconds);
      if (!state.probe->next(*morsels_[level])) {
        return;
      }
      // Codes and matches written and read, and the ids carried over.
      state.cost.bytes += morsels_[level]->numRows() * static_cast<int64_t>(sizeof(int32_t)) *
                          static_cast<int64_t>(1 + pipeline_.layout.levels[level].liveSlots.size());
    }
    arrive(level);
  }
}

}  // namespace inferf
