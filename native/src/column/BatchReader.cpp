#include <cstring>
#include <string_view>
#include <utility>

#include "base/Error.h"
#include "base/NearestName.h"
#include "column/ArrowBridge.h"
#include "column/ArrowHandle.h"
#include "column/Bitmap.h"
#include "column/ColumnImporter.h"
#include "column/Concatenate.h"

namespace inferf {

namespace {

constexpr int64_t kMaxStreamColumns = 1 << 20;
constexpr size_t kMaxStreamMessage = 4096;

/// The producer's own words about what went wrong.
std::string streamMessage(ArrowArrayStream& stream, int errorNumber) {
  const char* text = stream.get_last_error == nullptr ? nullptr : stream.get_last_error(&stream);
  if (text == nullptr || *text == '\0') {
    return detail::concatenate("errno ", errorNumber, ", no message");
  }
  return {text, strnlen(text, kMaxStreamMessage)};
}

std::string_view nameOf(const ArrowSchema& schema) { return schema.name == nullptr ? std::string_view() : schema.name; }

/// The child of a record batch schema with the given name.
int64_t findColumn(const ArrowSchema& schema, const std::string& name, const std::string& table) {
  int64_t found = -1;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    if (nameOf(*schema.children[i]) != name) {
      continue;
    }
    INFERF_USER_CHECK(found < 0, INFERF_ERROR_INVALID_DATA, "A bound stream has two columns of one name: '", name, "' of table '", table,
                      "'");
    found = i;
  }
  if (found < 0) {
    std::vector<std::string_view> names;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      names.push_back(nameOf(*schema.children[i]));
    }
    const std::string nearest = nearestName(name, names);
    throwUser(INFERF_ERROR_TYPE_MISMATCH, "A bound stream lacks a column of the plan: '", name, "' of table '", table, "'",
              nearest.empty() ? "" : ". Nearest name: '" + nearest + "'");
  }
  return found;
}

}  // namespace

struct BatchReader::State {
  State(ArrowArrayStream boundStream, std::string boundTable, std::shared_ptr<MemoryPool> boundPool)
      : stream(boundStream), table(std::move(boundTable)), pool(std::move(boundPool)) {}

  void readSchema(const std::vector<std::string>& columns);
  void updateTypes();
  void checkBatch(const ArrowArray& array) const;

  ArrowHandle<ArrowArrayStream> stream;
  std::string table;
  std::shared_ptr<MemoryPool> pool;
  int64_t numStreamColumns = 0;
  std::vector<int64_t> children;  // by plan column: its place in the stream
  std::vector<ColumnImporter> importers;
  std::vector<ColumnType> types;
  int64_t numRowsRead = 0;
};

void BatchReader::State::readSchema(const std::vector<std::string>& columns) {
  INFERF_USER_CHECK(stream, INFERF_ERROR_INVALID_DATA, "A bound stream has been released already. Table: '", table, "'");
  INFERF_USER_CHECK(stream->get_schema != nullptr && stream->get_next != nullptr, INFERF_ERROR_INVALID_DATA,
                    "A bound stream lacks get_schema or get_next. Table: '", table, "'");
  ArrowHandle<ArrowSchema> schema;
  if (const int error = stream->get_schema(stream.get(), schema.get()); error != 0) {
    *schema.get() = ArrowSchema{};  // by the specification, nothing to release after a failure
    throwUser(INFERF_ERROR_SOURCE, "A bound stream could not give its schema. Table: '", table, "', message: ",
              streamMessage(*stream.get(), error));
  }
  INFERF_USER_CHECK(schema, INFERF_ERROR_INVALID_DATA, "A bound stream gave a released schema. Table: '", table, "'");
  INFERF_USER_CHECK(schema->format != nullptr && std::strcmp(schema->format, "+s") == 0 && schema->dictionary == nullptr,
                    INFERF_ERROR_INVALID_DATA, "A bound stream must yield structs (record batches). Table: '", table, "', format: '",
                    schema->format == nullptr ? "NULL" : std::string(schema->format, strnlen(schema->format, 64)), "'");
  INFERF_USER_CHECK(schema->n_children >= 0 && schema->n_children <= kMaxStreamColumns &&
                        (schema->n_children == 0 || schema->children != nullptr),
                    INFERF_ERROR_INVALID_DATA, "A bound stream has an impossible number of columns. Table: '", table, "', columns: ",
                    schema->n_children);
  for (int64_t i = 0; i < schema->n_children; ++i) {
    INFERF_USER_CHECK(schema->children[i] != nullptr && schema->children[i]->release != nullptr, INFERF_ERROR_INVALID_DATA,
                      "A bound stream has a NULL or released column in its schema. Table: '", table, "', position: ", i);
  }
  numStreamColumns = schema->n_children;
  for (const std::string& name : columns) {
    const int64_t child = findColumn(*schema, name, table);
    std::string where = detail::concatenate("column '", name, "' of table '", table, "'");
    ColumnFormat format = parseColumnFormat(*schema->children[child], where);
    children.push_back(child);
    importers.emplace_back(std::move(format), std::move(where), pool);
  }
  updateTypes();
}

void BatchReader::State::updateTypes() {
  types.clear();
  for (const ColumnImporter& importer : importers) {
    types.push_back(importer.type());
  }
}

void BatchReader::State::checkBatch(const ArrowArray& array) const {
  INFERF_USER_CHECK(array.length >= 0 && array.length <= kMaxRows, INFERF_ERROR_INVALID_DATA,
                    "The length of a record batch is out of range. Table: '", table, "', length: ", array.length);
  INFERF_USER_CHECK(array.offset >= 0 && array.offset <= kMaxRows, INFERF_ERROR_INVALID_DATA,
                    "The offset of a record batch is out of range. Table: '", table, "', offset: ", array.offset);
  INFERF_USER_CHECK(array.n_children == numStreamColumns, INFERF_ERROR_INVALID_DATA,
                    "A record batch has another number of columns than its schema. Table: '", table, "'. Expected: ", numStreamColumns,
                    ", actual: ", array.n_children);
  INFERF_USER_CHECK(array.n_children == 0 || array.children != nullptr, INFERF_ERROR_INVALID_DATA,
                    "A record batch has no list of children. Table: '", table, "'");
  INFERF_USER_CHECK(array.n_buffers == 1 && array.buffers != nullptr, INFERF_ERROR_INVALID_DATA,
                    "A record batch has the wrong number of buffers. Table: '", table, "'. Expected: 1, actual: ", array.n_buffers);
  const auto* validity = static_cast<const uint8_t*>(array.buffers[0]);
  const bool hasNulls = validity != nullptr ? countSetBits(validity, array.offset, array.length) < array.length : array.null_count > 0;
  INFERF_USER_CHECK(array.null_count >= -1 && !hasNulls && array.dictionary == nullptr, INFERF_ERROR_INVALID_DATA,
                    "A record batch must have no NULL rows and no dictionary of its own. Table: '", table, "'");
}

BatchReader::BatchReader(ArrowArrayStream stream, std::string tableName, std::vector<std::string> columns,
                         std::shared_ptr<MemoryPool> pool) {
  ArrowHandle<ArrowArrayStream> owned(stream);  // released even if there is no memory for the state
  state_ = std::make_unique<State>(ArrowArrayStream{}, std::move(tableName), std::move(pool));
  state_->stream = std::move(owned);
  state_->readSchema(columns);
}

BatchReader::~BatchReader() = default;

const std::vector<ColumnType>& BatchReader::types() const { return state_->types; }

std::optional<Batch> BatchReader::next() {
  State& state = *state_;
  if (!state.stream) {
    return std::nullopt;
  }
  auto array = std::make_shared<ArrowHandle<ArrowArray>>();
  if (const int error = state.stream->get_next(state.stream.get(), array->get()); error != 0) {
    *array->get() = ArrowArray{};
    const std::string message = streamMessage(*state.stream.get(), error);
    state.stream.reset();
    throwUser(INFERF_ERROR_SOURCE, "A bound stream failed. Table: '", state.table, "', message: ", message);
  }
  if (!*array) {
    state.stream.reset();
    return std::nullopt;
  }
  state.checkBatch(**array);
  Batch batch;
  batch.numRows = (*array)->length;
  batch.columns.reserve(state.importers.size());
  for (size_t i = 0; i < state.importers.size(); ++i) {
    const ArrowArray* child = (*array)->children[state.children[i]];
    batch.columns.push_back(state.importers[i].import(child, (*array)->offset, batch.numRows, array, state.numRowsRead));
  }
  state.numRowsRead += batch.numRows;
  state.updateTypes();
  return batch;
}

Batch BatchReader::readAll(const CancellationToken& cancellation) {
  std::vector<Batch> batches;
  int64_t numRows = 0;
  while (std::optional<Batch> batch = next()) {
    cancellation.check();
    numRows += batch->numRows;
    INFERF_USER_CHECK(numRows <= kMaxRows, INFERF_ERROR_UNSUPPORTED, "A table held in memory has too many rows. Table: '", state_->table,
                      "'. Expected at most: ", kMaxRows);
    if (batch->numRows > 0) {
      batches.push_back(std::move(*batch));
    }
  }
  return join(std::move(batches));
}

Batch BatchReader::join(std::vector<Batch> batches) const {
  if (batches.size() == 1) {
    return std::move(batches.front());
  }
  Batch result;
  for (const Batch& batch : batches) {
    result.numRows += batch.numRows;
  }
  for (size_t column = 0; column < state_->importers.size(); ++column) {
    const ColumnImporter& importer = state_->importers[column];
    std::vector<Column> parts;
    for (Batch& batch : batches) {
      parts.push_back(std::move(batch.columns[column]));
    }
    result.columns.push_back(concatenate(parts, importer.type(), importer.where(), state_->pool));
  }
  return result;
}

}  // namespace inferf
