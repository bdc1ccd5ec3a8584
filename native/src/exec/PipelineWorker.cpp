#include "exec/PipelineWorker.h"

#include <tbb/task_arena.h>

#include <algorithm>

namespace inferf {

PipelineWorker::PipelineWorker(const CompiledPipeline& pipeline, const QueryState& state, const RunEnvironment& environment,
                               MorselSink& sink, bool runsPrograms)
    : pipeline_(pipeline),
      environment_(environment),
      sink_(sink),
      runsPrograms_(runsPrograms),
      lazyReader_(environment),
      workspace_(environment.pool),
      levelValues_(pipeline.levels.size()),
      levels_(pipeline.levels.size()),
      levelBases_(pipeline.levels.size()) {
  for (size_t k = 0; k < levels_.size(); ++k) {
    const PipelineLevel& layout = pipeline.layout.levels[k];
    if (const NodeProgram* program = pipeline.levels[k].program.get(); program != nullptr && runsPrograms) {
      levelValues_[k].ids = &program->storedValues();
      levelValues_[k].stored = &levels_[k].stored;
      levels_[k].valueCosts.resize(environment.plan.valuesAt(layout.node).size());
      if (const TuplePrograms* tuples = pipeline.levels[k].tuples.get(); tuples != nullptr) {
        levels_[k].tuples.emplace(*tuples, tuples->keys(state), *environment.pool, tbb::this_task_arena::max_concurrency());
      }
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
    if (!levels_[k].valueCosts.empty()) {
      environment_.counters.addValues(node, levels_[k].valueCosts);
    }
    if (levels_[k].tuples.has_value() && levels_[k].tuples->cost().numRows > 0) {
      environment_.counters.addTuples(node, levels_[k].tuples->cost());
    }
  }
}

void PipelineWorker::process(const Batch& batch) {
  std::fill(levelBases_.begin(), levelBases_.end(), 0);
  morsels_[0]->startBatch(batch);
  levels_[0].cost.numRowsIn += batch.numRows;
  arrive(0);
}

void PipelineWorker::process(const Batch& batch, const int32_t* rows, int64_t numRows) {
  std::fill(levelBases_.begin(), levelBases_.end(), 0);
  morsels_[0]->startRows(batch, rows, numRows);
  levels_[0].cost.numRowsIn += numRows;
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
  const bool keepsRows = pipeline_.layout.levels[level].keepsRows;
  morsel.setSlot(Pipeline::levelSlot(level), nullptr);
  if (keepsRows) {
    sink_.keepRows(level, morsel, levelBases_);
  }
  if (runsPrograms_ && pipeline_.levels[level].program != nullptr) {
    runProgram(level);
  }
  if (level + 1 == levels_.size()) {
    lazyReader_.ensure(pipeline_.outputReads, morsel);
    sink_.consume(morsel, levelBases_);
  } else if (pipeline_.layout.levels[level + 1].join != nullptr) {
    join(level + 1);
  } else {
    filter(level + 1);
  }
  if (keepsRows) {
    levelBases_[level] += morsel.numRows();
  }
}

void PipelineWorker::runProgram(size_t level) {
  const Morsel& morsel = *morsels_[level];
  LevelState& state = levels_[level];
  const NodeProgram& program = *pipeline_.levels[level].program;
  const int64_t numRows = morsel.numRows();
  state.stored.resize(program.storedValues().size());
  for (size_t i = 0; i < state.stored.size(); ++i) {
    if (state.stored[i].numRows < numRows) {
      state.stored[i] = StoredValue();  // gives the memory back before more is taken
      state.stored[i] = program.allocate(i, numRows, *environment_.pool);
    }
  }
  if (environment_.nullCheck.foundAny() && !environment_.predicatesReadValues) {
    return;
  }
  lazyReader_.ensure(pipeline_.levels[level].programReads, morsel);
  if (!state.tuples.has_value() || !state.tuples->run(morsel, state.stored, workspace_, environment_.cancellation, state.valueCosts)) {
    program.run(morsel, state.stored, 0, workspace_, environment_.cancellation, state.valueCosts);
  }
}

void PipelineWorker::filter(size_t level) {
  const Morsel& below = *morsels_[level - 1];
  LevelState& state = levels_[level];
  lazyReader_.ensure(pipeline_.levels[level].predicateReads, below);
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
