#include "exec/TableLoader.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <utility>

#include "base/Error.h"
#include "exec/Morsel.h"
#include "exec/TableReads.h"

namespace inferf {

namespace {
// A file's runs: long enough that a part of them is worth a system call, short enough that sorting one takes little memory.
constexpr int64_t kMinRunBytes = int64_t{256} << 10;
constexpr int64_t kMaxRunBytes = int64_t{16} << 20;
// A thread holds a run as it came, joined, and sorted.
constexpr int64_t kRunCopies = 3;
}  // namespace

/// The parts of a table one after the other.
class TableLoader::PartByPart {
 public:
  explicit PartByPart(BatchReader& reader) : reader_(reader), types_(reader.types()) {}

  std::optional<Batch> next() {
    for (; part_ < reader_.numParts(); ++part_) {
      if (std::optional<Batch> batch = reader_.next(part_)) {
        learnTypes(*batch);
        return batch;
      }
    }
    return std::nullopt;
  }

  /// Types of the columns, with the lengths of lists as far as they have been read.
  const std::vector<ColumnType>& types() const { return types_; }

 private:
  void learnTypes(const Batch& batch) {
    for (size_t column = 0; column < types_.size(); ++column) {
      const ColumnType& type = batch.columns[column].type;
      INFERF_USER_CHECK(type.listLength == types_[column].listLength || type.listLength == 0 || types_[column].listLength == 0,
                        INFERF_ERROR_INVALID_DATA, "The streams of a table have lists of different lengths. Column: ", column,
                        ", expected: ", types_[column].listLength, ", actual: ", type.listLength);
      types_[column] = types_[column].listLength == 0 ? type : types_[column];
    }
  }

  BatchReader& reader_;
  std::vector<ColumnType> types_;
  size_t part_ = 0;
};

Batch SpilledTable::emptyBatch() const {
  Batch batch;
  for (const ColumnType& type : types) {
    batch.columns.emplace_back().type = type;
  }
  return batch;
}

TableLoader::TableLoader(const std::vector<CompiledPipeline>& pipelines, QueryState& state, InputTypes& types,
                         const std::shared_ptr<MemoryPool>& pool, const Plan& plan, CancellationToken& cancellation,
                         std::vector<std::unique_ptr<SpilledTable>>& spilled, Mark mark)
    : pipelines_(pipelines),
      state_(state),
      types_(types),
      pool_(pool),
      plan_(plan),
      cancellation_(cancellation),
      spilled_(spilled),
      mark_(std::move(mark)),
      numThreads_(tbb::this_task_arena::max_concurrency()),
      heldBytesPerRow_(state.tables.size()),
      held_(state.tables.size()) {
  if (pool_->limit() == 0) {
    return;
  }
  std::vector<const Pipeline*> layouts;
  for (const CompiledPipeline& pipeline : pipelines_) {
    layouts.push_back(&pipeline.layout);
    if (pipeline.layout.consumer != Pipeline::kNoConsumer) {
      heldBytesPerRow_[pipeline.layout.driverTable] = heldBytesPerRow(plan_, pipeline.layout, types_.types());
    }
  }
  spillable_ = findSpillableBuilds(plan_, layouts);
  const int64_t available = pool_->bytesAvailable();
  budget_ = std::max(available / 2, available - probeBytes(plan_, pipelines_.back().layout, numThreads_)) / 10 * 9;
}

const SpillableBuild* TableLoader::spillableOf(uint32_t table) const {
  const auto found = std::find_if(spillable_.begin(), spillable_.end(), [table](const SpillableBuild& build) { return build.table == table; });
  return found == spillable_.end() ? nullptr : &*found;
}

bool TableLoader::isSpilled(uint32_t table) const {
  return std::any_of(spilled_.begin(), spilled_.end(), [table](const auto& spilled) { return spilled->build.table == table; });
}

int64_t TableLoader::heldBytes() const { return std::accumulate(held_.begin(), held_.end(), int64_t{0}); }

// Once something is on disk, its parts need room as well.
int64_t TableLoader::budget() const { return spilled_.empty() ? budget_ : budget_ / 2; }

int64_t TableLoader::runBytes() const {
  const int64_t available = pool_->bytesAvailable();
  return std::clamp(available / (4 * kRunCopies * numThreads_), kMinRunBytes, kMaxRunBytes);
}

void TableLoader::load(std::vector<std::unique_ptr<BatchReader>>& readers) {
  if (spillable_.empty()) {
    readAll(readers);
    return;
  }
  // Tables that have to stay come first, so that it is known what room they leave.
  for (const bool isTurnOfSpillable : {false, true}) {
    for (uint32_t table = 0; table < readers.size(); ++table) {
      if (readers[table] != nullptr && (spillableOf(table) != nullptr) == isTurnOfSpillable) {
        cancellation_.check();
        readTable(table, readers[table]);
        readers[table].reset();
      }
    }
  }
}

void TableLoader::readAll(std::vector<std::unique_ptr<BatchReader>>& readers) {
  std::vector<uint32_t> tables;
  for (uint32_t table = 0; table < readers.size(); ++table) {
    if (readers[table] != nullptr) {
      tables.push_back(table);
    }
  }
  TableReads reads(readers, cancellation_);
  reads.run([this](const std::function<void()>& work) {
    const std::shared_ptr<void> mark = mark_();
    work();
  });
  for (const uint32_t table : tables) {
    state_.tables[table] = reads.takeTable(table);
    types_.admit(table, state_.tables[table]);
  }
}

void TableLoader::readTable(uint32_t table, std::unique_ptr<BatchReader>& reader) {
  std::vector<std::vector<Batch>> read(1);
  std::vector<Batch>& batches = read.front();
  PartByPart source(*reader);
  int64_t numRows = 0;
  int64_t numBytes = 0;
  const int64_t inUseBefore = pool_->bytesInUse();
  while (std::optional<Batch> batch = source.next()) {
    cancellation_.check();
    if (batch->numRows == 0) {
      continue;
    }
    numRows += batch->numRows;
    numBytes += bytesOf(*batch);
    batches.push_back(std::move(*batch));
    // A single batch stays as it is; several are copied into one, and what import made of them is there until then.
    held_[table] = (batches.size() > 1 ? numBytes : 0) + std::max<int64_t>(0, pool_->bytesInUse() - inUseBefore) +
                   numRows * heldBytesPerRow_[table];
    if (!makeRoomFor(table)) {
      spillReader(*spillableOf(table), std::move(batches), source);
      return;
    }
  }
  INFERF_USER_CHECK(numRows <= RowSet::kMaxRows, INFERF_ERROR_UNSUPPORTED, "A table that is held in memory has too many rows. Table: ",
                    plan_.fragment().tables(static_cast<int>(table)).name(), ", rows: ", numRows);
  const bool isCopied = batches.size() > 1;
  state_.tables[table] = reader->join(std::move(read));
  held_[table] = (isCopied ? numBytes : 0) + numRows * heldBytesPerRow_[table];
  types_.admit(table, state_.tables[table]);
}

bool TableLoader::makeRoomFor(uint32_t table) {
  while (heldBytes() > budget()) {
    const SpillableBuild* largest = nullptr;
    for (const SpillableBuild& build : spillable_) {
      if (held_[build.table] > (largest == nullptr ? 0 : held_[largest->table])) {
        largest = &build;
      }
    }
    if (largest == nullptr) {
      return true;
    }
    if (largest->table == table) {
      return false;
    }
    spillLoaded(*largest);
  }
  return true;
}

SpilledTable& TableLoader::spill(const SpillableBuild& build, const RowPartitioner::Source& source) {
  const std::string& name = plan_.fragment().tables(static_cast<int>(build.table)).name();
  std::unique_ptr<SpilledTable> spilled(new SpilledTable{build, {}, {pool_->spillDirectory(), name, kHashParts}});
  RowPartitioner::Key key{build.columns, std::vector<uint32_t>(kHashParts)};
  std::iota(key.partitionOfPart.begin(), key.partitionOfPart.end(), uint32_t{0});
  RowPartitioner(spilled->rows, {std::move(key)}, name, pool_, cancellation_).writeAll(source, runBytes(), numThreads_, mark_);
  held_[build.table] = 0;
  return *spilled_.emplace_back(std::move(spilled));
}

void TableLoader::spillLoaded(const SpillableBuild& build) {
  Batch& loaded = state_.tables[build.table];
  bool isTaken = false;
  std::vector<ColumnType> columnTypes;
  for (const Column& column : loaded.columns) {
    columnTypes.push_back(column.type);
  }
  SpilledTable& spilled = spill(build, [&]() -> std::optional<Batch> {
    return std::exchange(isTaken, true) ? std::nullopt : std::optional<Batch>(std::move(loaded));
  });
  spilled.types = std::move(columnTypes);
  loaded = Batch();
}

void TableLoader::spillReader(const SpillableBuild& build, std::vector<Batch> held, PartByPart& source) {
  std::deque<Batch> batches(std::make_move_iterator(held.begin()), std::make_move_iterator(held.end()));
  held.clear();
  SpilledTable& spilled = spill(build, [&]() -> std::optional<Batch> {
    if (batches.empty()) {
      return source.next();
    }
    std::optional<Batch> batch = std::move(batches.front());
    batches.pop_front();
    return batch;
  });
  spilled.types = source.types();
  Batch typed = spilled.emptyBatch();
  types_.admit(build.table, typed);
}

bool TableLoader::makeRoomForValues(bool isBuilt) {
  if (spillable_.empty()) {
    return false;
  }
  // The rows themselves are in use already, and so is what has been built over them.
  for (const CompiledPipeline& pipeline : pipelines_) {
    const uint32_t table = pipeline.layout.driverTable;
    if (pipeline.layout.consumer != Pipeline::kNoConsumer && !isSpilled(table)) {
      held_[table] = state_.tables[table].numRows * (isBuilt ? storedBytesPerRow(plan_, pipeline.layout) : heldBytesPerRow_[table]);
    }
  }
  const size_t numSpilled = spilled_.size();
  makeRoomFor(UINT32_MAX);
  return spilled_.size() > numSpilled;
}

}  // namespace inferf
