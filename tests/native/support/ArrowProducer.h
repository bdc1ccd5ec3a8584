#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inferf/arrow_c.h"

namespace inferf::test {

/// A producer of Arrow structs for tests: describes arrays as plain data, hands them out with exactly sized buffers (so that the address
/// sanitizer sees every read beyond them), and counts what has not been released.

/// Structs handed out and not released yet.
inline std::atomic<int>& liveStructs() {
  static std::atomic<int> count{0};  // engine threads release, too
  return count;
}

using Bytes = std::vector<uint8_t>;

struct SchemaSpec {
  std::string format;
  std::string name;
  std::vector<SchemaSpec> children;
  std::vector<SchemaSpec> dictionary;                // none or one
  std::function<void(ArrowSchema*)> tamper = nullptr;  // applied to the finished struct
};

struct ArraySpec {
  int64_t length = 0;
  std::vector<std::optional<Bytes>> buffers;  // none: NULL
  std::vector<ArraySpec> children;
  std::vector<ArraySpec> dictionary;  // none or one
  int64_t offset = 0;
  int64_t nullCount = -1;
  int64_t misalignment = 0;  // bytes by which buffer 1 is moved off its alignment
  std::function<void(ArrowArray*)> tamper = nullptr;
};

template <typename T>
Bytes bytesOf(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!values.empty()) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }
  return bytes;
}

/// A bitmap from text like "1101", first bit first.
inline Bytes bitsOf(const std::string& text) {
  Bytes bytes((text.size() + 7) / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '1') {
      bytes[i / 8] = static_cast<uint8_t>(bytes[i / 8] | 1u << (i % 8));
    }
  }
  return bytes;
}

struct SchemaData {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> childPointers;
  ArrowSchema dictionary{};
};

inline void makeSchema(const SchemaSpec& spec, ArrowSchema* out) {
  auto* data = new SchemaData{spec.format, spec.name, std::vector<ArrowSchema>(spec.children.size()), {}, {}};
  *out = ArrowSchema{};
  for (size_t i = 0; i < spec.children.size(); ++i) {
    makeSchema(spec.children[i], &data->children[i]);
    data->childPointers.push_back(&data->children[i]);
  }
  if (!spec.dictionary.empty()) {
    makeSchema(spec.dictionary[0], &data->dictionary);
    out->dictionary = &data->dictionary;
  }
  out->format = data->format.c_str();
  out->name = data->name.c_str();
  out->flags = ARROW_FLAG_NULLABLE;
  out->n_children = static_cast<int64_t>(spec.children.size());
  out->children = data->childPointers.data();
  out->private_data = data;
  out->release = [](ArrowSchema* schema) {
    auto* owned = static_cast<SchemaData*>(schema->private_data);
    for (ArrowSchema& child : owned->children) {
      if (child.release != nullptr) {
        child.release(&child);
      }
    }
    if (owned->dictionary.release != nullptr) {
      owned->dictionary.release(&owned->dictionary);
    }
    delete owned;
    schema->release = nullptr;
    --liveStructs();
  };
  ++liveStructs();
  if (spec.tamper) {
    spec.tamper(out);
  }
}

struct ArrayData {
  std::vector<void*> memory;
  std::vector<const void*> buffers;
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> childPointers;
  ArrowArray dictionary{};
};

inline void makeArray(const ArraySpec& spec, ArrowArray* out) {
  auto* data = new ArrayData;
  *out = ArrowArray{};
  for (size_t i = 0; i < spec.buffers.size(); ++i) {
    if (!spec.buffers[i].has_value()) {
      data->buffers.push_back(nullptr);
      continue;
    }
    const Bytes& bytes = *spec.buffers[i];
    const auto shift = static_cast<size_t>(i == 1 ? spec.misalignment : 0);
    auto* memory = static_cast<uint8_t*>(std::malloc(bytes.size() + shift));
    if (!bytes.empty()) {
      std::memcpy(memory + shift, bytes.data(), bytes.size());
    }
    data->memory.push_back(memory);
    data->buffers.push_back(memory + shift);
  }
  data->children.resize(spec.children.size());
  for (size_t i = 0; i < spec.children.size(); ++i) {
    makeArray(spec.children[i], &data->children[i]);
    data->childPointers.push_back(&data->children[i]);
  }
  if (!spec.dictionary.empty()) {
    makeArray(spec.dictionary[0], &data->dictionary);
    out->dictionary = &data->dictionary;
  }
  out->length = spec.length;
  out->offset = spec.offset;
  out->null_count = spec.nullCount;
  out->n_buffers = static_cast<int64_t>(data->buffers.size());
  out->buffers = data->buffers.data();
  out->n_children = static_cast<int64_t>(data->children.size());
  out->children = data->childPointers.data();
  out->private_data = data;
  out->release = [](ArrowArray* array) {
    auto* owned = static_cast<ArrayData*>(array->private_data);
    for (ArrowArray& child : owned->children) {
      if (child.release != nullptr) {
        child.release(&child);
      }
    }
    if (owned->dictionary.release != nullptr) {
      owned->dictionary.release(&owned->dictionary);
    }
    for (void* memory : owned->memory) {
      std::free(memory);
    }
    delete owned;
    array->release = nullptr;
    --liveStructs();
  };
  ++liveStructs();
  if (spec.tamper) {
    spec.tamper(out);
  }
}

/// A record batch of columns of `length` rows.
inline ArraySpec makeBatch(int64_t length, std::vector<ArraySpec> columns) {
  ArraySpec batch;
  batch.length = length;
  batch.buffers = {std::nullopt};
  batch.nullCount = 0;
  batch.children = std::move(columns);
  return batch;
}

struct StreamSpec {
  SchemaSpec schema;
  std::vector<ArraySpec> batches;
  int schemaError = 0;  // errno of get_schema
  int endError = 0;     // errno of get_next after the last batch
  std::string message;  // of get_last_error
};

struct StreamData {
  StreamSpec spec;
  size_t next = 0;
};

inline ArrowArrayStream makeStream(StreamSpec spec) {
  ArrowArrayStream stream{};
  stream.private_data = new StreamData{std::move(spec)};
  stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    auto* data = static_cast<StreamData*>(self->private_data);
    if (data->spec.schemaError != 0) {
      return data->spec.schemaError;
    }
    makeSchema(data->spec.schema, out);
    return 0;
  };
  stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    auto* data = static_cast<StreamData*>(self->private_data);
    if (data->next < data->spec.batches.size()) {
      makeArray(data->spec.batches[data->next++], out);
      return 0;
    }
    *out = ArrowArray{};
    return data->spec.endError;
  };
  stream.get_last_error = [](ArrowArrayStream* self) {
    const std::string& message = static_cast<StreamData*>(self->private_data)->spec.message;
    return message.empty() ? nullptr : message.c_str();
  };
  stream.release = [](ArrowArrayStream* self) {
    delete static_cast<StreamData*>(self->private_data);
    self->release = nullptr;
    --liveStructs();
  };
  ++liveStructs();
  return stream;
}

/// A stream of record batches with one column.
inline StreamSpec oneColumn(SchemaSpec column, std::vector<ArraySpec> parts) {
  StreamSpec spec;
  spec.schema.format = "+s";
  spec.schema.children = {std::move(column)};
  for (ArraySpec& part : parts) {
    const int64_t length = part.length;
    spec.batches.push_back(makeBatch(length, {std::move(part)}));
  }
  return spec;
}

}  // namespace inferf::test
