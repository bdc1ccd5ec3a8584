#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Cancellation.h"
#include "base/MemoryPool.h"
#include "column/Column.h"
#include "inferf/arrow_c.h"

namespace inferf {

/// A bound stream of record batches, read as Batches with the plan's columns only. Hostile input is rejected with INVALID_DATA,
/// UNSUPPORTED or TYPE_MISMATCH; the stream's own errors become SOURCE. One thread at a time.
class BatchReader {
 public:
  /// Takes ownership of `stream` and reads its schema. `columns` are found by exact name; a missing one is TYPE_MISMATCH with the nearest name.
  BatchReader(ArrowArrayStream stream, std::string tableName, std::vector<std::string> columns, std::shared_ptr<MemoryPool> pool);
  ~BatchReader();
  BatchReader(const BatchReader&) = delete;
  BatchReader& operator=(const BatchReader&) = delete;

  /// Types of the columns, in plan order, as far as the schema tells (a variable list has listLength 0 until a batch was read).
  const std::vector<ColumnType>& types() const;

  /// The next batch (possibly of zero rows), or nothing at the end. Buffers are shared with the producer where their layout allows it.
  std::optional<Batch> next();

  /// Reads all remaining batches into one contiguous batch (zero-copy if there is only one). At most 2^31 - 2 rows. Throws CANCELLED between batches
  /// once `cancellation` says so.
  Batch readAll(const CancellationToken& cancellation = CancellationToken());

  /// Joins batches that next() has returned, none of them empty, to one; zero-copy if there is only one.
  Batch join(std::vector<Batch> batches) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// An output column under construction: filled by the caller, then exported. Buffers come from the pool and are released with the
/// exported array.
struct OutputVector {
  ColumnType type;
  std::string name;
  int64_t length = 0;
  int64_t nullCount = 0;
  PoolArray<uint8_t> validity;  // bitmap, empty: no NULLs
  PoolArray<uint8_t> data;      // values, bits or string bytes (kFixedSizeList: elements)
  PoolArray<uint8_t> offsets;   // int32_t (kString) or int64_t (kLargeString), length + 1
  PoolArray<uint8_t> elementValidity;  // kFixedSizeList: bitmap over all elements, empty: none NULL
  int64_t elementNullCount = 0;
  bool isStruct = false;        // then only `children` count
  std::vector<OutputVector> children;
};

/// Copies rows `ids[0..numRows)` of `source` (id == source.length: NULL) into a new vector. `ids` == nullptr: rows [0, numRows).
/// Strings whose bytes exceed 2^31 - 1 become kLargeString only if the column already is; otherwise UNSUPPORTED.
OutputVector gatherColumn(const Column& source, const int32_t* ids, int64_t numRows, std::string name, MemoryPool& pool);

/// Moves the vectors into one struct array (record batch). `pool` is kept alive until the array is released.
void exportBatch(std::vector<OutputVector> columns, int64_t numRows, std::shared_ptr<MemoryPool> pool, ArrowArray* out);

/// Describes the record batches of such vectors (their buffers are not looked at).
void exportSchema(const std::vector<OutputVector>& columns, ArrowSchema* out);

/// Elements a tensor may have.
inline constexpr int64_t kMaxTensorElements = int64_t{1} << 31;

/// Imports a bound tensor: checks type, length, absence of NULLs. Float32/Float64/Int64, strings, or bytes (uint8).
Column importTensor(ArrowSchema schema, ArrowArray array, const std::string& name, std::shared_ptr<MemoryPool> pool);

}  // namespace inferf
