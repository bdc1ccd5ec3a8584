#include "exec/BuildCache.h"

#include <thread>

#include "BushyFixture.h"
#include "exec/CachedBuild.h"

namespace inferf {
namespace {

using namespace test;  // NOLINT: the fixture's vocabulary

constexpr auto kNone = std::nullopt;

/// Runs plans with one cache, whose tables f, d, o, p, e have the keys of `keys_`.
class BuildCacheTest : public QueryTest {
 protected:
  void SetUp() override { digits() = 9; }

  void TearDown() override {
    cache_->clear();
    EXPECT_EQ(cache_->usage().bytes, 0);
    QueryTest::TearDown();
  }

  void useCache(int64_t limit) {
    cache_ = std::make_shared<BuildCache>(limit);
    pool_->setReclaimer(cache_);
  }

  ResultRows runCached(const std::shared_ptr<const Plan>& plan, const std::vector<TestTable>& tables, int32_t numThreads = 2) {
    const auto task = makeTask(plan, tables, numThreads);
    task->useCache(cache_, keys_);
    ResultRows rows = finish(*task);
    counters_ = task->counters();
    return rows;
  }

  ResultRows runCachedInTwoSteps(const std::shared_ptr<const Plan>& built, const std::shared_ptr<const Plan>& executed,
                                 const std::vector<TestTable>& tables) {
    const auto task = makeRelations(built, tables);
    task->useCache(cache_, keys_);
    observations_ = task->build();
    task->bindModel(executed, tensors_);
    ResultRows rows = finish(*task);
    counters_ = task->counters();
    return rows;
  }

  int64_t numCached(int32_t kind) const {
    return std::count_if(counters_.begin(), counters_.end(), [&](const inferf_counter& counter) { return counter.kind == kind; });
  }

  /// Hits since the call before.
  int64_t newHits() {
    const int64_t now = cache_->usage().numHits;
    return now - std::exchange(numHits_, now);
  }

  /// A table whose stream fails, so that only the cache can give its rows.
  static std::vector<TestTable> unreadable(std::vector<TestTable> tables) {
    for (size_t i = 1; i < tables.size(); ++i) {
      tables[i].endError = 5;
    }
    return tables;
  }

  std::shared_ptr<BuildCache> cache_ = std::make_shared<BuildCache>(int64_t{1} << 30);
  std::vector<std::string> keys_{"", "d1", "o1", "p1", "e1"};
  std::vector<inferf_observation> observations_;
  std::vector<inferf_counter> counters_;
  int64_t numHits_ = 0;
};

TEST_F(BuildCacheTest, anyPlanGoesOnWithWhatAnotherOneCached) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const BushyJoin join(seed);
    const ResultRows expected = run(join.plan(BushyJoin::kAtRoot), join.tables(), 1);
    for (const BushyJoin::Placement& first : {BushyJoin::kAtRoot, BushyJoin::kPushed}) {
      for (const bool inTwoSteps : {false, true}) {
        cache_->clear();
        const auto filling = join.plan(first);
        EXPECT_EQ(inTwoSteps ? runCachedInTwoSteps(filling, filling, join.tables()) : runCached(filling, join.tables()), expected);
        EXPECT_EQ(numCached(INFERF_COUNTER_CACHED_ROWS), 0);
        for (const BushyJoin::Placement& placement : BushyJoin::placements()) {
          for (const auto& lazyNodes :
               std::vector<std::vector<uint32_t>>{{}, {BushyJoin::kO, BushyJoin::kLower, BushyJoin::kUpper, BushyJoin::kE}}) {
            const auto plan = join.plan(placement, lazyNodes);
            EXPECT_EQ(runCached(plan, unreadable(join.tables()), 3), expected);
            EXPECT_EQ(numCached(INFERF_COUNTER_CACHED_ROWS), 7) << "d, o, p, e, lower, filtered, upper";
            EXPECT_EQ(runCachedInTwoSteps(join.plan(BushyJoin::kAtRoot), plan, unreadable(join.tables())), expected);
          }
        }
        if (HasFailure()) {
          return;
        }
      }
    }
  }
}

TEST_F(BuildCacheTest, observationsComeWithTheRows) {
  for (uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const BushyJoin join(seed);
    const auto plan = join.plan(BushyJoin::kPushed);
    const auto task = makeRelations(plan, join.tables());
    const std::vector<inferf_observation> expected = task->build();
    task->finish();
    const auto expectSame = [&] {
      ASSERT_EQ(observations_.size(), expected.size());
      EXPECT_EQ(std::memcmp(observations_.data(), expected.data(), expected.size() * sizeof(inferf_observation)), 0);
    };
    cache_->clear();
    runCached(plan, join.tables());  // observes nothing for itself
    runCachedInTwoSteps(plan, plan, join.tables());
    expectSame();
    cache_->clear();
    runCachedInTwoSteps(plan, plan, join.tables());
    expectSame();
    runCachedInTwoSteps(plan, plan, unreadable(join.tables()));
    expectSame();
  }
}

TEST_F(BuildCacheTest, valuesAreNotComputedAgain) {
  const BushyJoin join(7);
  const auto plan = join.plan(BushyJoin::kPushed);
  const ResultRows expected = runCached(plan, join.tables());
  const auto numComputed = [this] {
    int64_t numRows = 0;
    for (const inferf_counter& counter : counters_) {
      numRows += counter.kind == INFERF_COUNTER_VALUE && counter.id < 7 ? counter.num_rows_out : 0;  // those below the root
    }
    return numRows;
  };
  EXPECT_GT(numComputed(), 0);
  EXPECT_EQ(runCached(plan, join.tables()), expected);
  EXPECT_EQ(numComputed(), 0);
  EXPECT_EQ(numCached(INFERF_COUNTER_CACHED_VALUES), 6) << "d, o, lower, p, upper, e";
}

TEST_F(BuildCacheTest, aQueryOfOtherTablesUsesTheSameDimension) {
  const TestTable d{"d", {{"k", Cells<int64_t>{1, 2}}, {"x", Cells<int64_t>{10, 20}}}, 10, 0};
  const TestTable e{"e", {{"k", Cells<int64_t>{1, 2}}, {"y", Cells<int64_t>{3, 4}}}, 10, 0};
  const TestTable f{"f", {{"a", Cells<int64_t>{1, 2, 2}}}, 10, 0};
  PlanBuilder one;
  {
    const uint32_t scanF = one.scan(f, true);
    const uint32_t filtered = one.filter(one.scan(d), call(proto::SCALAR_FUNCTION_LESS, {columnExpression(1, 1), integer(15)}));
    one.join(proto::JOIN_TYPE_INNER, scanF, filtered, {{column(0, 0), column(1, 0)}});
    one.output(column(1, 1));
  }
  PlanBuilder other;  // d is table 2 and has other nodes
  {
    const uint32_t scanE = other.scan(e);
    const uint32_t scanF = other.scan(f, true);
    const uint32_t scanD = other.scan(d);
    const uint32_t joined = other.join(proto::JOIN_TYPE_INNER, scanF, scanE, {{column(1, 0), column(0, 0)}});
    const uint32_t filtered = other.filter(scanD, call(proto::SCALAR_FUNCTION_LESS, {columnExpression(2, 1), integer(15)}));
    other.join(proto::JOIN_TYPE_LEFT, joined, filtered, {{column(1, 0), column(2, 0)}});
    other.output(column(2, 1));
  }
  keys_ = {"", "d1"};
  EXPECT_EQ(runCached(one.plan(), {f, d}), (ResultRows{{"10"}}));
  keys_ = {"", "", "d1"};
  EXPECT_EQ(runCached(other.plan(), {e, f, unreadable({f, d})[1]}), (ResultRows{{"10"}, {"-"}, {"-"}}));
  EXPECT_EQ(newHits(), 1);
}

TEST_F(BuildCacheTest, whatDiffersIsNotFound) {
  const TestTable d{"d", {{"k", Cells<int64_t>{1, 2, 3}}, {"x", Cells<int64_t>{10, 20, 30}}, {"y", Cells<int64_t>{7, 8, 9}}}, 10, 0};
  TestTable renamed = d;
  renamed.columns[1].first = "z";
  TestTable retyped = d;
  retyped.columns[1].second = Cells<float>{10, 20, 30};
  const TestTable f{"f", {{"a", Cells<int64_t>{3}}, {"b", Cells<int64_t>{30}}}, 10, 0};
  const auto plan = [&](const TestTable& table, int64_t bound, uint32_t key, float constant) {
    PlanBuilder builder;
    const uint32_t scanF = builder.scan(f, true);
    const uint32_t filtered =
        builder.filter(builder.scan(table), call(proto::SCALAR_FUNCTION_GREATER, {columnExpression(1, 2), integer(bound)}));
    const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, scanF, filtered, {{column(0, key), column(1, key)}});
    builder.outputValue(builder.sum(root, {builder.load(filtered, column(1, 1), proto::NULL_POLICY_CONSTANT, constant)}));
    return builder.plan();
  };
  keys_ = {"", "d1"};
  EXPECT_EQ(runCached(plan(d, 0, 0, 5), {f, d}), (ResultRows{{"30"}}));
  EXPECT_EQ(runCached(plan(d, 0, 0, 5), {f, d}), (ResultRows{{"30"}}));
  EXPECT_EQ(newHits(), 2) << "rows and values";
  EXPECT_EQ(runCached(plan(d, 0, 0, 6), {f, d}), (ResultRows{{"30"}}));
  EXPECT_EQ(newHits(), 1) << "another expression: the rows only";
  EXPECT_EQ(runCached(plan(d, 9, 0, 5), {f, d}), (ResultRows{{"5"}}));
  EXPECT_EQ(newHits(), 0) << "another filter";
  EXPECT_EQ(runCached(plan(d, 0, 1, 5), {f, d}), (ResultRows{{"30"}}));
  EXPECT_EQ(newHits(), 0) << "another key";
  EXPECT_EQ(runCached(plan(renamed, 0, 0, 5), {f, renamed}), (ResultRows{{"30"}}));
  EXPECT_EQ(runCached(plan(retyped, 0, 0, 5), {f, retyped}), (ResultRows{{"30"}}));
  EXPECT_EQ(newHits(), 0) << "other columns";
  keys_ = {"", "d2"};
  EXPECT_EQ(runCached(plan(d, 0, 0, 5), {f, d}), (ResultRows{{"30"}}));
  EXPECT_EQ(newHits(), 0) << "other contents";
  keys_ = {"f1", ""};
  const int64_t numMisses = cache_->usage().numMisses;
  EXPECT_EQ(runCached(plan(d, 0, 0, 5), {f, d}), (ResultRows{{"30"}}));
  EXPECT_EQ(cache_->usage().numMisses, numMisses) << "Without a key nothing is looked for.";
}

TEST_F(BuildCacheTest, otherConstantsAreNotFound) {
  const TestTable d{"d", {{"k", Cells<int64_t>{1}}, {"x", Cells<int64_t>{10}}}, 10, 0};
  const TestTable f{"f", {{"a", Cells<int64_t>{1}}}, 10, 0};
  PlanBuilder builder;
  const uint32_t scanF = builder.scan(f, true);
  const uint32_t scanD = builder.scan(d);
  const uint32_t root = builder.join(proto::JOIN_TYPE_INNER, scanF, scanD, {{column(0, 0), column(1, 0)}});
  proto::Tensor* declared = builder.fragment.add_tensors();
  declared->set_type(proto::ELEMENT_TYPE_FLOAT32);
  declared->set_rows(1);
  declared->set_columns(1);
  const uint32_t loaded = builder.load(scanD, column(1, 1), proto::NULL_POLICY_CONSTANT);
  proto::Value* scaled = builder.fragment.add_values();
  scaled->set_node(scanD);
  scaled->set_type(proto::ELEMENT_TYPE_FLOAT32);
  scaled->set_width(1);
  scaled->mutable_constant_binary()->set_function(proto::BINARY_FUNCTION_MULTIPLY);
  scaled->mutable_constant_binary()->set_value(loaded);
  builder.outputValue(builder.sum(root, {1}));
  keys_ = {"", "d1"};
  for (const float factor : {2.0F, 2.0F, 3.0F}) {
    Column& tensor = tensors_.emplace_back();
    tensor.type.id = TypeId::kFloat32;
    tensor.type.byteWidth = 4;
    tensor.length = 1;
    const auto number = std::make_shared<float>(factor);
    tensor.data = number.get();
    tensor.owner = number;
    EXPECT_EQ(runCached(builder.plan(), {f, d}), (ResultRows{{factor == 2 ? "20" : "30"}}));
    tensors_.clear();
  }
  EXPECT_EQ(newHits(), 3) << "rows and values, then the rows only";
}

TEST_F(BuildCacheTest, stringsAreKeptByTheirTables) {
  const TestTable d{
      "d",
      {{"k", Cells<std::string>{"one", "a key that is longer than any short string", kNone}}, {"x", Cells<std::string>{"x", "y", "z"}}},
      1,
      0};
  const TestTable f{"f", {{"a", Cells<std::string>{"a key that is longer than any short string", "one", "two"}}}, 10, 0};
  PlanBuilder builder;
  const uint32_t scanF = builder.scan(f, true);
  const uint32_t scanD = builder.scan(d);
  builder.join(proto::JOIN_TYPE_LEFT, scanF, scanD, {{column(0, 0), column(1, 0)}});
  builder.output(column(1, 1));
  keys_ = {"", "d1"};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(runCached(builder.plan(), {f, d}), (ResultRows{{"y"}, {"x"}, {"-"}}));
  }
  EXPECT_EQ(newHits(), 2);
}

TEST_F(BuildCacheTest, aFailedNullRowIsNotCached) {
  const TestTable d{"d", {{"k", Cells<int64_t>{1, 2}}, {"x", Cells<std::string>{"1", "2"}}}, 10, 0};
  PlanBuilder builder;
  const TestTable f{"f", {{"a", Cells<int64_t>{1, 2}}}, 10, 0};
  const TestTable missing{"f", {{"a", Cells<int64_t>{1, 3}}}, 10, 0};
  const uint32_t scanF = builder.scan(f, true);
  const uint32_t scanD = builder.scan(d);
  const uint32_t root = builder.join(proto::JOIN_TYPE_LEFT, scanF, scanD, {{column(0, 0), column(1, 0)}});
  proto::Value* text = builder.fragment.add_values();
  text->set_node(scanD);
  text->set_type(proto::ELEMENT_TYPE_STRING);
  text->set_width(1);
  *text->mutable_load_columns()->add_columns() = column(1, 1);
  text->mutable_load_columns()->set_null_policy(proto::NULL_POLICY_ERROR);
  proto::Value* number = builder.fragment.add_values();
  number->set_node(scanD);
  number->set_type(proto::ELEMENT_TYPE_FLOAT32);
  number->set_width(1);
  number->mutable_cast()->set_value(0);
  builder.outputValue(builder.sum(root, {1}));
  keys_ = {"", "d1"};
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(runCached(builder.plan(), {f, d}), (ResultRows{{"1"}, {"2"}}));
    EXPECT_THROW(runCached(builder.plan(), {missing, d}), EngineError);
  }
}

TEST_F(BuildCacheTest, failedRunsCacheNothingWrong) {
  const BushyJoin join(7);
  const auto plan = join.plan(BushyJoin::kPushed);
  const ResultRows expected = run(plan, join.tables());
  expectFailure(INFERF_ERROR_SOURCE, "the producer broke", [&] { runCached(plan, unreadable(join.tables())); });
  EXPECT_EQ(cache_->usage().bytes, 0);
  EXPECT_EQ(runCached(plan, join.tables()), expected);
}

TEST_F(BuildCacheTest, everyFailedAllocationIsACleanError) {
  const BushyJoin join(3);
  const auto plan = join.plan(BushyJoin::kPushed, {BushyJoin::kE});
  const ResultRows expected = run(plan, join.tables());
  int numFailed = 0;
  for (int64_t countdown = 1;; ++countdown) {
    cache_->clear();
    ASSERT_EQ(pool_->bytesInUse(), 0) << "countdown " << countdown;
    pool_->failAllocation(countdown);
    bool failed = false;
    try {
      EXPECT_EQ(runCached(plan, join.tables()), expected);
    } catch (const EngineError& error) {
      EXPECT_EQ(error.code(), INFERF_ERROR_MEMORY_LIMIT) << error.what();
      failed = true;
    }
    pool_->failAllocation(0);
    ASSERT_EQ(liveStreams.load(), 0);
    EXPECT_EQ(runCached(plan, join.tables()), expected) << "What a failed run has cached is complete.";
    if (!failed) {
      break;
    }
    ++numFailed;
  }
  EXPECT_GT(numFailed, 50);
}

TEST_F(BuildCacheTest, theLimitIsKept) {
  const BushyJoin join(7);
  const auto plan = join.plan(BushyJoin::kPushed);
  const ResultRows expected = run(plan, join.tables());
  for (const int64_t limit : {0, 2000, 3000, 5000, 7000, 10000, 15000}) {
    useCache(limit);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(runCached(plan, join.tables()), expected);
      EXPECT_LE(cache_->usage().bytes, limit);
    }
  }
}

/// Memory of the pool that a cached build holds.
struct CachedBytes final : CachedBuild {
  CachedBytes(const std::shared_ptr<MemoryPool>& ofMemory, int64_t size) : CachedBuild(ofMemory), memory(*ofMemory, size) { bytes = size; }
  PoolArray<uint8_t> memory;
};

TEST_F(BuildCacheTest, theLeastRecentlyUsedGoesFirst) {
  useCache(3072);
  for (const char* name : {"a", "b", "c"}) {
    cache_->insert(name, std::make_shared<CachedBytes>(pool_, 1024));
  }
  EXPECT_NE(cache_->find("a"), nullptr);
  cache_->insert("d", std::make_shared<CachedBytes>(pool_, 1024));
  EXPECT_EQ(cache_->find("b"), nullptr);
  const auto used = cache_->find("c");
  cache_->insert("e", std::make_shared<CachedBytes>(pool_, 2048));
  EXPECT_NE(cache_->find("c"), nullptr) << "in use";
  EXPECT_NE(cache_->find("e"), nullptr);
  EXPECT_EQ(cache_->find("a"), nullptr);
  cache_->insert("f", std::make_shared<CachedBytes>(pool_, 3072));
  EXPECT_EQ(cache_->find("f"), nullptr) << "There is no room beside what is in use.";
  EXPECT_LE(cache_->usage().bytes, 3072);
  EXPECT_EQ(pool_->bytesInUse(), cache_->usage().bytes);
}

TEST_F(BuildCacheTest, thePoolTakesBackWhatItNeeds) {
  pool_ = std::make_shared<MemoryPool>(8192);
  useCache(6144);
  for (const char* name : {"a", "b", "c"}) {
    cache_->insert(name, std::make_shared<CachedBytes>(pool_, 2048));
  }
  const auto used = cache_->find("a");
  {
    const PoolArray<uint8_t> needed(*pool_, 4096);
    EXPECT_EQ(cache_->find("b"), nullptr);
    EXPECT_NE(cache_->find("c"), nullptr);
    EXPECT_EQ(cache_->usage().bytes, 4096);
    expectFailure(INFERF_ERROR_MEMORY_LIMIT, "limit is reached", [&] { const PoolArray<uint8_t> tooMuch(*pool_, 4096); });
    EXPECT_EQ(cache_->usage().bytes, 2048) << "What is in use stays.";
  }
}

TEST_F(BuildCacheTest, aRunWithLittleMemoryDisplacesWhatIsCached) {
  const BushyJoin join(7);
  const auto plan = join.plan(BushyJoin::kPushed);
  const ResultRows expected = run(plan, join.tables(), 1);
  const int64_t peak = pool_->bytesPeak();
  pool_ = std::make_shared<MemoryPool>(peak + peak / 2);
  useCache(peak / 2);
  for (int i = 0; i < 30; ++i) {
    keys_[1] = "d" + std::to_string(i % 7);
    keys_[4] = "e" + std::to_string(i % 5);
    EXPECT_EQ(runCached(plan, join.tables(), 1), expected);
  }
}

TEST_F(BuildCacheTest, runsAtOnceShareATinyCache) {
  const BushyJoin join(7);
  const auto plan = join.plan(BushyJoin::kPushed);
  const ResultRows expected = run(plan, join.tables());
  useCache(12000);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const auto task = makeTask(plan, join.tables(), 2);
        task->useCache(cache_, {"", "d" + std::to_string(i % 3), "o1", "p1", "e" + std::to_string((i + t) % 2)});
        EXPECT_EQ(finish(*task), expected);
        if (i % 10 == 9) {
          cache_->clear();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(cache_->usage().bytes, 12000);
}

TEST_F(BuildCacheTest, aRunOutlivesTheCache) {
  const BushyJoin join(7);
  const auto plan = join.plan(BushyJoin::kPushed);
  const ResultRows expected = runCached(plan, join.tables());
  const auto task = makeRelations(plan, join.tables());
  task->useCache(cache_, keys_);
  task->build();
  cache_->clear();
  cache_ = std::make_shared<BuildCache>(1000);
  task->bindModel(plan, {});
  EXPECT_EQ(finish(*task), expected);
}

}  // namespace
}  // namespace inferf
