#include "exec/JoinProbe.h"

#include <algorithm>
#include <atomic>
#include <span>

namespace inferf {

JoinProbe::JoinProbe(const Pipeline& pipeline, size_t level, const QueryState& state, MemoryPool& pool)
    : level_(pipeline.levels[level]), slot_(Pipeline::rowSlot(level)), state_(state), pool_(pool) {}

void JoinProbe::start(const Morsel& below) {
  if (codes_.empty()) {
    codes_ = PoolArray<int64_t>(pool_, kMaxMorselRows);
    scratch_ = PoolArray<int64_t>(pool_, level_.join->keys_size() > 1 ? kMaxMorselRows : 0);
    matches_ = PoolArray<int32_t>(pool_, kMaxMorselRows);
    selection_ = PoolArray<int32_t>(pool_, kMaxMorselRows);
    buildRows_ = PoolArray<int32_t>(pool_, kMaxMorselRows);
  }
  table_ = state_.joins[level_.node].get();
  below_ = &below;
  nextRow_ = 0;
  nextMatch_ = 0;
  keys_.clear();
  for (const proto::JoinKey& key : level_.join->keys()) {
    const RowContext::TableRows rows = below.tableRows(key.probe().table());
    keys_.push_back({&rows.batch->columns[key.probe().column()], rows.ids});
  }
  table_->encoder.encode(keys_, below.numRows(), scratch_.data(), codes_.data());
  table_->index.lookup(codes_.data(), below.numRows(), matches_.data());
}

bool JoinProbe::next(Morsel& joined) {
  if (nextRow_ >= below_->numRows()) {
    return false;
  }
  return table_->index.isUnique() ? nextUnique(joined) : nextExpanded(joined);
}

void JoinProbe::markReferenced(int64_t numRows) {
  if (table_->referenced.empty()) {
    return;
  }
  for (int64_t i = 0; i < numRows; ++i) {
    std::atomic_ref<uint8_t>(table_->referenced[buildRows_[i]]).store(1, std::memory_order_relaxed);
  }
}

bool JoinProbe::nextUnique(Morsel& joined) {
  const int64_t numRows = below_->numRows();
  nextRow_ = numRows;
  if (level_.join->type() == proto::JOIN_TYPE_LEFT) {
    const auto nullRow = static_cast<int32_t>(table_->numRows);
    for (int64_t i = 0; i < numRows; ++i) {
      buildRows_[i] = matches_[i] < 0 ? nullRow : matches_[i];
    }
    joined.passOn(*below_);
    joined.setSlot(slot_, buildRows_.data());
    markReferenced(numRows);
    return true;
  }
  int64_t count = 0;
  for (int64_t i = 0; i < numRows; ++i) {
    selection_[count] = static_cast<int32_t>(i);
    buildRows_[count] = matches_[i];
    count += matches_[i] >= 0 ? 1 : 0;
  }
  if (count == numRows) {
    joined.passOn(*below_);
  } else {
    joined.select(*below_, selection_.data(), count, level_.liveSlots);
  }
  joined.setSlot(slot_, buildRows_.data());
  markReferenced(count);
  return true;
}

bool JoinProbe::nextExpanded(Morsel& joined) {
  const bool keepsMisses = level_.join->type() == proto::JOIN_TYPE_LEFT;
  const int64_t numRows = below_->numRows();
  int64_t count = 0;
  while (nextRow_ < numRows && count < kMaxMorselRows) {
    if (matches_[nextRow_] < 0) {
      if (keepsMisses) {
        selection_[count] = static_cast<int32_t>(nextRow_);
        buildRows_[count++] = static_cast<int32_t>(table_->numRows);
      }
      ++nextRow_;
      continue;
    }
    const std::span<const int32_t> rows = table_->index.rows(matches_[nextRow_]);
    const size_t taken = std::min(rows.size() - nextMatch_, static_cast<size_t>(kMaxMorselRows - count));
    std::fill_n(selection_.data() + count, taken, static_cast<int32_t>(nextRow_));
    std::copy_n(rows.data() + nextMatch_, taken, buildRows_.data() + count);
    count += static_cast<int64_t>(taken);
    nextMatch_ += taken;
    if (nextMatch_ == rows.size()) {
      nextMatch_ = 0;
      ++nextRow_;
    }
  }
  joined.select(*below_, selection_.data(), count, level_.liveSlots);
  joined.setSlot(slot_, buildRows_.data());
  markReferenced(count);
  return true;
}

}  // namespace inferf
