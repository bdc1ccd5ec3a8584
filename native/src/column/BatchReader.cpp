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

/// A type for messages.
std::string describe(const ColumnType& type) {
  return type.id == TypeId::kFixedSizeList ? detail::concatenate("lists of ", type.listLength, " '", type.format, "'")
                                           : detail::concatenate("Arrow format '", type.format, "'");
}

void checkTableRows(int64_t numRows, const std::string& table) {
  INFERF_USER_CHECK(numRows <= kMaxRows, INFERF_ERROR_UNSUPPORTED, "A table held in memory has too many rows. Table: '", table,
                    "'. Expected at most: ", kMaxRows);
}

}  // namespace

/// One stream of the table.
struct BatchReader::Part {
  /// Reads the schema. `suffix` ends the names of columns in messages.
  Part(ArrowHandle<ArrowArrayStream> boundStream, const State& state, const std::string& suffix);

  void updateTypes();
  void checkBatch(const ArrowArray& array, const std::string& table) const;

  ArrowHandle<ArrowArrayStream> stream;
  int64_t numStreamColumns = 0;
  std::vector<int64_t> children;  // by plan column: its place in the stream
  std::vector<ColumnImporter> importers;
  std::vector<ColumnType> types;
  int64_t numRowsRead = 0;
};

struct BatchReader::State {
  State(std::string boundTable, std::vector<std::string> boundColumns, std::shared_ptr<MemoryPool> boundPool)
      : table(std::move(boundTable)), columns(std::move(boundColumns)), pool(std::move(boundPool)) {}

  std::string table;
  std::vector<std::string> columns;
  std::shared_ptr<MemoryPool> pool;
  std::vector<std::unique_ptr<Part>> parts;
};

BatchReader::Part::Part(ArrowHandle<ArrowArrayStream> boundStream, const State& state, const std::string& suffix) : stream(std::move(boundStream)) {
  const std::string& table = state.table;
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
  for (const std::string& name : state.columns) {
    const int64_t child = findColumn(*schema, name, table);
    std::string where = detail::concatenate("column '", name, "' of table '", table, "'", suffix);
    ColumnFormat format = parseColumnFormat(*schema->children[child], where);
    children.push_back(child);
    importers.emplace_back(std::move(format), std::move(where), state.pool);
  }
  updateTypes();
}

void BatchReader::Part::updateTypes() {
  types.clear();
  for (const ColumnImporter& importer : importers) {
    types.push_back(importer.type());
  }
}

void BatchReader::Part::checkBatch(const ArrowArray& array, const std::string& table) const {
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
  state_ = std::make_unique<State>(std::move(tableName), std::move(columns), std::move(pool));
  state_->parts.push_back(std::make_unique<Part>(std::move(owned), *state_, ""));
}

BatchReader::~BatchReader() = default;

void BatchReader::addPart(ArrowArrayStream stream) {
  ArrowHandle<ArrowArrayStream> owned(stream);
  const std::string suffix = detail::concatenate(", stream ", state_->parts.size());
  auto part = std::make_unique<Part>(std::move(owned), *state_, suffix);
  const Part& first = *state_->parts.front();
  for (size_t i = 0; i < part->types.size(); ++i) {
    const ColumnType& expected = first.types[i];
    const ColumnType& actual = part->types[i];
    INFERF_USER_CHECK(actual.id == expected.id && actual.elementId == expected.elementId && actual.listLength == expected.listLength &&
                          actual.byteWidth == expected.byteWidth && actual.format == expected.format,
                      INFERF_ERROR_TYPE_MISMATCH, "The streams of a table have different types: ", part->importers[i].where(),
                      ". Expected: ", describe(expected), ", actual: ", describe(actual));
  }
  state_->parts.push_back(std::move(part));
}

size_t BatchReader::numParts() const { return state_->parts.size(); }

const std::vector<ColumnType>& BatchReader::types() const { return state_->parts.front()->types; }

std::optional<Batch> BatchReader::next(size_t index) {
  INFERF_CHECK(index < state_->parts.size());
  Part& part = *state_->parts[index];
  if (!part.stream) {
    return std::nullopt;
  }
  auto array = std::make_shared<ArrowHandle<ArrowArray>>();
  if (const int error = part.stream->get_next(part.stream.get(), array->get()); error != 0) {
    *array->get() = ArrowArray{};
    const std::string message = streamMessage(*part.stream.get(), error);
    part.stream.reset();
    throwUser(INFERF_ERROR_SOURCE, "A bound stream failed. Table: '", state_->table, "', message: ", message);
  }
  if (!*array) {
    part.stream.reset();
    return std::nullopt;
  }
  part.checkBatch(**array, state_->table);
  Batch batch;
  batch.numRows = (*array)->length;
  batch.columns.reserve(part.importers.size());
  for (size_t i = 0; i < part.importers.size(); ++i) {
    const ArrowArray* child = (*array)->children[part.children[i]];
    batch.columns.push_back(part.importers[i].import(child, (*array)->offset, batch.numRows, array, part.numRowsRead));
  }
  part.numRowsRead += batch.numRows;
  part.updateTypes();
  return batch;
}

std::vector<Batch> BatchReader::readPart(size_t part, const CancellationToken& cancellation) {
  std::vector<Batch> batches;
  int64_t numRows = 0;
  while (std::optional<Batch> batch = next(part)) {
    cancellation.check();
    numRows += batch->numRows;
    checkTableRows(numRows, state_->table);
    if (batch->numRows > 0) {
      batches.push_back(std::move(*batch));
    }
  }
  return batches;
}

Batch BatchReader::join(std::vector<std::vector<Batch>> parts) const {
  std::vector<Batch> batches;
  Batch result;
  for (std::vector<Batch>& part : parts) {
    for (Batch& batch : part) {
      result.numRows += batch.numRows;
      checkTableRows(result.numRows, state_->table);
      batches.push_back(std::move(batch));
    }
  }
  if (batches.size() == 1) {
    return std::move(batches.front());
  }
  for (size_t column = 0; column < state_->columns.size(); ++column) {
    // A part whose lists are all NULL does not know their length; the parts that do must agree.
    const ColumnImporter* known = &state_->parts.front()->importers[column];
    for (const std::unique_ptr<Part>& part : state_->parts) {
      const ColumnImporter& importer = part->importers[column];
      INFERF_USER_CHECK(importer.type().listLength == known->type().listLength || importer.type().listLength == 0 ||
                            known->type().listLength == 0,
                        INFERF_ERROR_INVALID_DATA, "The streams of a table have lists of different lengths: ", importer.where(),
                        ". Expected: ", known->type().listLength, ", actual: ", importer.type().listLength);
      known = known->type().listLength == 0 ? &importer : known;
    }
    std::vector<Column> columns;
    for (Batch& batch : batches) {
      columns.push_back(std::move(batch.columns[column]));
    }
    result.columns.push_back(concatenate(columns, known->type(), known->where(), state_->pool));
  }
  return result;
}

Batch BatchReader::readAll(const CancellationToken& cancellation) {
  std::vector<std::vector<Batch>> parts;
  for (size_t part = 0; part < state_->parts.size(); ++part) {
    parts.push_back(readPart(part, cancellation));
  }
  return join(std::move(parts));
}

}  // namespace inferf
