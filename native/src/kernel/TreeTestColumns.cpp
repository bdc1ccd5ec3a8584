#include "kernel/TreeTestColumns.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace inferf {

namespace {

constexpr int32_t kFree = -1;

template <typename T>
T justBelow(T threshold) {
  return std::nextafter(threshold, -std::numeric_limits<T>::infinity());
}

}  // namespace

template <typename T>
OrderedTest<T> TreeTestColumns<T>::add(const TreeNode& node, int32_t element) {
  Column column{.element = element, .zeroIsMissing = node.zeroIsMissing, .missingIsLeast = node.missingIsTrue, .node = {}};
  auto threshold = static_cast<T>(node.threshold);
  bool strict = false;
  switch (node.test) {
    case TreeTest::kLessOrEqual:
      break;
    case TreeTest::kLess:
      strict = true;
      break;
    case TreeTest::kGreaterOrEqual:
    case TreeTest::kGreater:
      // x >= t is -x <= -t.
      column.negated = true;
      threshold = -threshold;
      strict = node.test == TreeTest::kGreater;
      break;
    default:
      column.source = Source::kTest;
  }
  if (strict && threshold == -std::numeric_limits<T>::infinity()) {
    column.source = Source::kTest;  // nothing is below it, except missing values if they count as true
  } else if (strict) {
    threshold = justBelow(threshold);
  }
  if (column.source == Source::kTest) {
    column = {.element = element, .source = Source::kTest, .node = node};
    threshold = T(0);
  }
  return {threshold, place(column)};
}

template <typename T>
void TreeTestColumns<T>::finish() {
  buckets_ = {};
  isPlain_ = std::all_of(columns_.begin(), columns_.end(), [](const Column& column) {
    return column.source == Source::kFeature && !column.negated && !column.zeroIsMissing && !column.missingIsLeast;
  });
}

template <typename T>
bool TreeTestColumns<T>::isSame(const Column& a, const Column& b) {
  return a.element == b.element && a.source == b.source && a.negated == b.negated && a.zeroIsMissing == b.zeroIsMissing &&
         a.missingIsLeast == b.missingIsLeast && a.node.threshold == b.node.threshold && a.node.test == b.node.test &&
         a.node.missingIsTrue == b.node.missingIsTrue && a.node.missingIsFalse == b.node.missingIsFalse &&
         a.node.zeroIsMissing == b.node.zeroIsMissing;
}

template <typename T>
uint64_t TreeTestColumns<T>::hashOf(const Column& column) {
  uint64_t hash = static_cast<uint64_t>(column.element) * 8 + (column.negated ? 4 : 0) + (column.zeroIsMissing ? 2 : 0) + (column.missingIsLeast ? 1 : 0);
  // Adding 0 turns -0 to 0, which is equal.
  hash ^= std::bit_cast<uint64_t>(column.node.threshold + 0.0) * 0x9E3779B97F4A7C15U + static_cast<uint64_t>(column.node.test);
  hash *= 0xD6E8FEB86659FD93U;
  return hash ^ (hash >> 32);
}

template <typename T>
int32_t TreeTestColumns<T>::place(const Column& column) {
  if (buckets_.size() < 2 * (columns_.size() + 1)) {
    buckets_.assign(std::bit_ceil(4 * (columns_.size() + 4)), kFree);
    for (size_t c = 0; c < columns_.size(); ++c) {
      size_t bucket = hashOf(columns_[c]) & (buckets_.size() - 1);
      while (buckets_[bucket] != kFree) {
        bucket = (bucket + 1) & (buckets_.size() - 1);
      }
      buckets_[bucket] = static_cast<int32_t>(c);
    }
  }
  size_t bucket = hashOf(column) & (buckets_.size() - 1);
  while (buckets_[bucket] != kFree) {
    if (isSame(columns_[static_cast<size_t>(buckets_[bucket])], column)) {
      return buckets_[bucket];
    }
    bucket = (bucket + 1) & (buckets_.size() - 1);
  }
  buckets_[bucket] = static_cast<int32_t>(columns_.size());
  columns_.push_back(column);
  return buckets_[bucket];
}

template <typename T>
void TreeTestColumns<T>::fill(Matrix<const T> features, int64_t begin, int64_t numRows, int64_t lanes, T* out) const {
  constexpr T kLeast = -std::numeric_limits<T>::infinity();
  for (int64_t lane = 0; lane < lanes; ++lane) {
    const T* row = features.row(std::min(begin + lane, numRows - 1));
    T* to = out + lane;
    if (isPlain_) {
      for (const Column& column : columns_) {
        *to = row[column.element];
        to += lanes;
      }
      continue;
    }
    for (const Column& column : columns_) {
      T value = row[column.element];
      if (column.source == Source::kTest) {
        value = ensemble_->passes(column.node, value) ? T(0) : T(1);
      } else {
        const bool isMissing = std::isnan(value) || (column.zeroIsMissing && std::abs(static_cast<double>(value)) <= kLargestZero);
        if (isMissing) {
          value = column.missingIsLeast ? kLeast : std::numeric_limits<T>::quiet_NaN();
        } else if (column.negated) {
          value = -value;
        }
      }
      *to = value;
      to += lanes;
    }
  }
}

template class TreeTestColumns<float>;
template class TreeTestColumns<double>;

}  // namespace inferf
