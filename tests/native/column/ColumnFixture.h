#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "column/ArrowBridge.h"
#include "support/ArrowProducer.h"
#include "support/ExpectError.h"

namespace inferf::test {

/// Checks after each test that every Arrow struct was released and that the pool is empty.
class ColumnTest : public ::testing::Test {
 protected:
  void SetUp() override { liveStructs() = 0; }
  void TearDown() override {
    EXPECT_EQ(liveStructs(), 0) << "Arrow structs were leaked or released twice.";
    EXPECT_EQ(pool_->bytesInUse(), 0);
  }

  std::unique_ptr<BatchReader> reader(StreamSpec spec, std::vector<std::string> columns = {"c"}) {
    return std::make_unique<BatchReader>(makeStream(std::move(spec)), "t", std::move(columns), pool_);
  }

  /// The only column of all parts, read as one.
  Column readColumn(SchemaSpec schema, std::vector<ArraySpec> parts) {
    schema.name = "c";
    return reader(oneColumn(std::move(schema), std::move(parts)))->readAll().columns[0];
  }

  /// Expects that reading a column fails.
  void expectReadError(inferf_status code, const std::string& text, SchemaSpec schema, std::vector<ArraySpec> parts) {
    expectError(code, text, [&] { readColumn(schema, parts); });
  }

  std::shared_ptr<MemoryPool> pool_ = std::make_shared<MemoryPool>();
};

/// An element as text; NULL as "-".
inline std::string render(const Column& column, int64_t row) {
  if (column.isNull(row)) {
    return "-";
  }
  switch (column.type.id) {
    case TypeId::kBool:
      return column.boolAt(row) ? "true" : "false";
    case TypeId::kInt8:
      return std::to_string(column.values<int8_t>()[row]);
    case TypeId::kInt16:
      return std::to_string(column.values<int16_t>()[row]);
    case TypeId::kInt32:
      return std::to_string(column.values<int32_t>()[row]);
    case TypeId::kInt64:
      return std::to_string(column.values<int64_t>()[row]);
    case TypeId::kUInt8:
      return std::to_string(column.values<uint8_t>()[row]);
    case TypeId::kUInt16:
      return std::to_string(column.values<uint16_t>()[row]);
    case TypeId::kUInt32:
      return std::to_string(column.values<uint32_t>()[row]);
    case TypeId::kUInt64:
      return std::to_string(column.values<uint64_t>()[row]);
    case TypeId::kFloat32:
      return std::to_string(column.values<float>()[row]);
    case TypeId::kFloat64:
      return std::to_string(column.values<double>()[row]);
    case TypeId::kString:
    case TypeId::kLargeString:
      return std::string(column.stringAt(row));
    case TypeId::kFixedWidth: {
      const char* bytes = static_cast<const char*>(column.data) + (column.offset + row) * column.type.byteWidth;
      return std::string(bytes, static_cast<size_t>(column.type.byteWidth));
    }
    case TypeId::kFixedSizeList: {
      std::string text = "[";
      const int32_t n = column.type.listLength;
      for (int64_t j = 0; j < n; ++j) {
        const int64_t element = (column.offset + row) * n + j;
        const bool isNull =
            column.elementValidity != nullptr && (column.elementValidity[element / 8] >> (element % 8) & 1) == 0;
        if (isNull) {
          text += "-,";
        } else if (column.type.elementId == TypeId::kFloat32) {
          text += std::to_string(static_cast<const float*>(column.data)[element]) + ",";
        } else if (column.type.elementId == TypeId::kFloat64) {
          text += std::to_string(static_cast<const double*>(column.data)[element]) + ",";
        } else {
          text += std::to_string(static_cast<const int32_t*>(column.data)[element]) + ",";
        }
      }
      return text + "]";
    }
    default:
      return "?";
  }
}

inline std::vector<std::string> render(const Column& column) {
  std::vector<std::string> texts;
  for (int64_t i = 0; i < column.length; ++i) {
    texts.push_back(render(column, i));
  }
  return texts;
}

}  // namespace inferf::test
