#pragma once

#include <cstdint>
#include <initializer_list>

#include "plan/PlanChecks.h"
#include "plan/PlanLimits.h"

namespace inferf {

inline bool isFloat(proto::ElementType type) {
  return type == proto::ELEMENT_TYPE_FLOAT32 || type == proto::ELEMENT_TYPE_FLOAT64;
}
inline bool isNumeric(proto::ElementType type) { return isFloat(type) || type == proto::ELEMENT_TYPE_INT64; }

/// The product of numbers of a plan, or UINT64_MAX if 64 bits do not hold it.
inline uint64_t boundedProduct(std::initializer_list<uint64_t> factors) {
  uint64_t product = 1;
  bool overflows = false;
  for (const uint64_t factor : factors) {
    if (factor == 0) {
      return 0;
    }
    overflows = overflows || product > UINT64_MAX / factor;
    product *= factor;
  }
  return overflows ? UINT64_MAX : product;
}

/// The value that is being checked, and what the checks of all kinds are made of. The values before it are known to be valid.
class ValueUnderCheck {
 public:
  ValueUnderCheck(const proto::PlanFragment& fragment, const PlanTree& tree, int index)
      : fragment_(fragment), tree_(tree), index_(static_cast<uint32_t>(index)), value_(fragment.values(index)) {}

  const proto::PlanFragment& fragment() const { return fragment_; }
  const PlanTree& tree() const { return tree_; }
  const proto::Value& value() const { return value_; }

  /// An argument that comes before the value and is computed at its node or below. Opaque bytes and FLOAT16 are no argument.
  const proto::Value& argument(uint32_t argument, const PlanPath& path) const;
  /// The same, for the operators that take them.
  const proto::Value& anyArgument(uint32_t argument, const PlanPath& path) const;

  /// A tensor that is no opaque bytes.
  const proto::Tensor& tensor(uint32_t index, const PlanPath& path) const;
  /// The same, of one row.
  const proto::Tensor& rowTensor(uint32_t index, const PlanPath& path) const;
  /// A tensor [1 x 1] or [1 x width of this value], of `type`.
  const proto::Tensor& operandTensor(uint32_t index, proto::ElementType type, const PlanPath& path) const;
  /// A tensor of opaque bytes, of one row.
  const proto::Tensor& bytesTensor(uint32_t index, const PlanPath& path) const;

  void checkSameType(proto::ElementType actual, const PlanPath& path) const { checkType(actual, value_.type(), path); }
  void checkWidth(uint64_t expected, const PlanPath& path) const;
  void checkNumeric(const PlanPath& path) const;
  void checkFloat(const PlanPath& path) const;
  /// The type of this value.
  void checkResult(proto::ElementType expected, const PlanPath& path) const;
  void checkFloatOfSameShape(uint32_t argument, const PlanPath& path) const;
  /// An operand's width: 1 or this value's.
  void checkBroadcast(uint32_t width, const PlanPath& path) const;

  static void checkType(proto::ElementType actual, proto::ElementType expected, const PlanPath& path);

 protected:
  const proto::PlanFragment& fragment_;
  const PlanTree& tree_;
  const uint32_t index_;
  const proto::Value& value_;

 private:
  const proto::Tensor& anyTensor(uint32_t index, const PlanPath& path) const;
};

}  // namespace inferf
