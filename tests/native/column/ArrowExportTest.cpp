#include "column/ColumnFixture.h"

namespace inferf::test {
namespace {

using ArrowExportTest = ColumnTest;

OutputVector floatVector(std::string name, const std::vector<float>& values, MemoryPool& pool) {
  OutputVector vector;
  vector.type.id = TypeId::kFloat32;
  vector.type.byteWidth = 4;
  vector.name = std::move(name);
  vector.length = static_cast<int64_t>(values.size());
  vector.data = PoolArray<uint8_t>(pool, vector.length * 4);
  if (!values.empty()) {
    std::memcpy(vector.data.data(), values.data(), values.size() * 4);
  }
  return vector;
}

std::vector<OutputVector> nestedColumns(MemoryPool& pool) {
  std::vector<OutputVector> columns;
  columns.push_back(floatVector("plain", {1, 2}, pool));
  OutputVector list = floatVector("list", {1, 2, 3, 4, 5, 6}, pool);
  list.type.id = TypeId::kFixedSizeList;
  list.type.elementId = TypeId::kFloat32;
  list.type.listLength = 3;
  list.type.byteWidth = 12;
  list.length = 2;
  columns.push_back(std::move(list));
  OutputVector parent;
  parent.name = "struct";
  parent.isStruct = true;
  parent.length = 2;
  parent.children.push_back(floatVector("field", {7, 8}, pool));
  columns.push_back(std::move(parent));
  return columns;
}

TEST_F(ArrowExportTest, DescribesPlainListAndStructColumns) {
  ArrowSchema schema;
  exportSchema(nestedColumns(*pool_), &schema);
  EXPECT_STREQ(schema.format, "+s");
  ASSERT_EQ(schema.n_children, 3);
  EXPECT_STREQ(schema.children[0]->format, "f");
  EXPECT_STREQ(schema.children[0]->name, "plain");
  EXPECT_STREQ(schema.children[1]->format, "+w:3");
  EXPECT_STREQ(schema.children[1]->children[0]->format, "f");
  EXPECT_STREQ(schema.children[2]->format, "+s");
  EXPECT_STREQ(schema.children[2]->children[0]->name, "field");
  schema.release(&schema);
  EXPECT_EQ(schema.release, nullptr);
}

TEST_F(ArrowExportTest, GivesMemoryBackWithTheArray) {
  ArrowArray array;
  exportBatch(nestedColumns(*pool_), 2, pool_, &array);
  EXPECT_GT(pool_->bytesInUse(), 0);
  ASSERT_EQ(array.n_children, 3);
  EXPECT_EQ(static_cast<const float*>(array.children[1]->children[0]->buffers[1])[5], 6.0f);
  EXPECT_EQ(array.children[1]->children[0]->length, 6);
  EXPECT_EQ(static_cast<const float*>(array.children[2]->children[0]->buffers[1])[1], 8.0f);
  array.release(&array);
  EXPECT_EQ(array.release, nullptr);
  EXPECT_EQ(pool_->bytesInUse(), 0);
}

TEST_F(ArrowExportTest, LetsChildrenBeMovedOutAndReleasedLater) {
  ArrowArray array;
  exportBatch(nestedColumns(*pool_), 2, pool_, &array);
  ArrowArray list = *array.children[1];
  array.children[1]->release = nullptr;
  array.release(&array);
  EXPECT_EQ(pool_->bytesInUse(), 64);
  EXPECT_EQ(static_cast<const float*>(list.children[0]->buffers[1])[0], 1.0f);
  list.release(&list);
  EXPECT_EQ(pool_->bytesInUse(), 0);
}

TEST_F(ArrowExportTest, KeepsThePoolAliveUntilTheArrayIsReleased) {
  auto pool = std::make_shared<MemoryPool>();
  const std::weak_ptr<MemoryPool> watched = pool;
  ArrowArray array;
  exportBatch(nestedColumns(*pool), 2, pool, &array);
  pool.reset();
  EXPECT_FALSE(watched.expired());
  array.release(&array);
  EXPECT_TRUE(watched.expired());
}

TEST_F(ArrowExportTest, NeverExportsANullDataBuffer) {
  std::vector<OutputVector> columns;
  columns.push_back(floatVector("empty", {}, *pool_));
  OutputVector strings;
  strings.type.id = TypeId::kString;
  strings.name = "strings";
  columns.push_back(std::move(strings));
  ArrowArray array;
  exportBatch(std::move(columns), 0, pool_, &array);
  EXPECT_NE(array.children[0]->buffers[1], nullptr);
  EXPECT_EQ(static_cast<const int32_t*>(array.children[1]->buffers[1])[0], 0);
  EXPECT_NE(array.children[1]->buffers[2], nullptr);
  array.release(&array);
}

TEST_F(ArrowExportTest, KeepsTemporalAndDecimalFormats) {
  for (const char* format : {"tdD", "tdm", "tts", "ttm", "ttu", "ttn", "tss:", "tsu:Europe/Berlin", "tDn", "tiM", "tiD", "tin", "d:10,2",
                             "d:10,2,32", "d:10,2,64", "d:40,2,256", "e", "z", "U"}) {
    SCOPED_TRACE(format);
    const auto batches = reader(oneColumn({format, "c", {}, {}}, {}));
    const Column column = batches->readAll().columns[0];
    EXPECT_EQ(column.type.isTemporal(), format[0] == 't' && format[1] != 'i');
    std::vector<OutputVector> vectors;
    vectors.push_back(gatherColumn(column, nullptr, 0, "out", *pool_));
    ArrowSchema schema;
    exportSchema(vectors, &schema);
    EXPECT_STREQ(schema.children[0]->format, format);
    schema.release(&schema);
  }
}

TEST_F(ArrowExportTest, RefusesColumnsOfDifferentLengths) {
  std::vector<OutputVector> columns;
  columns.push_back(floatVector("a", {1}, *pool_));
  ArrowArray array;
  expectError(INFERF_ERROR_INTERNAL, "column.length", [&] { exportBatch(std::move(columns), 2, pool_, &array); });
}

}  // namespace
}  // namespace inferf::test
