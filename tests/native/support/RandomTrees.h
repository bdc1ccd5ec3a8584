#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernel/TreeEnsemble.h"

namespace inferf::test {

/// Arrays of a tree ensemble, as a plan's tensors hold them.
struct TreeData {
  bool isFloat64 = false;
  int64_t numFeatures = 1;
  int64_t numTargets = 1;
  std::vector<int64_t> roots;
  std::vector<int64_t> firstLeaves;
  std::vector<int64_t> nodes;
  std::vector<double> thresholds;
  std::vector<int64_t> setOffsets = {0};
  std::vector<double> setMembers;
  std::vector<int64_t> weightLeaves;
  std::vector<int64_t> weightTargets;
  std::vector<double> weights;
  TreeAggregate aggregate = TreeAggregate::kSum;
  std::vector<double> baseValues;

  TreeArrays arrays() const {
    return {isFloat64, numFeatures,   numTargets,    roots,   firstLeaves, nodes,     thresholds, setOffsets,
            setMembers, weightLeaves, weightTargets, weights, aggregate,   baseValues};
  }
};

/// Grows random trees with every mode and every way to treat missing values, in the numbering that plan.proto asks for.
class TreeGrower {
 public:
  TreeGrower(std::mt19937& random, int64_t numFeatures, bool isFloat64) : random_(random) {
    data.numFeatures = numFeatures;
    data.isFloat64 = isFloat64;
  }

  /// Only the modes up to this one: 1 gives what learners export.
  int largestMode = 7;
  /// One in so many subtrees ends early; 0: none.
  int endsEarly = 8;

  void addTree(int depth) {
    data.firstLeaves.push_back(numLeaves_);
    const int64_t root = grow(depth);
    data.roots.push_back(root);
  }

  TreeData finish() {
    data.firstLeaves.push_back(numLeaves_);
    return data;
  }

  /// One target per tree, whose score is the number of the exit leaf.
  TreeData exitLeaves() {
    data.numTargets = static_cast<int64_t>(data.roots.size());
    data.firstLeaves.push_back(numLeaves_);
    for (size_t tree = 0; tree < data.roots.size(); ++tree) {
      for (int64_t leaf = data.firstLeaves[tree]; leaf < data.firstLeaves[tree + 1]; ++leaf) {
        data.weightLeaves.push_back(leaf);
        data.weightTargets.push_back(static_cast<int64_t>(tree));
        data.weights.push_back(static_cast<double>(leaf));
      }
    }
    return data;
  }

  int64_t numLeaves() const { return numLeaves_; }

  TreeData data;

 private:
  int64_t number(int64_t count) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(count)); }

  int64_t grow(int depth) {
    if (depth == 0 || (endsEarly > 0 && number(endsEarly) == 0)) {
      return ~numLeaves_++;
    }
    const auto node = static_cast<int64_t>(data.thresholds.size());
    const int64_t mode = number(2) == 0 ? 0 : number(largestMode + 1);
    double threshold = static_cast<double>(number(33) - 16) / 8;
    if (mode < 6 && number(16) == 0) {
      threshold = number(2) == 0 ? INFINITY : -INFINITY;
    }
    if (mode >= 6) {
      threshold = static_cast<double>(data.setOffsets.size() - 1);
      double member = mode == 6 ? -2 : 0;
      for (int64_t i = number(5); i > 0; --i) {
        data.setMembers.push_back(member);
        member += mode == 6 ? static_cast<double>(1 + number(4)) / 8 : 1;
      }
      data.setOffsets.push_back(static_cast<int64_t>(data.setMembers.size()));
    }
    const int64_t missing = number(3) * 16;
    const int64_t zero = largestMode > 1 && number(6) == 0 ? 64 : 0;
    data.thresholds.push_back(threshold);
    data.nodes.insert(data.nodes.end(), {number(data.numFeatures), mode + missing + zero, 0, 0});
    const int64_t trueChild = grow(depth - 1);
    const int64_t falseChild = grow(depth - 1);
    data.nodes[static_cast<size_t>(4 * node + 2)] = trueChild;
    data.nodes[static_cast<size_t>(4 * node + 3)] = falseChild;
    return node;
  }

  std::mt19937& random_;
  int64_t numLeaves_ = 0;
};

/// Rows of features on the grid of the thresholds, some missing, zero or infinite.
template <typename T>
std::vector<T> randomFeatures(std::mt19937& random, int64_t count) {
  std::vector<T> features(static_cast<size_t>(count));
  for (T& x : features) {
    switch (random() % 12) {
      case 0:
        x = std::numeric_limits<T>::quiet_NaN();
        break;
      case 1:
        x = random() % 2 == 0 ? T(0) : -T(0);
        break;
      case 2:
        x = random() % 2 == 0 ? std::numeric_limits<T>::infinity() : -std::numeric_limits<T>::infinity();
        break;
      case 3:
        x = std::numeric_limits<T>::denorm_min();
        break;
      default:
        x = static_cast<T>(static_cast<double>(random() % 49) / 16 - 1.5);
    }
  }
  return features;
}

}  // namespace inferf::test
