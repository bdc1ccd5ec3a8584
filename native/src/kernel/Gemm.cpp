#include "kernel/Gemm.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "base/Error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/Gemm.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#ifndef INFERF_KERNEL_GEMM_SHARED
#define INFERF_KERNEL_GEMM_SHARED
namespace inferf {
namespace {

/// Items whose row pointers are kept per block; longer sums take several passes over the accumulators.
constexpr size_t kMaxPassItems = 12;
/// Rows of a panel that stay in the L1 cache together with the rows they meet. 384 rows of 16 floats are 24 KB.
constexpr int64_t kMaxPassK = 384;
/// Up to this size all packed weights of a pass are streamed for each block of rows; beyond, one panel at a time meets all rows.
constexpr int64_t kRowOrderWeightBytes = 24 * 1024;
/// Gathered rows are requested this many cache lines per row ahead of use.
constexpr int64_t kPrefetchTiles = 24;
/// Sums without weights request so many gathered rows ahead of use, more if they are short: a core has only so many requests under way.
constexpr int64_t kGatheredRowsAhead = 12;
/// Shorter rows are added in tiles: from memory, where they are many, that was twice as fast.
constexpr int64_t kLeastRowBytes = 512;
constexpr int64_t kGatheredLinesAhead = 48;

/// One trip over the accumulators: part of the items, and part of the k of the first and the last of them.
struct Pass {
  size_t firstItem = 0;
  int64_t firstBegin = 0;
  size_t lastItem = 0;  // inclusive
  int64_t lastEnd = 0;
  bool isFirst = false;
  bool isLast = false;
};

/// The pass that starts at `begin` of `item`.
template <typename T>
Pass nextPass(const SumArguments<T>& arguments, size_t item, int64_t begin) {
  Pass pass{.firstItem = item, .firstBegin = begin, .lastItem = item, .lastEnd = 0, .isFirst = item == 0 && begin == 0, .isLast = false};
  int64_t room = kMaxPassK;
  for (size_t t = item;; ++t) {
    const int64_t from = t == item ? begin : 0;
    const int64_t length = arguments.items[t].weights == nullptr ? 0 : arguments.items[t].length;
    pass.lastItem = t;
    pass.lastEnd = std::min(length, from + room);
    room -= pass.lastEnd - from;
    if (pass.lastEnd < length) {
      return pass;
    }
    if (t + 1 == arguments.items.size()) {
      pass.isLast = true;
      return pass;
    }
    if (room == 0 || t + 1 - item == kMaxPassItems) {
      return pass;
    }
  }
}

}  // namespace
}  // namespace inferf
#endif  // INFERF_KERNEL_GEMM_SHARED

HWY_BEFORE_NAMESPACE();
namespace inferf {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rows of a register tile: 6 x 2 accumulators leave room for two weight vectors and a broadcast in 16 registers.
#if HWY_TARGET <= HWY_AVX3
constexpr int kTileRows = 8;
#else
constexpr int kTileRows = 6;
#endif
constexpr int kDotRows = 4;

template <typename T>
int64_t Lanes() {
  return static_cast<int64_t>(hn::Lanes(hn::ScalableTag<T>()));
}

template <class D, class V = hn::Vec<D>, typename T = hn::TFromD<D>>
HWY_INLINE V Activate(D d, V v, LinearActivation activation, T alpha) {
  // Comparing (instead of taking a maximum) keeps NaN.
  const V zero = hn::Zero(d);
  if (activation == LinearActivation::kRelu) {
    return hn::IfThenZeroElse(hn::Lt(v, zero), v);
  }
  if (activation == LinearActivation::kLeakyRelu) {
    return hn::IfThenElse(hn::Lt(v, zero), hn::Mul(v, hn::Set(d, alpha)), v);
  }
  return v;
}

/// Elements [column, …) of a row of Half, as floats.
template <class D>
HWY_INLINE hn::Vec<D> LoadHalf(D d, const float* row, int64_t column) {
  const hn::Rebind<hwy::float16_t, D> half;
  return hn::PromoteTo(d, hn::LoadU(half, reinterpret_cast<const hwy::float16_t*>(row) + column));
}

/// R rows x kVectors vectors of accumulators as named members: compilers keep these in registers, unlike arrays of vectors.
template <class D, int R, int kVectors>
struct Tile {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  V first;
  V second;
  Tile<D, R - 1, kVectors> rest;

  HWY_INLINE void Load(D d, const T* const* rows, int64_t column, int64_t lanes) {
    first = hn::LoadU(d, rows[0] + column);
    if constexpr (kVectors == 2) {
      second = hn::LoadU(d, rows[0] + column + lanes);
    }
    rest.Load(d, rows + 1, column, lanes);
  }
  HWY_INLINE void Fill(V a, V b) {
    first = a;
    if constexpr (kVectors == 2) {
      second = b;
    }
    rest.Fill(a, b);
  }
  HWY_INLINE void Add(D d, const T* const* rows, int64_t column, int64_t lanes) {
    first = hn::Add(first, hn::LoadU(d, rows[0] + column));
    if constexpr (kVectors == 2) {
      second = hn::Add(second, hn::LoadU(d, rows[0] + column + lanes));
    }
    rest.Add(d, rows + 1, column, lanes);
  }
  /// Rows of Half behind pointers to floats.
  HWY_INLINE void AddHalf(D d, const T* const* rows, int64_t column, int64_t lanes) {
    first = hn::Add(first, LoadHalf(d, rows[0], column));
    if constexpr (kVectors == 2) {
      second = hn::Add(second, LoadHalf(d, rows[0], column + lanes));
    }
    rest.AddHalf(d, rows + 1, column, lanes);
  }
  HWY_INLINE void MultiplyAdd(D d, const T* const* rows, int64_t k, V a, V b) {
    const V x = hn::Set(d, rows[0][k]);
    first = hn::MulAdd(x, a, first);
    if constexpr (kVectors == 2) {
      second = hn::MulAdd(x, b, second);
    }
    rest.MultiplyAdd(d, rows + 1, k, a, b);
  }
  HWY_INLINE void Store(D d, T* const* rows, int64_t column, int64_t lanes, LinearActivation activation, T alpha) const {
    hn::StoreU(Activate(d, first, activation, alpha), d, rows[0] + column);
    if constexpr (kVectors == 2) {
      hn::StoreU(Activate(d, second, activation, alpha), d, rows[0] + column + lanes);
    }
    rest.Store(d, rows + 1, column, lanes, activation, alpha);
  }
};

template <class D, int kVectors>
struct Tile<D, 0, kVectors> {
  using T = hn::TFromD<D>;
  using V = hn::Vec<D>;
  HWY_INLINE void Load(D, const T* const*, int64_t, int64_t) {}
  HWY_INLINE void Fill(V, V) {}
  HWY_INLINE void Add(D, const T* const*, int64_t, int64_t) {}
  HWY_INLINE void AddHalf(D, const T* const*, int64_t, int64_t) {}
  HWY_INLINE void MultiplyAdd(D, const T* const*, int64_t, V, V) {}
  HWY_INLINE void Store(D, T* const*, int64_t, int64_t, LinearActivation, T) const {}
};

/// Row pointers of one block of rows. Missing rows of the last block repeat its last row: they compute and write the same bits again, so
/// that every row, wherever it lies, goes through the same instructions.
template <typename T>
struct BlockRows {
  const T* items[kMaxPassItems][kTileRows];
  T* out[kTileRows];
};

template <typename T>
HWY_INLINE int64_t ItemBegin(const Pass& pass, size_t t) {
  return t == pass.firstItem ? pass.firstBegin : 0;
}

template <typename T>
HWY_INLINE int64_t ItemEnd(const SumArguments<T>& arguments, const Pass& pass, size_t t) {
  return t == pass.lastItem ? pass.lastEnd : arguments.items[t].length;
}

/// Bytes of an element of the item's rows.
template <typename T>
HWY_INLINE int64_t ElementBytes(const SumItem<T>& item) {
  return static_cast<int64_t>(item.isHalf ? sizeof(Half) : sizeof(T));
}

/// All items of the pass on one tile. `outColumn` is `column`, or 0 where `rows.out` and the unweighted items are staged copies.
template <int kVectors, typename T>
HWY_INLINE void SumTile(const SumArguments<T>& arguments, const Pass& pass, const BlockRows<T>& rows, int64_t column, int64_t outColumn) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  Tile<decltype(d), kTileRows, kVectors> tile;
  if (pass.isFirst) {
    const V a = hn::LoadU(d, arguments.bias + column);
    tile.Fill(a, kVectors == 2 ? hn::LoadU(d, arguments.bias + column + (kVectors - 1) * lanes) : a);
  } else {
    tile.Load(d, rows.out, outColumn, lanes);
  }
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    const SumItem<T>& item = arguments.items[t];
    const T* const* x = rows.items[t - pass.firstItem];
    if (item.weights == nullptr) {
      if constexpr (std::is_same_v<T, float>) {
        if (item.isHalf) {
          tile.AddHalf(d, x, outColumn, lanes);
          continue;
        }
      }
      tile.Add(d, x, outColumn, lanes);
      continue;
    }
    const int64_t end = ItemEnd(arguments, pass, t);
    int64_t k = ItemBegin<T>(pass, t);
    const T* w = item.weights->panel(column) + (item.weightBegin + k) * kVectors * lanes;
    for (; k < end; ++k, w += kVectors * lanes) {
      const V a = hn::Load(d, w);
      tile.MultiplyAdd(d, x, k, a, kVectors == 2 ? hn::Load(d, w + (kVectors - 1) * lanes) : a);
    }
  }
  tile.Store(d, rows.out, outColumn, lanes, pass.isLast ? arguments.activation : LinearActivation::kNone, arguments.alpha);
}

/// A tile whose columns are not all there: works on padded copies of the rows it adds to and of the rows it adds.
template <int kVectors, typename T>
HWY_NOINLINE void SumStagedTile(const SumArguments<T>& arguments, const Pass& pass, BlockRows<T> rows, int64_t column) {
  constexpr size_t kMaxTileColumns = 2 * HWY_MAX_BYTES / sizeof(T);
  HWY_ALIGN T staged[kMaxPassItems + 1][kTileRows][kMaxTileColumns] = {};
  const size_t bytes = static_cast<size_t>(arguments.width - column) * sizeof(T);
  T* out[kTileRows];
  for (int r = 0; r < kTileRows; ++r) {
    out[r] = rows.out[r];
    rows.out[r] = staged[kMaxPassItems][r];
    if (!pass.isFirst) {
      std::memcpy(rows.out[r], out[r] + column, bytes);
    }
  }
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    if (arguments.items[t].weights == nullptr) {
      const size_t slot = t - pass.firstItem;
      const int64_t size = ElementBytes(arguments.items[t]);
      for (int r = 0; r < kTileRows; ++r) {
        const auto* from = reinterpret_cast<const uint8_t*>(rows.items[slot][r]) + column * size;
        std::memcpy(staged[slot][r], from, static_cast<size_t>((arguments.width - column) * size));
        rows.items[slot][r] = staged[slot][r];
      }
    }
  }
  SumTile<kVectors>(arguments, pass, rows, column, 0);
  for (int r = 0; r < kTileRows; ++r) {
    std::memcpy(out[r] + column, rows.out[r], bytes);
  }
}

template <typename T>
HWY_INLINE void FindRows(const SumArguments<T>& arguments, const Pass& pass, int64_t begin, BlockRows<T>& rows) {
  for (int r = 0; r < kTileRows; ++r) {
    rows.out[r] = arguments.out + std::min(begin + r, arguments.numRows - 1) * arguments.outStride;
  }
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    const RowsView<T>& view = arguments.items[t].rows;
    const T** pointers = rows.items[t - pass.firstItem];
    for (int r = 0; r < kTileRows; ++r) {
      pointers[r] = view.row(std::min(begin + r, arguments.numRows - 1));
    }
  }
}

/// Requests the part of the gathered rows `rows` that tile number `tile` of their block will read.
template <typename T>
HWY_INLINE void PrefetchTile(const SumArguments<T>& arguments, const Pass& pass, const BlockRows<T>& rows, int64_t tile) {
  constexpr int64_t kLine = 64;
  const int64_t width = 2 * Lanes<T>();
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    const SumItem<T>& item = arguments.items[t];
    if (item.rows.ids == nullptr) {
      continue;
    }
    const int64_t length = item.weights == nullptr ? arguments.width : item.length;
    const int64_t size = ElementBytes(item);
    const T* const* pointers = rows.items[t - pass.firstItem];
    // A tile of halves may be part of a line that the tile before it has requested.
    const int64_t end = std::min((tile + 1) * width, length) * size;
    for (int64_t byte = (tile * width * size + kLine - 1) / kLine * kLine; byte < end; byte += kLine) {
      for (int r = 0; r < kTileRows; ++r) {
        hwy::Prefetch(reinterpret_cast<const uint8_t*>(pointers[r]) + byte);
      }
    }
  }
}

template <typename T>
HWY_INLINE void SumPanel(const SumArguments<T>& arguments, const Pass& pass, const BlockRows<T>& rows, int64_t column, bool padded) {
  const int64_t lanes = Lanes<T>();
  const int64_t left = arguments.width - column;
  if (left > lanes) {
    if (left >= 2 * lanes || padded) {
      SumTile<2>(arguments, pass, rows, column, column);
    } else {
      SumStagedTile<2>(arguments, pass, rows, column);
    }
  } else if (left == lanes || padded) {
    SumTile<1>(arguments, pass, rows, column, column);
  } else {
    SumStagedTile<1>(arguments, pass, rows, column);
  }
}

/// kVectors vectors of a row that only adds: the sums so far, item by item.
template <int kVectors, typename T>
HWY_INLINE void AddRow(const SumArguments<T>& arguments, const Pass& pass, const T* const* rows, T* out, int64_t column) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  const T* begin = (pass.isFirst ? arguments.bias : out) + column;
  // Tiles of one row each: compilers keep these in registers.
  Tile<decltype(d), kVectors, 1> sums;
  const T* vectors[kVectors];
  const auto at = [&](const T* from, int64_t step) HWY_ATTR {
    for (int v = 0; v < kVectors; ++v) {
      vectors[v] = from + v * step;
    }
    return vectors;
  };
  sums.Load(d, at(begin, lanes), 0, lanes);
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    const T* x = rows[t - pass.firstItem];
    if constexpr (std::is_same_v<T, float>) {
      if (arguments.items[t].isHalf) {
        for (int v = 0; v < kVectors; ++v) {
          vectors[v] = reinterpret_cast<const T*>(reinterpret_cast<const Half*>(x) + column + v * lanes);
        }
        sums.AddHalf(d, vectors, 0, lanes);
        continue;
      }
    }
    sums.Add(d, at(x + column, lanes), 0, lanes);
  }
  T* results[kVectors];
  for (int v = 0; v < kVectors; ++v) {
    results[v] = out + column + v * lanes;
  }
  sums.Store(d, results, 0, lanes, pass.isLast ? arguments.activation : LinearActivation::kNone, arguments.alpha);
}

/// A pass without weights over padded rows: row by row, so that the lines of a gathered row are requested together and few rows are under way.
template <typename T>
void AddRows(const SumArguments<T>& arguments, const Pass& pass) {
  const int64_t lanes = Lanes<T>();
  int64_t gathered = 0;
  int64_t lines = 0;
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    if (arguments.items[t].rows.ids != nullptr) {
      ++gathered;
      lines += (arguments.width * ElementBytes(arguments.items[t]) + 63) / 64;
    }
  }
  const int64_t ahead = gathered > 0 ? std::max({int64_t{1}, kGatheredRowsAhead / gathered, kGatheredLinesAhead / lines}) : 0;
  const auto request = [&](int64_t i) HWY_ATTR {
    for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
      const SumItem<T>& item = arguments.items[t];
      if (item.rows.ids != nullptr) {
        const auto* bytes = reinterpret_cast<const uint8_t*>(item.rows.row(i));
        const int64_t end = arguments.width * ElementBytes(item);
        for (int64_t byte = 0; byte < end; byte += 64) {
          hwy::Prefetch(bytes + byte);
        }
      }
    }
  };
  for (int64_t i = 0; i < std::min(ahead, arguments.numRows); ++i) {
    request(i);
  }
  const T* rows[kMaxPassItems];
  for (int64_t i = 0; i < arguments.numRows; ++i) {
    if (ahead > 0 && i + ahead < arguments.numRows) {
      request(i + ahead);
    }
    for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
      rows[t - pass.firstItem] = arguments.items[t].rows.row(i);
    }
    T* out = arguments.out + i * arguments.outStride;
    int64_t column = 0;
    for (; column + 4 * lanes <= arguments.width; column += 4 * lanes) {
      AddRow<4>(arguments, pass, rows, out, column);
    }
    for (; column < arguments.width; column += lanes) {
      AddRow<1>(arguments, pass, rows, out, column);
    }
  }
}

template <typename T>
void SumPanels(const SumArguments<T>& arguments, const Pass& pass) {
  const int64_t panel = 2 * Lanes<T>();
  const int64_t numPanels = (arguments.width + panel - 1) / panel;
  const int64_t padded = (arguments.width + panel / 2 - 1) / (panel / 2) * (panel / 2);
  bool gathers = false;
  bool adds = false;
  int64_t k = 0;
  for (size_t t = pass.firstItem; t <= pass.lastItem; ++t) {
    const SumItem<T>& item = arguments.items[t];
    gathers = gathers || item.rows.ids != nullptr;
    if (item.weights == nullptr) {
      adds = true;
    } else {
      k += ItemEnd(arguments, pass, t) - ItemBegin<T>(pass, t);
    }
  }
  const bool isWide = arguments.width * static_cast<int64_t>(sizeof(T)) >= kLeastRowBytes;
  if (k == 0 && isWide && (arguments.rowsArePadded || arguments.width % (panel / 2) == 0)) {
    AddRows(arguments, pass);
    return;
  }
  BlockRows<T> rows;
  if (adds || numPanels == 1 || k * padded * static_cast<int64_t>(sizeof(T)) <= kRowOrderWeightBytes) {
    const int64_t ahead = gathers ? std::max<int64_t>(1, kPrefetchTiles / numPanels) * kTileRows : 0;
    BlockRows<T> future;
    if (gathers) {
      for (int64_t begin = 0; begin < std::min(ahead, arguments.numRows); begin += kTileRows) {
        FindRows(arguments, pass, begin, future);
        for (int64_t p = 0; p < numPanels; ++p) {
          PrefetchTile(arguments, pass, future, p);
        }
      }
    }
    for (int64_t begin = 0; begin < arguments.numRows; begin += kTileRows) {
      FindRows(arguments, pass, begin, rows);
      const bool prefetches = gathers && begin + ahead < arguments.numRows;
      if (prefetches) {
        FindRows(arguments, pass, begin + ahead, future);
      }
      for (int64_t p = 0; p < numPanels; ++p) {
        if (prefetches) {
          PrefetchTile(arguments, pass, future, p);
        }
        SumPanel(arguments, pass, rows, p * panel, arguments.rowsArePadded);
      }
    }
    return;
  }
  for (int64_t p = 0; p < numPanels; ++p) {
    for (int64_t begin = 0; begin < arguments.numRows; begin += kTileRows) {
      if (gathers && p == 0 && begin + kTileRows < arguments.numRows) {
        FindRows(arguments, pass, begin + kTileRows, rows);
        const int64_t tiles = (k + panel - 1) / panel;
        for (int64_t tile = 0; tile < tiles; ++tile) {
          PrefetchTile(arguments, pass, rows, tile);
        }
      }
      FindRows(arguments, pass, begin, rows);
      SumPanel(arguments, pass, rows, p * panel, arguments.rowsArePadded);
    }
  }
}

/// x . w for R rows; w is padded with zeros to whole vectors, the rows are not.
template <int R, typename T>
HWY_INLINE void Dot(const T* const* x, const T* w, int64_t length, T* sums) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  V even0 = hn::Zero(d), even1 = even0, even2 = even0, even3 = even0;
  V odd0 = even0, odd1 = even0, odd2 = even0, odd3 = even0;
  static_assert(R == kDotRows);
  int64_t k = 0;
  for (; k + 2 * lanes <= length; k += 2 * lanes) {
    const V a = hn::LoadU(d, w + k);
    const V b = hn::LoadU(d, w + k + lanes);
    even0 = hn::MulAdd(hn::LoadU(d, x[0] + k), a, even0);
    even1 = hn::MulAdd(hn::LoadU(d, x[1] + k), a, even1);
    even2 = hn::MulAdd(hn::LoadU(d, x[2] + k), a, even2);
    even3 = hn::MulAdd(hn::LoadU(d, x[3] + k), a, even3);
    odd0 = hn::MulAdd(hn::LoadU(d, x[0] + k + lanes), b, odd0);
    odd1 = hn::MulAdd(hn::LoadU(d, x[1] + k + lanes), b, odd1);
    odd2 = hn::MulAdd(hn::LoadU(d, x[2] + k + lanes), b, odd2);
    odd3 = hn::MulAdd(hn::LoadU(d, x[3] + k + lanes), b, odd3);
  }
  for (; k < length; k += lanes) {
    HWY_ALIGN T rest[kDotRows][HWY_MAX_BYTES / sizeof(T)] = {};
    HWY_ALIGN T weights[HWY_MAX_BYTES / sizeof(T)] = {};
    const size_t bytes = static_cast<size_t>(std::min(lanes, length - k)) * sizeof(T);
    std::memcpy(weights, w + k, bytes);
    for (int r = 0; r < kDotRows; ++r) {
      std::memcpy(rest[r], x[r] + k, bytes);
    }
    const V a = hn::Load(d, weights);
    even0 = hn::MulAdd(hn::Load(d, rest[0]), a, even0);
    even1 = hn::MulAdd(hn::Load(d, rest[1]), a, even1);
    even2 = hn::MulAdd(hn::Load(d, rest[2]), a, even2);
    even3 = hn::MulAdd(hn::Load(d, rest[3]), a, even3);
  }
  sums[0] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even0, odd0)));
  sums[1] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even1, odd1)));
  sums[2] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even2, odd2)));
  sums[3] = hn::GetLane(hn::SumOfLanes(d, hn::Add(even3, odd3)));
}

template <typename T>
HWY_INLINE T ActivateScalar(T sum, LinearActivation activation, T alpha) {
  if (activation == LinearActivation::kNone || !(sum < T(0))) {
    return sum;
  }
  return activation == LinearActivation::kRelu ? T(0) : sum * alpha;
}

template <typename T>
void SumDots(const SumArguments<T>& arguments) {
  for (int64_t begin = 0; begin < arguments.numRows; begin += kDotRows) {
    for (int64_t j = 0; j < arguments.width; ++j) {
      T sum0 = arguments.bias[j];
      T sum1 = sum0;
      T sum2 = sum0;
      T sum3 = sum0;
      for (const SumItem<T>& item : arguments.items) {
        const T* x[kDotRows];
        for (int r = 0; r < kDotRows; ++r) {
          x[r] = item.rows.row(std::min(begin + r, arguments.numRows - 1));
        }
        T addends[kDotRows];
        if (item.weights == nullptr) {
          for (int r = 0; r < kDotRows; ++r) {
            addends[r] = item.isHalf ? static_cast<T>(widenHalf(reinterpret_cast<const Half*>(x[r])[j])) : x[r][j];
          }
        } else {
          Dot<kDotRows>(x, item.weights->column(j) + item.weightBegin, item.length, addends);
        }
        sum0 += addends[0];
        sum1 += addends[1];
        sum2 += addends[2];
        sum3 += addends[3];
      }
      const T sums[kDotRows] = {sum0, sum1, sum2, sum3};
      for (int r = 0; r < kDotRows && begin + r < arguments.numRows; ++r) {
        arguments.out[(begin + r) * arguments.outStride + j] = ActivateScalar(sums[r], arguments.activation, arguments.alpha);
      }
    }
  }
}

template <typename T>
void Sum(const SumArguments<T>& arguments) {
  INFERF_CHECK(!arguments.items.empty());
  if (arguments.numRows == 0) {
    return;
  }
  if (arguments.width <= kMaxDotWidth) {
    SumDots(arguments);
    return;
  }
  size_t item = 0;
  int64_t begin = 0;
  for (bool done = false; !done;) {
    const Pass pass = nextPass(arguments, item, begin);
    SumPanels(arguments, pass);
    done = pass.isLast;
    const SumItem<T>& last = arguments.items[pass.lastItem];
    const bool continues = last.weights != nullptr && pass.lastEnd < last.length;
    item = continues ? pass.lastItem : pass.lastItem + 1;
    begin = continues ? pass.lastEnd : 0;
  }
}

void SumFloat(const SumArguments<float>& arguments) { Sum(arguments); }
void SumDouble(const SumArguments<double>& arguments) { Sum(arguments); }
int64_t LanesFloat() { return Lanes<float>(); }
int64_t LanesDouble() { return Lanes<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace inferf
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace inferf {

HWY_EXPORT(SumFloat);
HWY_EXPORT(SumDouble);
HWY_EXPORT(LanesFloat);
HWY_EXPORT(LanesDouble);

void sumTerms(const SumArguments<float>& arguments) { HWY_DYNAMIC_DISPATCH(SumFloat)(arguments); }
void sumTerms(const SumArguments<double>& arguments) { HWY_DYNAMIC_DISPATCH(SumDouble)(arguments); }

namespace {
template <typename T>
int64_t lanes() {
  if constexpr (sizeof(T) == sizeof(float)) {
    return HWY_DYNAMIC_DISPATCH(LanesFloat)();
  } else {
    return HWY_DYNAMIC_DISPATCH(LanesDouble)();
  }
}
}  // namespace

template <typename T>
int64_t panelWidth() {
  return 2 * lanes<T>();
}

template <typename T>
int64_t paddedWidth(int64_t n) {
  return (n + lanes<T>() - 1) / lanes<T>() * lanes<T>();
}

template <typename T>
PackedWeights<T>::PackedWeights(const T* weights, int64_t k, int64_t n, int64_t stride, MemoryPool& pool) : k_(k), n_(n) {
  if (isDot()) {
    columnStride_ = paddedWidth<T>(k);
    data_ = PoolArray<T>(pool, columnStride_ * n);
    std::fill(data_.begin(), data_.end(), T(0));
    for (int64_t i = 0; i < k; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        data_[j * columnStride_ + i] = weights[i * stride + j];
      }
    }
    return;
  }
  data_ = PoolArray<T>(pool, paddedWidth<T>(n) * k);
  std::fill(data_.begin(), data_.end(), T(0));
  const int64_t full = panelWidth<T>();
  for (int64_t column = 0; column < n; column += full) {
    const int64_t width = std::min(full, paddedWidth<T>(n - column));
    for (int64_t i = 0; i < k; ++i) {
      std::copy_n(weights + i * stride + column, std::min(width, n - column), data_.data() + column * k + i * width);
    }
  }
}

template class PackedWeights<float>;
template class PackedWeights<double>;
template int64_t panelWidth<float>();
template int64_t panelWidth<double>();
template int64_t paddedWidth<float>(int64_t);
template int64_t paddedWidth<double>(int64_t);

}  // namespace inferf
#endif  // HWY_ONCE
