#include <algorithm>

#include "plan/PlanChecks.h"
#include "plan/PlanLimits.h"
#include "plan/TreeCheck.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

bool isFloat(proto::ElementType type) { return type == proto::ELEMENT_TYPE_FLOAT32 || type == proto::ELEMENT_TYPE_FLOAT64; }
bool isNumeric(proto::ElementType type) { return isFloat(type) || type == proto::ELEMENT_TYPE_INT64; }

bool isKnown(proto::BinaryFunction function) {
  return proto::BinaryFunction_IsValid(function) && function != proto::BINARY_FUNCTION_UNSPECIFIED;
}

/// Checks one value after the other; those before it are known to be valid.
class ValueChecker {
 public:
  ValueChecker(const proto::PlanFragment& fragment, const PlanTree& tree) : fragment_(fragment), tree_(tree), trees_(fragment) {}

  void check(int index, const PlanPath& path) {
    index_ = static_cast<uint32_t>(index);
    value_ = &fragment_.values(index);
    INFERF_PLAN_CHECK(value_->node() < tree_.parents.size(), path.field("node"), "there is no such node. Expected: less than ",
                      tree_.parents.size(), ", actual: ", value_->node());
    INFERF_PLAN_CHECK(proto::ElementType_IsValid(value_->type()) && value_->type() != proto::ELEMENT_TYPE_UNSPECIFIED, path.field("type"),
                      "the element type is unknown. Actual: ", static_cast<int>(value_->type()));
    INFERF_PLAN_CHECK(value_->width() >= 1 && value_->width() <= kMaxValueWidth, path.field("width"),
                      "the width is out of range. Expected: 1 to ", kMaxValueWidth, ", actual: ", value_->width());
    checkKind(path);
  }

 private:
  void checkKind(const PlanPath& path) {
    switch (value_->kind_case()) {
      case proto::Value::kLoadColumns:
        return checkLoadColumns(value_->load_columns(), path.field("load_columns"));
      case proto::Value::kConcat:
        return checkConcat(value_->concat(), path.field("concat"));
      case proto::Value::kSlice:
        return checkSlice(value_->slice(), path.field("slice"));
      case proto::Value::kSum:
        return checkSum(value_->sum(), path.field("sum"));
      case proto::Value::kUnary:
        return checkUnary(value_->unary(), path.field("unary"));
      case proto::Value::kBinary:
        return checkBinary(value_->binary(), path.field("binary"));
      case proto::Value::kConstantBinary:
        return checkConstantBinary(value_->constant_binary(), path.field("constant_binary"));
      case proto::Value::kCast:
        return checkCast(value_->cast(), path.field("cast"));
      case proto::Value::kSoftmax: {
        const PlanPath softmaxPath = path.field("softmax");
        return checkFloatOfSameShape(value_->softmax().value(), softmaxPath.field("value"));
      }
      case proto::Value::kImpute:
        return checkImpute(value_->impute(), path.field("impute"));
      case proto::Value::kOneHot:
        return checkOneHot(value_->one_hot(), path.field("one_hot"));
      case proto::Value::kNormalize:
        return checkNormalize(value_->normalize(), path.field("normalize"));
      case proto::Value::kSelectLabel:
        return checkSelectLabel(value_->select_label(), path.field("select_label"));
      case proto::Value::kTreeMask:
      case proto::Value::kMaskAnd:
      case proto::Value::kTreeScore:
      case proto::Value::kTreeTraversal:
        forEachArgument(*value_, [&](uint32_t index) { argument(index, path); });
        return trees_.check(index_, path);
      default:
        INFERF_PLAN_CHECK(false, path, "the value has no known kind");
    }
  }

  // ------------------------------------------------------------------------------------------------------------ building blocks
  const proto::Value& argument(uint32_t argument, const PlanPath& path) const {
    INFERF_PLAN_CHECK(argument < index_, path, "arguments must come before their users. Expected: less than ", index_,
                      ", actual: ", argument);
    const proto::Value& value = fragment_.values(static_cast<int>(argument));
    INFERF_PLAN_CHECK(tree_.isAncestorOrSelf(value_->node(), value.node()), path, "values[", argument, "] is computed at nodes[",
                      value.node(), "], which is not under nodes[", value_->node(), "]");
    return value;
  }

  const proto::Tensor& tensor(uint32_t tensor, const PlanPath& path) const {
    INFERF_PLAN_CHECK(tensor < static_cast<uint32_t>(fragment_.tensors_size()), path, "there is no such tensor. Expected: less than ",
                      fragment_.tensors_size(), ", actual: ", tensor);
    return fragment_.tensors(static_cast<int>(tensor));
  }

  /// A tensor of one row.
  const proto::Tensor& rowTensor(uint32_t index, const PlanPath& path) const {
    const proto::Tensor& result = tensor(index, path);
    INFERF_PLAN_CHECK(result.rows() == 1, path, "the tensor must have one row. Actual: ", result.rows());
    return result;
  }

  /// A tensor [1 x 1] or [1 x width of this value], of this value's type.
  const proto::Tensor& operandTensor(uint32_t index, const PlanPath& path) const {
    const proto::Tensor& result = rowTensor(index, path);
    INFERF_PLAN_CHECK(result.columns() == 1 || result.columns() == value_->width(), path, "the tensor has the wrong width. Expected: 1 or ",
                      value_->width(), ", actual: ", result.columns());
    checkSameType(result.type(), path);
    return result;
  }

  void checkSameType(proto::ElementType actual, const PlanPath& path) const {
    INFERF_PLAN_CHECK(actual == value_->type(), path, "the element type differs from the value's. Expected: ",
                      proto::ElementType_Name(value_->type()), ", actual: ", proto::ElementType_Name(actual));
  }

  void checkWidth(uint64_t expected, const PlanPath& path) const {
    INFERF_PLAN_CHECK(value_->width() == expected, path, "the value has the wrong width. Expected: ", expected,
                      ", actual: ", value_->width());
  }

  void checkNumeric(const PlanPath& path) const {
    INFERF_PLAN_CHECK(isNumeric(value_->type()), path, "the type must be numeric. Actual: ", proto::ElementType_Name(value_->type()));
  }

  void checkFloat(const PlanPath& path) const {
    INFERF_PLAN_CHECK(isFloat(value_->type()), path, "the type must be FLOAT32 or FLOAT64. Actual: ",
                      proto::ElementType_Name(value_->type()));
  }

  void checkFloatOfSameShape(uint32_t index, const PlanPath& path) const {
    checkFloat(path);
    const proto::Value& value = argument(index, path);
    checkSameType(value.type(), path);
    checkWidth(value.width(), path);
  }

  // ----------------------------------------------------------------------------------------------------------------- operators
  void checkLoadColumns(const proto::LoadColumns& load, const PlanPath& path) const {
    INFERF_PLAN_CHECK(load.columns_size() >= 1, path.field("columns"), "at least one column must be loaded");
    INFERF_PLAN_CHECK(static_cast<uint32_t>(load.columns_size()) <= value_->width(), path.field("columns"),
                      "each column has at least one element. Expected at most: ", value_->width(), " columns, actual: ", load.columns_size());
    const proto::NullPolicy policy = load.null_policy();
    const PlanPath policyPath = path.field("null_policy");
    switch (policy) {
      case proto::NULL_POLICY_ERROR:
        break;
      case proto::NULL_POLICY_NAN:
        checkFloat(policyPath);
        break;
      case proto::NULL_POLICY_CONSTANT:
        checkNumeric(policyPath);
        // 2^63 itself is no int64.
        INFERF_PLAN_CHECK(isFloat(value_->type()) || (load.null_constant() >= -0x1p63 && load.null_constant() < 0x1p63),
                          path.field("null_constant"), "the constant does not fit INT64. Actual: ", load.null_constant());
        break;
      default:
        INFERF_PLAN_CHECK(false, policyPath, "the null policy is unknown. Actual: ", static_cast<int>(policy));
    }
    for (int i = 0; i < load.columns_size(); ++i) {
      const PlanPath columnPath = path.at("columns", i);
      checkColumn(fragment_, tree_, load.columns(i), value_->node(), columnPath);
      INFERF_PLAN_CHECK(policy != proto::NULL_POLICY_ERROR || tree_.isUnder(load.columns(i).table(), fragment_.null_check_node()),
                        columnPath, "a column whose NULLs are errors must be under the null check node, nodes[",
                        fragment_.null_check_node(), "]");
    }
  }

  void checkConcat(const proto::Concat& concat, const PlanPath& path) const {
    INFERF_PLAN_CHECK(concat.values_size() >= 1, path.field("values"), "at least one value must be concatenated");
    uint64_t width = 0;
    for (int i = 0; i < concat.values_size(); ++i) {
      const PlanPath argumentPath = path.at("values", i);
      const proto::Value& value = argument(concat.values(i), argumentPath);
      checkSameType(value.type(), argumentPath);
      width += value.width();
    }
    checkWidth(width, path);
  }

  void checkSlice(const proto::Slice& slice, const PlanPath& path) const {
    const proto::Value& value = argument(slice.value(), path.field("value"));
    checkSameType(value.type(), path.field("value"));
    INFERF_PLAN_CHECK(uint64_t{slice.start()} + value_->width() <= value.width(), path.field("start"),
                      "the slice ends after the value. Expected: start + width of at most ", value.width(), ", actual: ", slice.start(),
                      " + ", value_->width());
  }

  void checkSum(const proto::Sum& sum, const PlanPath& path) const {
    checkFloat(path);
    INFERF_PLAN_CHECK(sum.terms_size() >= 1, path.field("terms"), "a sum needs at least one term");
    INFERF_PLAN_CHECK(proto::Activation_IsValid(sum.activation()), path.field("activation"), "the activation is unknown. Actual: ",
                      static_cast<int>(sum.activation()));
    for (int i = 0; i < sum.terms_size(); ++i) {
      checkTerm(sum.terms(i), path.at("terms", i));
    }
    if (sum.has_bias()) {
      const PlanPath biasPath = path.field("bias");
      const proto::Tensor& bias = rowTensor(sum.bias(), biasPath);
      checkSameType(bias.type(), biasPath);
      INFERF_PLAN_CHECK(bias.columns() == value_->width(), biasPath, "the bias has the wrong width. Expected: ", value_->width(),
                        ", actual: ", bias.columns());
    }
  }

  void checkTerm(const proto::Term& term, const PlanPath& path) const {
    const proto::Value& value = argument(term.value(), path.field("value"));
    checkSameType(value.type(), path.field("value"));
    if (!term.has_weight()) {
      INFERF_PLAN_CHECK(value.width() == value_->width(), path.field("value"), "a term without a weight must be as wide as the sum. Expected: ",
                        value_->width(), ", actual: ", value.width());
      INFERF_PLAN_CHECK(term.weight_row() == 0, path.field("weight_row"), "a term without a weight has no weight row. Actual: ",
                        term.weight_row());
      return;
    }
    const proto::Tensor& weight = tensor(term.weight(), path.field("weight"));
    checkSameType(weight.type(), path.field("weight"));
    INFERF_PLAN_CHECK(weight.columns() == value_->width(), path.field("weight"), "the weight has the wrong width. Expected: ",
                      value_->width(), ", actual: ", weight.columns());
    INFERF_PLAN_CHECK(uint64_t{term.weight_row()} + value.width() <= weight.rows(), path.field("weight_row"),
                      "the weight has too few rows. Expected: weight_row + width of at most ", weight.rows(), ", actual: ",
                      term.weight_row(), " + ", value.width());
  }

  void checkUnary(const proto::Unary& unary, const PlanPath& path) const {
    INFERF_PLAN_CHECK(proto::UnaryFunction_IsValid(unary.function()) && unary.function() != proto::UNARY_FUNCTION_UNSPECIFIED,
                      path.field("function"), "the function is unknown. Actual: ", static_cast<int>(unary.function()));
    checkFloatOfSameShape(unary.value(), path.field("value"));
  }

  void checkBinary(const proto::Binary& binary, const PlanPath& path) const {
    INFERF_PLAN_CHECK(isKnown(binary.function()), path.field("function"), "the function is unknown. Actual: ",
                      static_cast<int>(binary.function()));
    checkNumeric(path);
    const proto::Value& left = argument(binary.left(), path.field("left"));
    const proto::Value& right = argument(binary.right(), path.field("right"));
    checkSameType(left.type(), path.field("left"));
    checkSameType(right.type(), path.field("right"));
    checkBroadcast(left.width(), path.field("left"));
    checkBroadcast(right.width(), path.field("right"));
    checkWidth(std::max(left.width(), right.width()), path);
  }

  void checkBroadcast(uint32_t width, const PlanPath& path) const {
    INFERF_PLAN_CHECK(width == 1 || width == value_->width(), path, "the operand has the wrong width. Expected: 1 or ", value_->width(),
                      ", actual: ", width);
  }

  void checkConstantBinary(const proto::ConstantBinary& binary, const PlanPath& path) const {
    INFERF_PLAN_CHECK(isKnown(binary.function()), path.field("function"), "the function is unknown. Actual: ",
                      static_cast<int>(binary.function()));
    checkNumeric(path);
    const proto::Value& value = argument(binary.value(), path.field("value"));
    checkSameType(value.type(), path.field("value"));
    checkBroadcast(value.width(), path.field("value"));
    const proto::Tensor& constant = operandTensor(binary.constant(), path.field("constant"));
    checkWidth(std::max(value.width(), constant.columns()), path);
  }

  void checkCast(const proto::Cast& cast, const PlanPath& path) const {
    const proto::Value& value = argument(cast.value(), path.field("value"));
    INFERF_PLAN_CHECK(isNumeric(value.type()), path.field("value"), "strings cannot be cast");
    checkNumeric(path);
    checkWidth(value.width(), path);
    const uint32_t bits = cast.integer_bits();
    INFERF_PLAN_CHECK(bits == 0 || bits == 8 || bits == 16 || bits == 32, path.field("integer_bits"),
                      "the number of bits is out of range. Expected: 0, 8, 16 or 32, actual: ", bits);
    INFERF_PLAN_CHECK(bits == 0 || value_->type() == proto::ELEMENT_TYPE_INT64, path.field("integer_bits"),
                      "only INT64 results wrap. Actual: ", proto::ElementType_Name(value_->type()));
  }

  void checkImpute(const proto::Impute& impute, const PlanPath& path) const {
    checkNumeric(path);
    const proto::Value& value = argument(impute.value(), path.field("value"));
    checkSameType(value.type(), path.field("value"));
    checkWidth(value.width(), path);
    operandTensor(impute.imputed(), path.field("imputed"));
    const auto expected = isFloat(value_->type()) ? proto::Impute::kReplacedFloat : proto::Impute::kReplacedInt;
    INFERF_PLAN_CHECK(impute.replaced_case() == expected, path, "the replaced value does not have the value's type. Expected: ",
                      expected == proto::Impute::kReplacedFloat ? "replaced_float" : "replaced_int");
  }

  void checkOneHot(const proto::OneHot& oneHot, const PlanPath& path) const {
    INFERF_PLAN_CHECK(value_->type() == proto::ELEMENT_TYPE_FLOAT32, path, "the type must be FLOAT32. Actual: ",
                      proto::ElementType_Name(value_->type()));
    const proto::Value& value = argument(oneHot.value(), path.field("value"));
    const proto::Tensor& categories = rowTensor(oneHot.categories(), path.field("categories"));
    const bool ofStrings = value.type() == proto::ELEMENT_TYPE_STRING;
    INFERF_PLAN_CHECK(categories.type() == (ofStrings ? proto::ELEMENT_TYPE_STRING : proto::ELEMENT_TYPE_INT64), path.field("categories"),
                      "the categories have the wrong type. Expected: ", ofStrings ? "ELEMENT_TYPE_STRING" : "ELEMENT_TYPE_INT64",
                      ", actual: ", proto::ElementType_Name(categories.type()));
    checkWidth(uint64_t{value.width()} * categories.columns(), path);
  }

  void checkNormalize(const proto::Normalize& normalize, const PlanPath& path) const {
    INFERF_PLAN_CHECK(proto::Norm_IsValid(normalize.norm()) && normalize.norm() != proto::NORM_UNSPECIFIED, path.field("norm"),
                      "the norm is unknown. Actual: ", static_cast<int>(normalize.norm()));
    checkFloatOfSameShape(normalize.value(), path.field("value"));
  }

  void checkSelectLabel(const proto::SelectLabel& select, const PlanPath& path) const {
    const proto::Value& scores = argument(select.scores(), path.field("scores"));
    INFERF_PLAN_CHECK(isFloat(scores.type()), path.field("scores"), "the scores must be FLOAT32 or FLOAT64. Actual: ",
                      proto::ElementType_Name(scores.type()));
    const proto::Tensor& labels = rowTensor(select.labels(), path.field("labels"));
    checkSameType(labels.type(), path.field("labels"));
    INFERF_PLAN_CHECK(labels.type() == proto::ELEMENT_TYPE_INT64 || labels.type() == proto::ELEMENT_TYPE_STRING, path.field("labels"),
                      "labels must be INT64 or STRING. Actual: ", proto::ElementType_Name(labels.type()));
    checkWidth(1, path);
    const uint32_t numScores = select.binary() ? 1 : labels.columns();
    INFERF_PLAN_CHECK(scores.width() == numScores, path.field("scores"), "the scores have the wrong width. Expected: ", numScores,
                      ", actual: ", scores.width());
    INFERF_PLAN_CHECK(!select.binary() || labels.columns() == 2, path.field("labels"),
                      "a binary selection has two labels. Actual: ", labels.columns());
  }

  const proto::PlanFragment& fragment_;
  const PlanTree& tree_;
  TreeValueCheck trees_;
  uint32_t index_ = 0;
  const proto::Value* value_ = nullptr;
};

}  // namespace

void checkValues(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  INFERF_PLAN_CHECK(fragment.values_size() <= kMaxPlanValues, root.field("values"), "there are too many values. Expected at most: ",
                    kMaxPlanValues, ", actual: ", fragment.values_size());
  checkTreeEnsembles(fragment);
  ValueChecker checker(fragment, tree);
  for (int i = 0; i < fragment.values_size(); ++i) {
    checker.check(i, root.at("values", i));
  }
}

}  // namespace inferf
