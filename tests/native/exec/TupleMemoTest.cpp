#include "exec/TupleMemo.h"

#include "exec/ModelFixture.h"

namespace inferf::test {
namespace {

/// The root of a model: two pieces of the dimension, from its table and from a value stored there, meet in a layer; what follows is of the tuple or, with a
/// column of the fact table, of the row.
class TupleMemoTest : public ::testing::Test {
 protected:
  static constexpr int64_t kHidden = 64;
  static constexpr int64_t kMorsel = 8192;

  void makeModel(int64_t numTuples, bool withRowValues, int64_t numFacts) {
    numTuples_ = numTuples;
    model_.addColumn<float>(0, TypeId::kFloat32, randomFloats(3, static_cast<size_t>(numFacts)));
    model_.addColumn<float>(1, TypeId::kFloat32, randomFloats(4, static_cast<size_t>(numTuples) * 8), 8);
    const uint32_t load = model_.load(TestModel::kDimNode, 8, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, 0.25);
    lower_ = model_.sum(TestModel::kDimNode, kHidden, {{load, model_.floats(8, randomFloats(5, 8 * kHidden))}});
    const uint32_t again = model_.load(TestModel::kRoot, 8, {{1, 0}}, proto::ELEMENT_TYPE_FLOAT32, 0.5);
    const uint32_t layer = model_.sum(TestModel::kRoot, kHidden, {{again, model_.floats(8, randomFloats(6, 8 * kHidden))}, {lower_}}, {},
                                      proto::ACTIVATION_SIGMOID);
    const uint32_t score = model_.sum(TestModel::kRoot, 3, {{layer, model_.floats(kHidden, randomFloats(7, kHidden * 3))}});
    model_.output(score);
    if (withRowValues) {
      const uint32_t own = model_.load(TestModel::kRoot, 1, {{0, 0}});
      const uint32_t all = model_.concat(TestModel::kRoot, {layer, own});
      model_.output(model_.sum(TestModel::kRoot, 5, {{all, model_.floats(kHidden + 1, randomFloats(8, (kHidden + 1) * 5))}}));
      model_.output(own);
    }
    Runner dimension(model_, TestModel::kDimNode);
    identity_.resize(static_cast<size_t>(numTuples) + 1);
    for (size_t i = 0; i < identity_.size(); ++i) {
      identity_[i] = static_cast<int32_t>(i);
    }
    const std::vector<StoredValue> computed =
        dimension.run(numTuples + 1, numTuples + 1, [&](FakeContext& context) { context.tableIds[1] = &identity_; });
    // Beyond the runner's life.
    stored_ = dimension.program().allocate(0, numTuples + 1, valuePool_);
    std::memcpy(stored_.memory.data(), computed[0].memory.data(), static_cast<size_t>(stored_.memory.bytes()));
    std::mt19937 random(9);  // NOLINT: the same cases every time
    ids_.clear();
    for (int64_t i = 0; i < numFacts; ++i) {
      ids_.push_back(static_cast<int32_t>(random() % static_cast<uint64_t>(numTuples + 1)));
    }
  }

  /// Runs a morsel both ways and compares every byte. Returns whether the memo did it.
  struct Ways {
    Ways(TupleMemoTest& test, MemoryPool& pool, int32_t numWorkers, int64_t numCodes = 0)
        : test_(test), plan(test.model_.plan()), tensors(std::make_shared<TensorSet>(plan, test.model_.tensors(), shared)),
          whole(plan, TestModel::kRoot, tensors, shared), parts(TuplePrograms::compile(plan, TestModel::kRoot, tensors, shared)),
          memo(*parts, {{.isTable = true, .index = 1, .numRows = numCodes == 0 ? test.numTuples_ + 1 : numCodes}}, pool, numWorkers),
          workspace(shared), costs(plan->valuesAt(TestModel::kRoot).size()) {}

    bool run(int64_t begin, int64_t numRows) {
      FakeContext context(test_.model_, begin, numRows);
      context.tableIds[1] = &test_.ids_;
      context.tableIds[0] = &test_.factIds_;
      context.values[test_.lower_] = {&test_.stored_, &test_.ids_};
      std::vector<StoredValue> expected = allocate(numRows);
      std::vector<StoredValue> actual = allocate(numRows);
      whole.run(context, expected, 0, workspace, cancellation, costs);
      if (!memo.run(context, actual, workspace, cancellation, costs)) {
        return false;
      }
      for (size_t i = 0; i < expected.size(); ++i) {
        const auto width = static_cast<size_t>(plan->fragment().values(static_cast<int>(whole.storedValues()[i])).width());
        for (int64_t r = 0; r < numRows; ++r) {
          if (std::memcmp(expected[i].row(r), actual[i].row(r), width * sizeof(float)) != 0) {
            ADD_FAILURE() << "value " << i << ", row " << begin + r;
            return true;
          }
        }
      }
      return true;
    }
    std::vector<StoredValue> allocate(int64_t numRows) {
      std::vector<StoredValue> stored;
      for (size_t i = 0; i < whole.storedValues().size(); ++i) {
        stored.push_back(whole.allocate(i, numRows, *shared));
      }
      return stored;
    }

    TupleMemoTest& test_;
    std::shared_ptr<MemoryPool> shared = std::make_shared<MemoryPool>();
    std::shared_ptr<const Plan> plan;
    std::shared_ptr<const TensorSet> tensors;
    NodeProgram whole;
    std::unique_ptr<const TuplePrograms> parts;
    TupleMemo memo;
    NodeWorkspace workspace;
    CancellationToken cancellation;
    std::vector<ValueCost> costs;
  };

  void makeFactIds(int64_t numFacts) {
    factIds_.resize(static_cast<size_t>(numFacts));
    for (size_t i = 0; i < factIds_.size(); ++i) {
      factIds_[i] = static_cast<int32_t>(i);
    }
  }

  TestModel model_;
  MemoryPool valuePool_;
  int64_t numTuples_ = 0;
  uint32_t lower_ = 0;
  StoredValue stored_;
  std::vector<int32_t> identity_;
  std::vector<int32_t> ids_;
  std::vector<int32_t> factIds_;
};

TEST_F(TupleMemoTest, givesTheSameBitsAsTheWholeProgram) {
  constexpr int64_t kFacts = 6 * kMorsel;
  for (const bool withRowValues : {false, true}) {
    for (const int64_t numCodes : {int64_t{0}, TupleTable::kMaxDirectCodes + 1}) {
      model_ = TestModel();
      makeModel(700, withRowValues, kFacts);
      makeFactIds(kFacts);
      MemoryPool pool;
      {
        Ways ways(*this, pool, 1, numCodes);
        EXPECT_FALSE(ways.run(0, kMorsel)) << "rows of small queries";
        EXPECT_TRUE(ways.run(kMorsel, kMorsel));
        // As many as there are, whatever the clock says.
        EXPECT_EQ(ways.memo.cost().numRows, kMorsel);
        EXPECT_LE(ways.memo.cost().numComputed, 701);
        EXPECT_GT(ways.memo.cost().numComputed, 600);
        // Odd sizes, down to a single row.
        for (const auto& [begin, numRows] : std::vector<std::pair<int64_t, int64_t>>{{16384, 1}, {16385, 777}, {17162, 5000}}) {
          EXPECT_TRUE(ways.run(begin, numRows));
        }
        for (int64_t begin = 3 * kMorsel; begin < kFacts; begin += kMorsel) {
          ways.run(begin, kMorsel);
        }
        EXPECT_LE(ways.memo.cost().numComputed, 701);
      }
      EXPECT_EQ(pool.bytesInUse(), 0);
    }
  }
}

TEST_F(TupleMemoTest, computesWhatItHasNoRoomFor) {
  constexpr int64_t kFacts = 12 * kMorsel;
  makeModel(25000, true, kFacts);
  makeFactIds(kFacts);
  // A sixteenth is enough for the first 16384 tuples of 64 + 3 floats, and not for twice as many.
  constexpr int64_t kLimit = 16 * (int64_t{11} << 20);
  MemoryPool pool(kLimit);
  Ways ways(*this, pool, 1);
  ways.run(0, kMorsel);
  for (int64_t begin = kMorsel; begin < kFacts; begin += kMorsel) {
    ways.run(begin, kMorsel);
  }
  EXPECT_GE(ways.memo.cost().numRows, TupleSwitch::kWindow);
  EXPECT_GT(ways.memo.cost().bytes, 0);
  EXPECT_LE(pool.bytesPeak(), kLimit / 16);
}

TEST_F(TupleMemoTest, growsWithItsTuples) {
  constexpr int64_t kFacts = 20 * kMorsel;
  makeModel(30000, false, kFacts);
  makeFactIds(kFacts);
  MemoryPool pool;
  for (const int64_t numCodes : {int64_t{0}, TupleTable::kMaxDirectCodes + 1}) {
    Ways ways(*this, pool, 1, numCodes);
    for (int64_t begin = 0; begin < kFacts; begin += kMorsel) {
      ways.run(begin, kMorsel);
    }
    EXPECT_GE(ways.memo.cost().numRows, TupleSwitch::kWindow);
  }
}

TEST_F(TupleMemoTest, doesWithoutMemory) {
  constexpr int64_t kFacts = 4 * kMorsel;
  makeModel(700, true, kFacts);
  makeFactIds(kFacts);
  MemoryPool small(int64_t{4} << 20);
  Ways bounded(*this, small, 1);
  bounded.run(0, kMorsel);
  EXPECT_FALSE(bounded.run(kMorsel, kMorsel));
  MemoryPool failing;
  for (int64_t allocation = 1; allocation <= 8; ++allocation) {
    Ways ways(*this, failing, 1);
    ways.run(0, kMorsel);
    failing.failAllocation(allocation);
    ways.run(kMorsel, kMorsel);
    failing.failAllocation(0);
    ways.run(2 * kMorsel, kMorsel);
  }
  EXPECT_EQ(failing.bytesInUse(), 0);
}

TEST_F(TupleMemoTest, leavesTuplesThatCannotBeToldApartAlone) {
  makeModel(700, true, 2 * kMorsel);
  makeFactIds(2 * kMorsel);
  MemoryPool pool;
  Ways ways(*this, pool, 1);
  const TupleKey large{.isTable = true, .index = 1, .numRows = int64_t{1} << 31};
  TupleMemo memo(*ways.parts, {large, large, large}, pool, 1);
  FakeContext context(model_, 0, kMorsel);
  std::vector<StoredValue> stored = ways.allocate(kMorsel);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(memo.run(context, stored, ways.workspace, ways.cancellation, ways.costs));
  }
}

TEST_F(TupleMemoTest, stopsWhenCancelled) {
  makeModel(700, false, 2 * kMorsel);
  makeFactIds(2 * kMorsel);
  MemoryPool pool;
  Ways ways(*this, pool, 1);
  ways.run(0, kMorsel);
  std::vector<StoredValue> stored = ways.allocate(kMorsel);
  FakeContext context(model_, kMorsel, kMorsel);
  context.tableIds[1] = &ids_;
  context.values[lower_] = {&stored_, &ids_};
  ways.cancellation.cancel();
  expectError(INFERF_ERROR_CANCELLED, "cancelled", [&] { ways.memo.run(context, stored, ways.workspace, ways.cancellation, ways.costs); });
}

}  // namespace
}  // namespace inferf::test
