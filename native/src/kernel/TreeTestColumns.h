#pragma once

#include <vector>

#include "kernel/Elementwise.h"
#include "kernel/TreeEnsemble.h"

namespace inferf {

/// A node's test as "column <= threshold": what all modes and rules for missing values become, so that the loop over tests knows nothing else.
template <typename T>
struct OrderedTest {
  T threshold = T(0);
  int32_t column = 0;
};

/// The columns that the tests of an ensemble on some of its features are made of: features as they are, negated, with missing values
/// replaced, or (for the rare modes) the outcome of one test, 0 for true. Never NaN where the test is true.
template <typename T>
class TreeTestColumns {
 public:
  /// `ensemble` must outlive this object.
  explicit TreeTestColumns(const TreeEnsemble& ensemble) : ensemble_(&ensemble) {}

  /// Adds the test of a node whose feature is element `element` of the rows.
  OrderedTest<T> add(const TreeNode& node, int32_t element);

  /// Call once after the last add().
  void finish();

  int64_t count() const { return static_cast<int64_t>(columns_.size()); }

  /// Writes the columns of rows [begin, begin + lanes) of `features`, each `lanes` long; rows from `numRows` on repeat the last one.
  void fill(Matrix<const T> features, int64_t begin, int64_t numRows, int64_t lanes, T* out) const;

 private:
  enum class Source : uint8_t { kFeature, kTest };
  struct Column {
    int32_t element = 0;
    Source source = Source::kFeature;
    bool negated = false;
    bool zeroIsMissing = false;
    bool missingIsLeast = false;
    TreeNode node;  // of kTest
  };
  static bool isSame(const Column& a, const Column& b);
  static uint64_t hashOf(const Column& column);
  int32_t place(const Column& column);

  const TreeEnsemble* ensemble_;
  bool isPlain_ = true;  // every column is a feature as it is
  std::vector<Column> columns_;
  std::vector<int32_t> buckets_;  // open addressing over columns_, while tests are added
};

}  // namespace inferf
