#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <tuple>
#include <vector>

#include "exec/NodeProgram.h"
#include "kernel/PackedWeights.h"
#include "kernel/TreeEnsemble.h"

namespace inferf {

/// The bound constants and their packed forms. Thread-safe.
struct TensorSet::State {
  std::shared_ptr<const Plan> plan;
  std::vector<Column> tensors;
  std::shared_ptr<MemoryPool> pool;

  /// The elements of a numeric tensor, row-major.
  template <typename T>
  const T* elements(uint32_t tensor) const {
    return tensors[tensor].values<T>();
  }
  /// The elements of a STRING tensor; the bytes live as long as the tensor set.
  std::vector<std::string_view> strings(uint32_t tensor) const;

  /// Rows [rowBegin, rowBegin + numRows) of a FLOAT32 or FLOAT64 tensor, packed on first use.
  const PackedWeights<float>& packed(uint32_t tensor, uint32_t rowBegin, uint32_t numRows, float);
  const PackedWeights<double>& packed(uint32_t tensor, uint32_t rowBegin, uint32_t numRows, double);

  /// A tree ensemble of the plan, checked and compiled on first use. Valid as long as the tensor set.
  std::shared_ptr<const TreeEnsemble> trees(uint32_t ensemble);

 private:
  using Slice = std::tuple<uint32_t, uint32_t, uint32_t>;
  template <typename T>
  const PackedWeights<T>& pack(std::map<Slice, PackedWeights<T>>& cache, const Slice& slice);

  std::mutex mutex_;
  std::map<Slice, PackedWeights<float>> floats_;
  std::map<Slice, PackedWeights<double>> doubles_;
  std::map<uint32_t, std::shared_ptr<const TreeEnsemble>> trees_;
};

}  // namespace inferf
