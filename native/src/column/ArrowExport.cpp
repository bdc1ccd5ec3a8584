#include <array>
#include <cstring>
#include <utility>

#include "base/Error.h"
#include "column/ArrowBridge.h"
#include "column/ArrowHandle.h"
#include "column/ColumnFormat.h"

namespace inferf {

namespace {

/// What empty buffers point to: some consumers read the first offset of an array without rows, or dislike NULL.
alignas(MemoryPool::kAlignment) constexpr uint8_t kEmptyBuffer[MemoryPool::kAlignment] = {};

/// Private data of one exported array. Each array owns its own buffers, so that a consumer may move children out and release them in
/// any order.
struct ExportedArray {
  ~ExportedArray() {
    for (ArrowArray& child : children) {
      if (child.release != nullptr) {
        child.release(&child);
      }
    }
  }

  std::shared_ptr<MemoryPool> pool;  // first, so that it outlives the buffers
  std::array<PoolArray<uint8_t>, 3> owned;
  std::array<const void*, 3> buffers{};
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> childPointers;
};

void releaseArray(ArrowArray* array) {
  delete static_cast<ExportedArray*>(array->private_data);
  array->release = nullptr;
  array->private_data = nullptr;
}

/// Private data of one exported schema.
struct ExportedSchema {
  ~ExportedSchema() {
    for (ArrowSchema& child : children) {
      if (child.release != nullptr) {
        child.release(&child);
      }
    }
  }

  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> childPointers;
};

void releaseSchema(ArrowSchema* schema) {
  delete static_cast<ExportedSchema*>(schema->private_data);
  schema->release = nullptr;
  schema->private_data = nullptr;
}

/// Adds a buffer; `array` has room for three.
void addBuffer(ExportedArray& data, ArrowArray& array, PoolArray<uint8_t> memory, bool mayBeNull) {
  const auto index = static_cast<size_t>(array.n_buffers++);
  data.owned[index] = std::move(memory);
  data.buffers[index] = data.owned[index].data();
  if (data.buffers[index] == nullptr && !mayBeNull) {
    data.buffers[index] = kEmptyBuffer;
  }
}

/// Fills `out`, ready to be released, once nothing can fail any more.
void finishArray(std::unique_ptr<ExportedArray> data, ArrowArray array, ArrowArray* out) {
  for (ArrowArray& child : data->children) {
    data->childPointers.push_back(&child);
  }
  array.n_children = static_cast<int64_t>(data->children.size());
  array.children = data->children.empty() ? nullptr : data->childPointers.data();
  array.buffers = array.n_buffers == 0 ? nullptr : data->buffers.data();
  array.release = releaseArray;
  array.private_data = data.release();
  *out = array;
}

void exportElements(OutputVector& list, const std::shared_ptr<MemoryPool>& pool, ArrowArray* out) {
  auto data = std::make_unique<ExportedArray>();
  data->pool = pool;
  ArrowArray array{};
  array.length = list.length * list.type.listLength;
  array.null_count = list.elementNullCount;
  addBuffer(*data, array, std::move(list.elementValidity), true);
  addBuffer(*data, array, std::move(list.data), false);
  finishArray(std::move(data), array, out);
}

void exportVector(OutputVector vector, const std::shared_ptr<MemoryPool>& pool, ArrowArray* out) {
  auto data = std::make_unique<ExportedArray>();
  data->pool = pool;
  ArrowArray array{};
  array.length = vector.length;
  array.null_count = vector.nullCount;
  const TypeId id = vector.type.id;
  if (vector.isStruct) {
    addBuffer(*data, array, std::move(vector.validity), true);
    data->children.resize(vector.children.size());
    for (size_t i = 0; i < vector.children.size(); ++i) {
      exportVector(std::move(vector.children[i]), pool, &data->children[i]);
    }
  } else if (id == TypeId::kFixedSizeList) {
    addBuffer(*data, array, std::move(vector.validity), true);
    data->children.resize(1);
    exportElements(vector, pool, data->children.data());
  } else if (id == TypeId::kString || id == TypeId::kLargeString) {
    addBuffer(*data, array, std::move(vector.validity), true);
    addBuffer(*data, array, std::move(vector.offsets), false);
    addBuffer(*data, array, std::move(vector.data), false);
  } else if (id != TypeId::kNull) {
    addBuffer(*data, array, std::move(vector.validity), true);
    addBuffer(*data, array, std::move(vector.data), false);
  }
  finishArray(std::move(data), array, out);
}

void finishSchema(std::unique_ptr<ExportedSchema> data, ArrowSchema* out) {
  ArrowSchema schema{};
  for (ArrowSchema& child : data->children) {
    data->childPointers.push_back(&child);
  }
  schema.format = data->format.c_str();
  schema.name = data->name.c_str();
  schema.flags = ARROW_FLAG_NULLABLE;
  schema.n_children = static_cast<int64_t>(data->children.size());
  schema.children = data->children.empty() ? nullptr : data->childPointers.data();
  schema.release = releaseSchema;
  schema.private_data = data.release();
  *out = schema;
}

void exportField(const OutputVector& vector, ArrowSchema* out) {
  auto data = std::make_unique<ExportedSchema>();
  data->name = vector.name;
  if (vector.isStruct) {
    data->format = "+s";
    data->children.resize(vector.children.size());
    for (size_t i = 0; i < vector.children.size(); ++i) {
      exportField(vector.children[i], &data->children[i]);
    }
  } else if (vector.type.id == TypeId::kFixedSizeList) {
    data->format = detail::concatenate("+w:", vector.type.listLength);
    data->children.resize(1);
    auto element = std::make_unique<ExportedSchema>();
    element->format = exportFormat(vector.type);
    element->name = "item";
    finishSchema(std::move(element), data->children.data());
  } else {
    data->format = exportFormat(vector.type);
  }
  finishSchema(std::move(data), out);
}

}  // namespace

void exportBatch(std::vector<OutputVector> columns, int64_t numRows, std::shared_ptr<MemoryPool> pool, ArrowArray* out) {
  OutputVector batch;
  batch.isStruct = true;
  batch.length = numRows;
  for (const OutputVector& column : columns) {
    INFERF_CHECK(column.length == numRows);
  }
  batch.children = std::move(columns);
  exportVector(std::move(batch), pool, out);
}

void exportSchema(const std::vector<OutputVector>& columns, ArrowSchema* out) {
  auto data = std::make_unique<ExportedSchema>();
  data->format = "+s";
  data->children.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    exportField(columns[i], &data->children[i]);
  }
  finishSchema(std::move(data), out);
}

}  // namespace inferf
