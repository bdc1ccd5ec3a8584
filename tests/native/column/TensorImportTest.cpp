#include "column/ColumnFixture.h"

namespace inferf::test {
namespace {

class TensorImportTest : public ColumnTest {
 protected:
  Column importOf(const SchemaSpec& schemaSpec, const ArraySpec& arraySpec) {
    ArrowSchema schema;
    makeSchema(schemaSpec, &schema);
    ArrowArray array;
    makeArray(arraySpec, &array);
    return importTensor(schema, array, "w", pool_);
  }
};

TEST_F(TensorImportTest, ImportsSlicedNumbersAndStrings) {
  ArraySpec floats;
  floats.length = 2;
  floats.offset = 1;
  floats.buffers = {std::nullopt, bytesOf(std::vector<float>{1, 2, 3})};
  EXPECT_EQ(render(importOf({"f", "", {}, {}}, floats)), (std::vector<std::string>{"2.000000", "3.000000"}));
  ArraySpec strings;
  strings.length = 2;
  strings.buffers = {std::nullopt, bytesOf(std::vector<int64_t>{0, 1, 3}), Bytes{'a', 'b', 'c'}};
  EXPECT_EQ(render(importOf({"U", "", {}, {}}, strings)), (std::vector<std::string>{"a", "bc"}));
}

TEST_F(TensorImportTest, ImportsOpaqueBytes) {
  ArraySpec bytes;
  bytes.length = 3;
  bytes.offset = 1;
  bytes.buffers = {std::nullopt, Bytes{7, 8, 0, 255}};
  const Column column = importOf({"C", "", {}, {}}, bytes);
  EXPECT_EQ(column.length, 3);
  EXPECT_EQ(std::vector<uint8_t>(column.values<uint8_t>(), column.values<uint8_t>() + 3), (std::vector<uint8_t>{8, 0, 255}));
}

TEST_F(TensorImportTest, RejectsNullsAndOtherTypes) {
  ArraySpec array;
  array.length = 2;
  array.buffers = {bitsOf("10"), bytesOf(std::vector<int64_t>{1, 2})};
  expectError(INFERF_ERROR_INVALID_DATA, "tensor 'w', NULLs 1", [&] { importOf({"l", "", {}, {}}, array); });
  for (const char* format : {"i", "z", "b", "tsn:"}) {
    expectError(INFERF_ERROR_TYPE_MISMATCH, "tensor 'w'", [&] { importOf({format, "", {}, {}}, array); });
  }
  array.length = -1;
  expectError(INFERF_ERROR_INVALID_DATA, "length", [&] { importOf({"l", "", {}, {}}, array); });
}

TEST_F(TensorImportTest, RejectsReleasedStructs) {
  ArraySpec spec;
  spec.buffers = {std::nullopt, Bytes()};
  ArrowArray array;
  makeArray(spec, &array);
  expectError(INFERF_ERROR_INVALID_DATA, "schema has been released", [&] { importTensor(ArrowSchema{}, array, "w", pool_); });
  ArrowSchema schema;
  makeSchema({"f", "", {}, {}}, &schema);
  expectError(INFERF_ERROR_INVALID_DATA, "array has been released", [&] { importTensor(schema, ArrowArray{}, "w", pool_); });
}

}  // namespace
}  // namespace inferf::test
