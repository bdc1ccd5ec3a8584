#include <cerrno>

#include "column/ColumnFixture.h"

namespace inferf::test {
namespace {

using Texts = std::vector<std::string>;

ArraySpec int32Column(std::vector<int32_t> values) {
  ArraySpec array;
  array.length = static_cast<int64_t>(values.size());
  array.buffers = {std::nullopt, bytesOf(values)};
  return array;
}

/// Lists of float with the given offsets; `validity` may be empty.
ArraySpec listColumn(std::vector<int32_t> offsets, std::vector<float> elements, const std::string& validity = {}) {
  ArraySpec array;
  array.length = static_cast<int64_t>(offsets.size()) - 1;
  array.buffers = {validity.empty() ? std::nullopt : std::optional(bitsOf(validity)), bytesOf(offsets)};
  ArraySpec child;
  child.length = static_cast<int64_t>(elements.size());
  child.buffers = {std::nullopt, bytesOf(elements)};
  array.children = {child};
  return array;
}

const SchemaSpec kList{"+l", "", {{"f", "item", {}, {}}}, {}};

using BatchReaderTest = ColumnTest;

TEST_F(BatchReaderTest, ReadsOnlyTheColumnsOfThePlanInItsOrder) {
  StreamSpec spec;
  spec.schema = {"+s", "", {{"i", "a", {}, {}}, {"+m", "ignored", {}, {}}, {"i", "b", {}, {}}}, {}};
  ArraySpec ignored;
  ignored.length = -5;  // not even looked at
  spec.batches = {makeBatch(2, {int32Column({1, 2}), ignored, int32Column({3, 4})})};
  auto batches = reader(spec, {"b", "a"});
  const Batch batch = *batches->next();
  EXPECT_EQ(batch.numRows, 2);
  EXPECT_EQ(render(batch.columns[0]), (Texts{"3", "4"}));
  EXPECT_EQ(render(batch.columns[1]), (Texts{"1", "2"}));
  EXPECT_FALSE(batches->next().has_value());
  EXPECT_FALSE(batches->next().has_value());
}

TEST_F(BatchReaderTest, SharesAlignedBuffersAndKeepsThemAliveByTheColumnAlone) {
  Column column;
  {
    auto batches = reader(oneColumn({"i", "c", {}, {}}, {int32Column({7, 8, 9})}));
    column = batches->next()->columns[0];
  }
  EXPECT_EQ(pool_->bytesInUse(), 0);
  EXPECT_GT(liveStructs(), 0);
  EXPECT_EQ(render(column), (Texts{"7", "8", "9"}));
}

TEST_F(BatchReaderTest, CopiesMisalignedValuesOnce) {
  ArraySpec array = int32Column({5, 6, 7});
  array.misalignment = 1;
  const Column column = readColumn({"i", "", {}, {}}, {array});
  EXPECT_EQ(reinterpret_cast<uintptr_t>(column.data) % 4, 0u);
  EXPECT_EQ(pool_->bytesInUse(), 64);
  EXPECT_EQ(render(column), (Texts{"5", "6", "7"}));
}

TEST_F(BatchReaderTest, HonoursTheOffsetOfTheRecordBatch) {
  StreamSpec spec = oneColumn({"i", "c", {}, {}}, {int32Column({0, 1, 2, 3, 4, 5})});
  spec.batches[0].offset = 2;
  spec.batches[0].length = 3;
  spec.batches[0].children[0].offset = 1;
  spec.batches[0].children[0].length = 5;
  EXPECT_EQ(render(reader(spec)->readAll().columns[0]), (Texts{"3", "4", "5"}));
}

TEST_F(BatchReaderTest, ReadsNothingFromAnEmptyStream) {
  const Batch batch = reader(oneColumn({"u", "c", {}, {}}, {}))->readAll();
  EXPECT_EQ(batch.numRows, 0);
  ASSERT_EQ(batch.columns.size(), 1u);
  EXPECT_EQ(batch.columns[0].type.id, TypeId::kString);
  EXPECT_EQ(batch.columns[0].length, 0);
}

TEST_F(BatchReaderTest, ReadsBatchesWithoutRowsAndBuffers) {
  ArraySpec strings;
  strings.buffers = {std::nullopt, std::nullopt, std::nullopt};
  EXPECT_EQ(render(readColumn({"u", "", {}, {}}, {strings, strings})), Texts{});
}

TEST_F(BatchReaderTest, SharesVariableListsOfOneLength) {
  auto batches = reader(oneColumn({"+l", "c", kList.children, {}}, {listColumn({1, 3, 5}, {0, 1, 2, 3, 4, 5})}));
  EXPECT_EQ(batches->types()[0].listLength, 0);
  const Column column = batches->next()->columns[0];
  EXPECT_EQ(column.type.id, TypeId::kFixedSizeList);
  EXPECT_EQ(column.type.listLength, 2);
  EXPECT_EQ(column.type.byteWidth, 8);
  EXPECT_EQ(batches->types()[0].listLength, 2);
  EXPECT_EQ(pool_->bytesInUse(), 0);
  EXPECT_EQ(render(column), (Texts{"[1.000000,2.000000,]", "[3.000000,4.000000,]"}));
}

TEST_F(BatchReaderTest, LaysOutListsAroundNullsWithoutElements) {
  const Column column = readColumn(kList, {listColumn({0, 2, 2, 4}, {1, 2, 3, 4}, "101")});
  EXPECT_EQ(column.nullCount, 1);
  EXPECT_EQ(render(column), (Texts{"[1.000000,2.000000,]", "-", "[3.000000,4.000000,]"}));
}

TEST_F(BatchReaderTest, JoinsListsWithBatchesThatHadOnlyNulls) {
  const Column column = readColumn(kList, {listColumn({0, 0, 0}, {}, "00"), listColumn({0, 2}, {1, 2})});
  EXPECT_EQ(column.type.listLength, 2);
  EXPECT_EQ(render(column), (Texts{"-", "-", "[1.000000,2.000000,]"}));
}

TEST_F(BatchReaderTest, NamesTheRowOfAListOfAnotherLength) {
  expectReadError(INFERF_ERROR_INVALID_DATA, "column 'c' of table 't', row 3. Expected: 2, actual: 1", kList,
                  {listColumn({0, 2, 4}, {1, 2, 3, 4}), listColumn({0, 2, 3}, {1, 2, 3})});
  expectReadError(INFERF_ERROR_INVALID_DATA, "row 0. Expected: 1 to", kList, {listColumn({0, 0}, {})});
}

TEST_F(BatchReaderTest, ConvertsStringViews) {
  const std::string text = "a string that is not stored inline";
  Bytes views(48, 0);
  const auto putView = [&](size_t i, int32_t length, const std::string& inlined, int32_t buffer, int32_t offset) {
    std::memcpy(views.data() + i * 16, &length, 4);
    if (length <= 12) {
      std::memcpy(views.data() + i * 16 + 4, inlined.data(), inlined.size());
    } else {
      std::memcpy(views.data() + i * 16 + 8, &buffer, 4);
      std::memcpy(views.data() + i * 16 + 12, &offset, 4);
    }
  };
  putView(0, 12, "twelve bytes", 0, 0);
  putView(1, static_cast<int32_t>(text.size()), "", 0, 2);
  putView(2, -1, "", 0, 0);  // NULL: not looked at
  const Bytes data = [&] {
    Bytes bytes(2, uint8_t{'#'});
    bytes.insert(bytes.end(), text.begin(), text.end());
    return bytes;
  }();
  ArraySpec array;
  array.length = 3;
  array.buffers = {bitsOf("110"), views, data, bytesOf(std::vector<int64_t>{static_cast<int64_t>(data.size())})};
  const Column column = readColumn({"vu", "", {}, {}}, {array});
  EXPECT_EQ(column.type.format, "u");
  EXPECT_EQ(render(column), (Texts{"twelve bytes", text, "-"}));

  putView(1, static_cast<int32_t>(text.size()), "", 0, 3);
  array.buffers[1] = views;
  expectReadError(INFERF_ERROR_INVALID_DATA, "outside its buffer", {"vu", "", {}, {}}, {array});
  putView(1, static_cast<int32_t>(text.size()), "", 1, 2);
  array.buffers[1] = views;
  expectReadError(INFERF_ERROR_INVALID_DATA, "does not exist", {"vu", "", {}, {}}, {array});
  array.buffers[0] = std::nullopt;
  putView(1, 0, "", 0, 0);
  array.buffers[1] = views;
  expectReadError(INFERF_ERROR_INVALID_DATA, "negative length", {"vu", "", {}, {}}, {array});
}

TEST_F(BatchReaderTest, ReportsAMissingColumnWithTheNearestName) {
  StreamSpec spec;
  spec.schema = {"+s", "", {{"i", "distance", {}, {}}, {"i", "origin", {}, {}}}, {}};
  expectError(INFERF_ERROR_TYPE_MISMATCH, "'distnce' of table 't'. Nearest name: 'distance'", [&] { reader(spec, {"distnce"}); });
}

TEST_F(BatchReaderTest, ReportsAnAmbiguousColumn) {
  StreamSpec spec;
  spec.schema = {"+s", "", {{"i", "a", {}, {}}, {"u", "a", {}, {}}}, {}};
  expectError(INFERF_ERROR_INVALID_DATA, "two columns", [&] { reader(spec, {"a"}); });
}

TEST_F(BatchReaderTest, PassesOnTheStreamsOwnErrors) {
  StreamSpec spec = oneColumn({"i", "c", {}, {}}, {int32Column({1})});
  spec.message = "the disk is gone";
  spec.schemaError = EIO;
  expectError(INFERF_ERROR_SOURCE, "Table: 't', message: the disk is gone", [&] { reader(spec); });
  spec.schemaError = 0;
  spec.endError = EIO;
  auto batches = reader(spec);
  EXPECT_TRUE(batches->next().has_value());
  expectError(INFERF_ERROR_SOURCE, "the disk is gone", [&] { batches->next(); });
  spec.message.clear();
  expectError(INFERF_ERROR_SOURCE, "errno", [&] { reader(spec)->readAll(); });
}

TEST_F(BatchReaderTest, StaysWithinTheMemoryLimit) {
  pool_ = std::make_shared<MemoryPool>(128);
  const std::vector<int32_t> many(100, 1);
  expectReadError(INFERF_ERROR_MEMORY_LIMIT, "Limit: 128", {"i", "", {}, {}}, {int32Column(many), int32Column(many)});
}

/// Fails every allocation in turn: nothing may leak.
TEST_F(BatchReaderTest, SurvivesEveryFailingAllocation) {
  StreamSpec spec = oneColumn({"+l", "c", kList.children, {}}, {listColumn({0, 2, 2}, {1, 2}, "10"), listColumn({0, 2}, {1, 2})});
  int64_t failures = 0;
  for (int64_t countdown = 1;; ++countdown) {
    pool_->failAllocation(countdown);
    try {
      reader(spec)->readAll();
      break;
    } catch (const EngineError& error) {
      ASSERT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT);
      ASSERT_EQ(pool_->bytesInUse(), 0);
      ++failures;
    }
  }
  pool_->failAllocation(0);
  EXPECT_GE(failures, 3);
}

}  // namespace
}  // namespace inferf::test
