#include "plan/OperatorCheck.h"
#include "plan/TreeCheck.h"
#include "plan/ValueArguments.h"

namespace inferf {

namespace {

/// Checks one value: its shape here, its operator here or in the files of OperatorCheck.h.
class ValueChecker : private ValueUnderCheck {
 public:
  ValueChecker(const proto::PlanFragment& fragment, const PlanTree& tree, int index, TreeValueCheck& trees)
      : ValueUnderCheck(fragment, tree, index), trees_(trees) {}

  void check(const PlanPath& path) {
    INFERF_PLAN_CHECK(value_.node() < tree_.parents.size(), path.field("node"), "there is no such node. Expected: less than ",
                      tree_.parents.size(), ", actual: ", value_.node());
    INFERF_PLAN_CHECK(proto::ElementType_IsValid(value_.type()) && value_.type() != proto::ELEMENT_TYPE_UNSPECIFIED, path.field("type"),
                      "the element type is unknown. Actual: ", static_cast<int>(value_.type()));
    INFERF_PLAN_CHECK(value_.type() != proto::ELEMENT_TYPE_BYTES || value_.has_onnx_run(), path.field("type"),
                      "only onnx_run gives opaque bytes");
    INFERF_PLAN_CHECK((value_.type() == proto::ELEMENT_TYPE_FLOAT16) == value_.has_narrow(), path.field("type"),
                      "narrow gives FLOAT16, and nothing else does. Actual: ", proto::ElementType_Name(value_.type()));
    const uint32_t maxWidth = value_.type() == proto::ELEMENT_TYPE_BYTES ? kMaxOnnxRowBytes : kMaxValueWidth;
    INFERF_PLAN_CHECK(value_.width() >= 1 && value_.width() <= maxWidth, path.field("width"),
                      "the width is out of range. Expected: 1 to ", maxWidth, ", actual: ", value_.width());
    checkKind(path);
  }

 private:
  void checkKind(const PlanPath& path) {
    switch (value_.kind_case()) {
      case proto::Value::kLoadColumns:
        return checkLoadColumns(value_.load_columns(), path.field("load_columns"));
      case proto::Value::kConcat:
        return checkConcat(value_.concat(), path.field("concat"));
      case proto::Value::kSlice:
        return checkSlice(value_.slice(), path.field("slice"));
      case proto::Value::kSum:
        return checkSum(value_.sum(), path.field("sum"));
      case proto::Value::kUnary:
        return checkUnary(*this, value_.unary(), path.field("unary"));
      case proto::Value::kBinary:
        return checkBinary(*this, value_.binary(), path.field("binary"));
      case proto::Value::kConstantBinary:
        return checkConstantBinary(*this, value_.constant_binary(), path.field("constant_binary"));
      case proto::Value::kCast:
        return checkCast(*this, value_.cast(), path.field("cast"));
      case proto::Value::kSoftmax:
        return checkSoftmax(*this, value_.softmax(), path.field("softmax"));
      case proto::Value::kImpute:
        return checkImpute(value_.impute(), path.field("impute"));
      case proto::Value::kOneHot:
        return checkOneHot(value_.one_hot(), path.field("one_hot"));
      case proto::Value::kNormalize:
        return checkNormalize(value_.normalize(), path.field("normalize"));
      case proto::Value::kSelectLabel:
        return checkSelectLabel(value_.select_label(), path.field("select_label"));
      case proto::Value::kTreeMask:
      case proto::Value::kMaskAnd:
      case proto::Value::kTreeScore:
      case proto::Value::kTreeTraversal:
        forEachArgument(value_, [&](uint32_t index) { argument(index, path); });
        return trees_.check(index_, path);
      case proto::Value::kConstant:
        return checkConstant(*this, value_.constant(), path.field("constant"));
      case proto::Value::kSelectColumns:
        return checkSelectColumns(*this, value_.select_columns(), path.field("select_columns"));
      case proto::Value::kWhere:
        return checkWhere(*this, value_.where(), path.field("where"));
      case proto::Value::kReduce:
        return checkReduce(*this, value_.reduce(), path.field("reduce"));
      case proto::Value::kTopK:
        return checkTopK(*this, value_.top_k(), path.field("top_k"));
      case proto::Value::kMatrixProduct:
        return checkMatrixProduct(*this, value_.matrix_product(), path.field("matrix_product"));
      case proto::Value::kDistance:
        return checkDistance(*this, value_.distance(), path.field("distance"));
      case proto::Value::kLabelEncode:
        return checkLabelEncode(*this, value_.label_encode(), path.field("label_encode"));
      case proto::Value::kEmbedding:
        return checkEmbedding(*this, value_.embedding(), path.field("embedding"));
      case proto::Value::kOnnxRun:
        return checkOnnxRun(*this, value_.onnx_run(), path.field("onnx_run"));
      case proto::Value::kOnnxOutput:
        return checkOnnxOutput(*this, value_.onnx_output(), path.field("onnx_output"));
      case proto::Value::kNarrow:
        return checkNarrow(value_.narrow(), path.field("narrow"));
      default:
        INFERF_PLAN_CHECK(false, path, "the value has no known kind");
    }
  }

  // ----------------------------------------------------------------------------------------------------------------- operators
  void checkLoadColumns(const proto::LoadColumns& load, const PlanPath& path) const {
    INFERF_PLAN_CHECK(load.columns_size() >= 1, path.field("columns"), "at least one column must be loaded");
    INFERF_PLAN_CHECK(static_cast<uint32_t>(load.columns_size()) <= value_.width(), path.field("columns"),
                      "each column has at least one element. Expected at most: ", value_.width(), " columns, actual: ", load.columns_size());
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
        INFERF_PLAN_CHECK(isFloat(value_.type()) || (load.null_constant() >= -0x1p63 && load.null_constant() < 0x1p63),
                          path.field("null_constant"), "the constant does not fit INT64. Actual: ", load.null_constant());
        break;
      default:
        INFERF_PLAN_CHECK(false, policyPath, "the null policy is unknown. Actual: ", static_cast<int>(policy));
    }
    for (int i = 0; i < load.columns_size(); ++i) {
      const PlanPath columnPath = path.at("columns", i);
      checkColumn(fragment_, tree_, load.columns(i), value_.node(), columnPath);
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
    INFERF_PLAN_CHECK(uint64_t{slice.start()} + value_.width() <= value.width(), path.field("start"),
                      "the slice ends after the value. Expected: start + width of at most ", value.width(), ", actual: ", slice.start(),
                      " + ", value_.width());
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
      INFERF_PLAN_CHECK(bias.columns() == value_.width(), biasPath, "the bias has the wrong width. Expected: ", value_.width(),
                        ", actual: ", bias.columns());
    }
  }

  void checkTerm(const proto::Term& term, const PlanPath& path) const {
    const bool mayBeNarrow = !term.has_weight() && value_.type() == proto::ELEMENT_TYPE_FLOAT32;
    const proto::Value& value = mayBeNarrow ? anyArgument(term.value(), path.field("value")) : argument(term.value(), path.field("value"));
    if (!mayBeNarrow || value.type() != proto::ELEMENT_TYPE_FLOAT16) {
      checkSameType(value.type(), path.field("value"));
    }
    if (!term.has_weight()) {
      INFERF_PLAN_CHECK(value.width() == value_.width(), path.field("value"), "a term without a weight must be as wide as the sum. Expected: ",
                        value_.width(), ", actual: ", value.width());
      INFERF_PLAN_CHECK(term.weight_row() == 0, path.field("weight_row"), "a term without a weight has no weight row. Actual: ",
                        term.weight_row());
      return;
    }
    const proto::Tensor& weight = tensor(term.weight(), path.field("weight"));
    checkSameType(weight.type(), path.field("weight"));
    INFERF_PLAN_CHECK(weight.columns() == value_.width(), path.field("weight"), "the weight has the wrong width. Expected: ",
                      value_.width(), ", actual: ", weight.columns());
    INFERF_PLAN_CHECK(uint64_t{term.weight_row()} + value.width() <= weight.rows(), path.field("weight_row"),
                      "the weight has too few rows. Expected: weight_row + width of at most ", weight.rows(), ", actual: ",
                      term.weight_row(), " + ", value.width());
  }

  void checkNarrow(const proto::Narrow& narrow, const PlanPath& path) const {
    const PlanPath valuePath = path.field("value");
    const proto::Value& value = argument(narrow.value(), valuePath);
    INFERF_PLAN_CHECK(value.type() == proto::ELEMENT_TYPE_FLOAT32, valuePath, "only FLOAT32 is narrowed. Actual: ",
                      proto::ElementType_Name(value.type()));
    checkWidth(value.width(), path);
  }

  void checkImpute(const proto::Impute& impute, const PlanPath& path) const {
    checkNumeric(path);
    const proto::Value& value = argument(impute.value(), path.field("value"));
    checkSameType(value.type(), path.field("value"));
    checkWidth(value.width(), path);
    operandTensor(impute.imputed(), value_.type(), path.field("imputed"));
    const auto expected = isFloat(value_.type()) ? proto::Impute::kReplacedFloat : proto::Impute::kReplacedInt;
    INFERF_PLAN_CHECK(impute.replaced_case() == expected, path, "the replaced value does not have the value's type. Expected: ",
                      expected == proto::Impute::kReplacedFloat ? "replaced_float" : "replaced_int");
  }

  void checkOneHot(const proto::OneHot& oneHot, const PlanPath& path) const {
    INFERF_PLAN_CHECK(value_.type() == proto::ELEMENT_TYPE_FLOAT32, path, "the type must be FLOAT32. Actual: ",
                      proto::ElementType_Name(value_.type()));
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

  TreeValueCheck& trees_;
};

}  // namespace

void checkValues(const proto::PlanFragment& fragment, const PlanTree& tree) {
  const PlanPath root;
  INFERF_PLAN_CHECK(fragment.values_size() <= kMaxPlanValues, root.field("values"), "there are too many values. Expected at most: ",
                    kMaxPlanValues, ", actual: ", fragment.values_size());
  checkTreeEnsembles(fragment);
  TreeValueCheck trees(fragment);
  for (int i = 0; i < fragment.values_size(); ++i) {
    ValueChecker(fragment, tree, i, trees).check(root.at("values", i));
  }
}

}  // namespace inferf
