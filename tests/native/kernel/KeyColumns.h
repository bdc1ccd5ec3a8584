#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "column/Column.h"

namespace inferf::test {

/// Gives a column a bitmap of NULLs by index, unless there are none.
inline void setNulls(const std::vector<bool>& nulls, std::vector<uint8_t>& validity, Column& column) {
  if (nulls.empty()) {
    return;
  }
  validity.assign(nulls.size() / 8 + 1, 0);
  for (size_t i = 0; i < nulls.size(); ++i) {
    validity[i / 8] = static_cast<uint8_t>(validity[i / 8] | (nulls[i] ? 0U : 1U) << (i % 8));
    column.nullCount += nulls[i] ? 1 : 0;
  }
  column.validity = validity.data();
}

/// A column over the elements of a vector; NULLs by index.
template <typename T>
struct TestColumn {
  TestColumn(TypeId id, std::vector<T> elements, const std::vector<bool>& nulls = {}) : values(std::move(elements)) {
    column.type.id = id;
    column.type.byteWidth = sizeof(T);
    column.length = static_cast<int64_t>(values.size());
    column.data = values.data();
    setNulls(nulls, validity, column);
  }
  std::vector<T> values;
  std::vector<uint8_t> validity;
  Column column;
};

/// A column of strings; NULLs by index.
struct StringColumn {
  explicit StringColumn(const std::vector<std::string>& texts, const std::vector<bool>& nulls = {}) {
    offsets.push_back(0);
    for (const std::string& text : texts) {
      bytes += text;
      offsets.push_back(static_cast<int32_t>(bytes.size()));
    }
    column.type.id = TypeId::kString;
    column.length = static_cast<int64_t>(texts.size());
    column.data = bytes.data();
    column.offsets = offsets.data();
    setNulls(nulls, validity, column);
  }
  std::string bytes;
  std::vector<int32_t> offsets;
  std::vector<uint8_t> validity;
  Column column;
};

}  // namespace inferf::test
