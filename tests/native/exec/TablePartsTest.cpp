#include <algorithm>
#include <random>
#include <thread>

#include "QueryFixture.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

/// Tables that are bound as several streams.
class TablePartsTest : public QueryTest {
 protected:
  /// Rows number = first …, each with a key.
  static TestTable facts(int64_t first, int64_t numRows, int64_t batchRows = 700) {
    Cells<int64_t> numbers;
    Cells<int64_t> keys;
    for (int64_t i = first; i < first + numRows; ++i) {
      numbers.push_back(i);
      keys.push_back(i * 7 % 5);
    }
    return {"facts", {{"number", numbers}, {"key", keys}}, batchRows, 0};
  }
  static TestTable dims(int64_t first, int64_t numRows, int64_t batchRows = 2) {
    Cells<int64_t> keys;
    Cells<std::string> labels;
    for (int64_t i = first; i < first + numRows; ++i) {
      keys.push_back(i);
      labels.push_back("label " + std::to_string(i));
    }
    return {"dims", {{"key", keys}, {"label", labels}}, batchRows, 0};
  }

  /// facts LEFT JOIN dims: the number and the label.
  static std::shared_ptr<const Plan> plan() {
    PlanBuilder builder;
    const uint32_t probe = builder.scan(facts(0, 0), true);
    const uint32_t build = builder.scan(dims(0, 0));
    builder.join(proto::JOIN_TYPE_LEFT, probe, build, {{column(0, 1), column(1, 0)}});
    builder.output(column(0, 0));
    builder.output(column(1, 1));
    return builder.plan();
  }

  std::unique_ptr<BatchReader> reader(const std::vector<TestTable>& parts) {
    std::unique_ptr<BatchReader> reader = std::move(makeReaders({parts.at(0)}).at(0));
    for (size_t i = 1; i < parts.size(); ++i) {
      reader->addPart(makeStream(parts[i]));
    }
    return reader;
  }
  std::vector<std::unique_ptr<BatchReader>> readers(const std::vector<TestTable>& factParts, const std::vector<TestTable>& dimensionParts) {
    std::vector<std::unique_ptr<BatchReader>> tables;
    tables.push_back(reader(factParts));
    tables.push_back(reader(dimensionParts));
    return tables;
  }
  ResultRows runParts(const std::vector<TestTable>& factParts, const std::vector<TestTable>& dimensionParts, int32_t numThreads, bool inTwoSteps) {
    const auto arena = std::make_shared<ThreadArena>(numThreads);
    if (!inTwoSteps) {
      return finish(*Task::create(plan(), {readers(factParts, dimensionParts), {}}, pool_, arena));
    }
    const std::shared_ptr<Task> task = Task::createRelations(plan(), readers(factParts, dimensionParts), pool_, arena);
    task->build();
    task->bindModel(plan(), {});
    return finish(*task);
  }
};

TEST_F(TablePartsTest, everyRowComesOnceForAnyLayoutAndNumberOfThreads) {
  std::mt19937 random(7);  // NOLINT: the same cases every time
  for (int round = 0; round < 24; ++round) {
    const int64_t numRows = std::vector<int64_t>{0, 1, 5000, 40000}[static_cast<size_t>(round % 4)];
    const auto numParts = 1 + static_cast<int64_t>(random() % 9);
    const int64_t batchRows = std::vector<int64_t>{1000, 2048, 20000}[random() % 3];  // the last are cut into tokens
    std::vector<TestTable> parts;
    int64_t begin = 0;
    for (int64_t part = 0; part < numParts; ++part) {
      const int64_t rest = numRows - begin;
      const int64_t count = part + 1 == numParts ? rest : static_cast<int64_t>(random() % static_cast<uint64_t>(rest + 1)) / (1 + part % 2);
      parts.push_back(facts(begin, count, batchRows));
      begin += count;
    }
    const std::vector<TestTable> dimensions = {dims(0, 2), dims(2, 0), dims(2, 1), dims(3, 1)};
    ResultRows expected = runParts({facts(0, numRows)}, {dims(0, 4)}, 1, false);
    ResultRows actual = runParts(parts, dimensions, 1 + round % 8, round % 2 == 0);
    std::sort(expected.begin(), expected.end());
    std::sort(actual.begin(), actual.end());
    ASSERT_EQ(actual, expected) << "round " << round;
  }
}

TEST_F(TablePartsTest, oneStreamKeepsItsOrder) {
  const ResultRows rows = runParts({facts(0, 60000, 20000)}, {dims(0, 2), dims(2, 2)}, 4, true);
  ASSERT_EQ(rows.size(), 60000U);
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i][0], std::to_string(i));
  }
}

TEST_F(TablePartsTest, tablesInMemoryHaveTheirStreamsInOrder) {
  const std::vector<TestTable> parts = {dims(10, 3), dims(0, 0), dims(0, 5), dims(20, 1)};
  const std::unique_ptr<BatchReader> table = reader(parts);
  EXPECT_EQ(table->numParts(), 4U);
  const Batch rows = table->readAll();
  std::vector<int64_t> keys(rows.columns[0].values<int64_t>(), rows.columns[0].values<int64_t>() + rows.numRows);
  EXPECT_EQ(keys, (std::vector<int64_t>{10, 11, 12, 0, 1, 2, 3, 4, 20}));
}

TEST_F(TablePartsTest, streamsOfOtherTypesAreRefusedAndChangeNothing) {
  const std::unique_ptr<BatchReader> table = reader({dims(0, 2)});
  TestTable other = dims(2, 2);
  other.columns[0].second = Cells<double>{2, 3};
  try {
    table->addPart(makeStream(other));
    FAIL() << "accepted";
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_TYPE_MISMATCH);
    EXPECT_NE(std::string(error.what()).find("column 'key' of table 'dims', stream 1. Expected: Arrow format 'l', actual: Arrow format 'g'"),
              std::string::npos)
        << error.what();
  }
  other.columns[0].first = "k";
  EXPECT_THROW(table->addPart(makeStream(other)), EngineError);
  EXPECT_EQ(table->numParts(), 1U);
  EXPECT_EQ(table->readAll().numRows, 2);
}

TEST_F(TablePartsTest, listsMustHaveOneLengthInAllStreams) {
  const auto lists = [](std::vector<std::optional<FloatList>> cells) { return TestTable{"lists", {{"x", Cells<FloatList>(std::move(cells))}}, 2, 0}; };
  const Batch rows = reader({lists({std::nullopt, std::nullopt}), lists({FloatList{1, 2}}), lists({}), lists({std::nullopt, FloatList{3, 4}})})->readAll();
  EXPECT_EQ(rows.numRows, 5);
  EXPECT_EQ(rows.columns[0].type.listLength, 2);
  EXPECT_EQ(rows.columns[0].nullCount, 3);
  try {
    reader({lists({FloatList{1, 2}}), lists({FloatList{1, 2, 3}})})->readAll();
    FAIL() << "accepted";
  } catch (const EngineError& error) {
    EXPECT_EQ(error.code(), INFERF_ERROR_INVALID_DATA) << error.what();
  }
}

TEST_F(TablePartsTest, anErrorInOneStreamEndsTheRun) {
  for (const int32_t numThreads : {1, 2, 8}) {
    for (const bool isStreamed : {true, false}) {
      std::vector<TestTable> factParts = {facts(0, 3000), facts(3000, 3000), facts(6000, 3000)};
      std::vector<TestTable> dimensionParts = {dims(0, 2), dims(2, 2), dims(4, 1)};
      (isStreamed ? factParts : dimensionParts)[1].endError = 5;
      try {
        runParts(factParts, dimensionParts, numThreads, false);
        FAIL() << "succeeded";
      } catch (const EngineError& error) {
        EXPECT_EQ(error.code(), INFERF_ERROR_SOURCE) << error.what();
        EXPECT_NE(std::string(error.what()).find("the producer broke"), std::string::npos) << error.what();
      }
    }
  }
}

TEST_F(TablePartsTest, abandonedRunsReleaseEveryStream) {
  const std::shared_ptr<Task> task = Task::create(
      plan(), {readers({facts(0, 50000), facts(50000, 50000), facts(100000, 50000)}, {dims(0, 2), dims(2, 2)}), {}}, pool_,
      std::make_shared<ThreadArena>(3));
  task->start();
  ArrowArray batch{};
  ASSERT_TRUE(task->next(&batch));
  batch.release(&batch);
  task->finish();
  EXPECT_EQ(liveStreams.load(), 0);
}

TEST_F(TablePartsTest, workersAheadOfAReaderThatStopsDoNotGoOn) {
  constexpr int64_t kRows = 400000;
  const std::shared_ptr<Task> task =
      Task::create(plan(), {readers({facts(0, kRows / 2, 8192), facts(kRows / 2, kRows / 2, 8192)}, {dims(0, 5)}), {}}, pool_,
                   std::make_shared<ThreadArena>(2));
  task->start();
  ArrowArray batch{};
  ASSERT_TRUE(task->next(&batch));
  batch.release(&batch);
  // The workers come to a stop because nobody reads: what they have produced stays the same for a while.
  int64_t produced = -1;
  for (int same = 0; same < 2000; ++same) {
    std::this_thread::yield();
    if (const int64_t now = task->progress().num_source_rows; now != produced) {
      produced = now;
      same = 0;
    }
  }
  EXPECT_LT(produced, kRows);
  task->finish();
}

}  // namespace
}  // namespace inferf
