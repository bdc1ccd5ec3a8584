#include "kernel/TreeMask.h"

#include <algorithm>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/TreeMask.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#ifndef INFERF_KERNEL_TREE_MASK_SHARED
#define INFERF_KERNEL_TREE_MASK_SHARED
namespace inferf {
namespace {

/// What one call of the vector loop works on.
template <typename T>
struct MaskPass {
  const TreeTestColumns<T>* columns;
  const typename TreeMask<T>::WordSteps* words;
  int64_t numWords;
  const typename TreeMask<T>::Step* steps;
  Matrix<const T> features;
  int64_t numRows;
  uint8_t* scratch;
  Matrix<uint64_t> masks;
};

/// Words of T's size that are written together.
constexpr int64_t kWordsTogether = 4;
constexpr int64_t kRowsAhead = 4;

void prefetchRow(const uint64_t* row, int64_t words) {
  constexpr int64_t kWordsPerLine = 8;
  for (int64_t word = 0; word < words; word += kWordsPerLine) {
    hwy::Prefetch(row + word);
  }
}

}  // namespace
}  // namespace inferf
#endif

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Writes four consecutive words of each row: lane r of the vectors holds those of row r. `interleaved` is scratch memory for four vectors.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void StoreWords(D d, V a, V b, V c, V e, int64_t rows, int64_t bytes, hn::TFromD<D>* interleaved, uint8_t* to, int64_t stride) {
  using Word = hn::TFromD<D>;
  constexpr auto kBytes = kWordsTogether * static_cast<int64_t>(sizeof(Word));
#if HWY_TARGET == HWY_AVX2
  // 32-bit words of eight rows: transposed within 128-bit blocks, then each block is a row's four words.
  if constexpr (sizeof(Word) == sizeof(uint32_t)) {
    if (rows == kWordsTogether * 2 && bytes == kBytes) {
      const hn::RepartitionToWide<D> wide;
      const hn::Half<D> half;
      const auto lowAB = hn::BitCast(wide, hn::InterleaveLower(d, a, b));
      const auto highAB = hn::BitCast(wide, hn::InterleaveUpper(d, a, b));
      const auto lowCE = hn::BitCast(wide, hn::InterleaveLower(d, c, e));
      const auto highCE = hn::BitCast(wide, hn::InterleaveUpper(d, c, e));
      const V row[kWordsTogether] = {hn::BitCast(d, hn::InterleaveLower(wide, lowAB, lowCE)), hn::BitCast(d, hn::InterleaveUpper(wide, lowAB, lowCE)),
                                     hn::BitCast(d, hn::InterleaveLower(wide, highAB, highCE)), hn::BitCast(d, hn::InterleaveUpper(wide, highAB, highCE))};
      for (int64_t r = 0; r < kWordsTogether; ++r) {
        hn::StoreU(hn::LowerHalf(half, row[r]), half, reinterpret_cast<Word*>(to + r * stride));
        hn::StoreU(hn::UpperHalf(half, row[r]), half, reinterpret_cast<Word*>(to + (r + kWordsTogether) * stride));
      }
      return;
    }
  }
#endif
  hn::StoreInterleaved4(a, b, c, e, d, interleaved);
  for (int64_t row = 0; row < rows; ++row) {
    if (bytes == kBytes) {
      memcpy(to + row * stride, interleaved + row * kWordsTogether, kBytes);
    } else {
      memcpy(to + row * stride, interleaved + row * kWordsTogether, static_cast<size_t>(bytes));
    }
  }
}

template <typename T>
HWY_INLINE void RunMask(const MaskPass<T>& pass) {
  using Word = typename TreeMask<T>::Word;
  const hn::ScalableTag<T> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  using V = hn::Vec<decltype(du)>;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto* columns = reinterpret_cast<T*>(pass.scratch);
  auto* interleaved = reinterpret_cast<Word*>(columns + pass.columns->count() * lanes);
  const int64_t rowBytes = pass.masks.width * static_cast<int64_t>(sizeof(uint64_t));
  const auto word = [&](const typename TreeMask<T>::WordSteps& steps) HWY_ATTR -> V {
    V mask = hn::Set(du, steps.all);
    for (int64_t s = steps.begin; s < steps.end; ++s) {
      const typename TreeMask<T>::Step& step = pass.steps[s];
      const auto isTrue = hn::Le(hn::Load(d, columns + step.column * lanes), hn::Set(d, step.threshold));
      mask = hn::And(mask, hn::Or(hn::BitCast(du, hn::VecFromMask(d, isTrue)), hn::Set(du, step.kept)));
    }
    return mask;
  };
  for (int64_t begin = 0; begin < pass.numRows; begin += lanes) {
    pass.columns->fill(pass.features, begin, pass.numRows, lanes, columns);
    const int64_t rows = HWY_MIN(lanes, pass.numRows - begin);
    for (int64_t w = 0; w < pass.numWords; w += kWordsTogether) {
      const V a = word(pass.words[w]);
      const V b = word(pass.words[w + 1]);
      const V c = word(pass.words[w + 2]);
      const V e = word(pass.words[w + 3]);
      const int64_t offset = w * static_cast<int64_t>(sizeof(Word));
      constexpr auto kBytes = kWordsTogether * static_cast<int64_t>(sizeof(Word));
      StoreWords(du, a, b, c, e, rows, HWY_MIN(kBytes, rowBytes - offset), interleaved, reinterpret_cast<uint8_t*>(pass.masks.row(begin)) + offset,
                 pass.masks.stride * static_cast<int64_t>(sizeof(uint64_t)));
    }
  }
}

void RunMaskFloat(const MaskPass<float>& pass) { RunMask(pass); }
void RunMaskDouble(const MaskPass<double>& pass) { RunMask(pass); }
int64_t MaskLanes() { return static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>())); }

void AndRows(const uint64_t* left, const uint64_t* right, int64_t words, uint64_t* out) {
  const hn::ScalableTag<uint64_t> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t w = 0;
  for (; w + lanes <= words; w += lanes) {
    hn::StoreU(hn::And(hn::LoadU(d, left + w), hn::LoadU(d, right + w)), d, out + w);
  }
  for (; w < words; ++w) {
    out[w] = left[w] & right[w];
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(RunMaskFloat);
HWY_EXPORT(RunMaskDouble);
HWY_EXPORT(MaskLanes);
HWY_EXPORT(AndRows);

namespace {

constexpr int64_t kWordBits = 64;

int64_t maskLanes() { return HWY_DYNAMIC_DISPATCH(MaskLanes)(); }

/// Sets or clears bits [begin, end).
template <bool kSet>
void changeBits(uint64_t* words, int64_t begin, int64_t end) {
  while (begin < end) {
    const int64_t bit = begin % kWordBits;
    const int64_t count = std::min(kWordBits - bit, end - begin);
    const uint64_t bits = (count == kWordBits ? ~uint64_t{0} : (uint64_t{1} << count) - 1) << bit;
    uint64_t& word = words[begin / kWordBits];
    word = kSet ? word | bits : word & ~bits;
    begin += count;
  }
}

}  // namespace

template <typename T>
TreeMask<T>::TreeMask(const TreeEnsemble& ensemble, int64_t firstFeature, int64_t numFeatures, MemoryPool& pool)
    : ensemble_(ensemble), firstFeature_(firstFeature), columns_(ensemble) {
  if (ensemble.layout().hasFields) {
    compileFields(firstFeature, numFeatures, pool);
  } else {
    compileRanges(firstFeature, numFeatures, pool);
  }
}

template <typename T>
void TreeMask<T>::compileFields(int64_t firstFeature, int64_t numFeatures, MemoryPool& pool) {
  constexpr auto kBits = static_cast<int64_t>(8 * sizeof(Word));
  const int64_t fieldBits = ensemble_.layout().fieldBits;
  const int64_t used = ensemble_.layout().numWords * kWordBits / kBits;
  words_ = PoolArray<WordSteps>(pool, (used + kWordsTogether - 1) / kWordsTogether * kWordsTogether);
  std::fill(words_.begin(), words_.end(), WordSteps{0, 0, Word(0)});
  const auto eachPart = [&](int64_t firstBit, int64_t endBit, const auto& visit) {
    while (firstBit < endBit) {
      const int64_t bit = firstBit % kBits;
      const int64_t count = std::min(kBits - bit, endBit - firstBit);
      const auto ones = static_cast<Word>(count == kBits ? ~Word(0) : (Word(1) << count) - 1);
      visit(words_[firstBit / kBits], static_cast<Word>(ones << bit));
      firstBit += count;
    }
  };
  const auto eachTest = [&](const auto& visit) {
    for (const TreeNode& node : ensemble_.nodes()) {
      if (node.feature >= firstFeature && node.feature < firstFeature + numFeatures) {
        const int64_t firstBit = node.tree * fieldBits - ensemble_.firstLeaf(node.tree);
        visit(node, firstBit + node.firstLeaf, firstBit + node.endLeaf);
      }
    }
  };
  for (int64_t tree = 0; tree < ensemble_.numTrees(); ++tree) {
    const int64_t firstBit = tree * fieldBits;
    eachPart(firstBit, firstBit + ensemble_.firstLeaf(tree + 1) - ensemble_.firstLeaf(tree),
             [](WordSteps& word, Word bits) { word.all = static_cast<Word>(word.all | bits); });
  }
  // Counting sort by word: the tests of a word keep their order.
  eachTest([&](const TreeNode&, int64_t firstBit, int64_t endBit) {
    ++numTests_;
    eachPart(firstBit, endBit, [](WordSteps& word, Word) { ++word.end; });
  });
  int64_t numSteps = 0;
  for (WordSteps& word : words_) {
    const int64_t count = word.end;
    word.begin = numSteps;
    word.end = numSteps;
    numSteps += count;
  }
  steps_ = PoolArray<Step>(pool, numSteps);
  eachTest([&](const TreeNode& node, int64_t firstBit, int64_t endBit) {
    const OrderedTest<T> test = columns_.add(node, static_cast<int32_t>(node.feature - firstFeature));
    eachPart(firstBit, endBit, [&](WordSteps& word, Word bits) {
      steps_[word.end++] = {.threshold = test.threshold, .kept = static_cast<Word>(~bits), .column = test.column};
    });
  });
  columns_.finish();
}

template <typename T>
void TreeMask<T>::compileRanges(int64_t firstFeature, int64_t numFeatures, MemoryPool& pool) {
  const std::span<const TreeNode> nodes = ensemble_.nodes();
  // By node: how many of those before it are tests on our features.
  PoolArray<int32_t> testsBefore(pool, static_cast<int64_t>(nodes.size()) + 1);
  int32_t count = 0;
  for (size_t n = 0; n < nodes.size(); ++n) {
    testsBefore[static_cast<int64_t>(n)] = count;
    count += nodes[n].feature >= firstFeature && nodes[n].feature < firstFeature + numFeatures ? 1 : 0;
  }
  testsBefore[static_cast<int64_t>(nodes.size())] = count;
  numTests_ = count;
  ranges_ = PoolArray<RangeTest>(pool, count);
  allLeaves_ = PoolArray<uint64_t>(pool, ensemble_.layout().numWords);
  std::fill(allLeaves_.begin(), allLeaves_.end(), 0);
  int64_t bit = 0;
  for (int64_t tree = 0; tree < ensemble_.numTrees(); ++tree) {
    const int64_t leaves = ensemble_.firstLeaf(tree + 1) - ensemble_.firstLeaf(tree);
    changeBits<true>(allLeaves_.data(), bit, bit + leaves);
    for (int64_t n = ensemble_.firstNode(tree); n < ensemble_.firstNode(tree + 1); ++n) {
      if (testsBefore[n + 1] > testsBefore[n]) {
        const TreeNode& node = nodes[static_cast<size_t>(n)];
        ranges_[testsBefore[n]] = {.node = static_cast<int32_t>(n),
                                   .next = testsBefore[node.afterTrue],
                                   .firstBit = bit + node.firstLeaf - ensemble_.firstLeaf(tree),
                                   .endBit = bit + node.endLeaf - ensemble_.firstLeaf(tree)};
      }
    }
    bit += (leaves + kWordBits - 1) / kWordBits * kWordBits;
  }
}

template <typename T>
int64_t TreeMask<T>::scratchBytes() const {
  constexpr int64_t kAlignment = 64;
  // Vectors have equal bytes for both types.
  const int64_t vectorBytes = maskLanes() * static_cast<int64_t>(sizeof(float));
  const int64_t bytes = (columns_.count() + kWordsTogether) * vectorBytes;
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

template <typename T>
void TreeMask<T>::run(Matrix<const T> features, int64_t numRows, uint8_t* scratch, Matrix<uint64_t> masks) const {
  if (!ensemble_.layout().hasFields) {
    return runRanges(features, numRows, masks);
  }
  const MaskPass<T> pass{.columns = &columns_,
                         .words = words_.data(),
                         .numWords = words_.size(),
                         .steps = steps_.data(),
                         .features = features,
                         .numRows = numRows,
                         .scratch = scratch,
                         .masks = masks};
  if constexpr (sizeof(T) == sizeof(float)) {
    HWY_DYNAMIC_DISPATCH(RunMaskFloat)(pass);
  } else {
    HWY_DYNAMIC_DISPATCH(RunMaskDouble)(pass);
  }
}

template <typename T>
void TreeMask<T>::runRanges(Matrix<const T> features, int64_t numRows, Matrix<uint64_t> masks) const {
  const std::span<const TreeNode> nodes = ensemble_.nodes();
  for (int64_t i = 0; i < numRows; ++i) {
    const T* row = features.row(i);
    uint64_t* mask = masks.row(i);
    std::copy(allLeaves_.begin(), allLeaves_.end(), mask);
    for (int64_t r = 0; r < ranges_.size();) {
      const RangeTest& range = ranges_[r];
      const TreeNode& node = nodes[static_cast<size_t>(range.node)];
      if (ensemble_.passes(node, row[node.feature - firstFeature_])) {
        ++r;
      } else {
        changeBits<false>(mask, range.firstBit, range.endBit);
        r = range.next;
      }
    }
  }
}

void andMasks(const std::vector<RowsView<uint64_t>>& masks, int64_t numRows, Matrix<uint64_t> result) {
  for (int64_t i = 0; i < numRows; ++i) {
    for (const RowsView<uint64_t>& mask : masks) {
      if (mask.ids != nullptr) {
        prefetchRow(mask.row(std::min(i + kRowsAhead, numRows - 1)), result.width);
      }
    }
    uint64_t* out = result.row(i);
    if (masks.size() == 1) {
      std::copy_n(masks[0].row(i), result.width, out);
      continue;
    }
    HWY_DYNAMIC_DISPATCH(AndRows)(masks[0].row(i), masks[1].row(i), result.width, out);
    for (size_t m = 2; m < masks.size(); ++m) {
      HWY_DYNAMIC_DISPATCH(AndRows)(out, masks[m].row(i), result.width, out);
    }
  }
}

template class TreeMask<float>;
template class TreeMask<double>;

}  // namespace inferf
#endif  // HWY_ONCE
