#pragma once

#include "plan/ValueUnderCheck.h"

namespace inferf {

// The checks of single kinds of values. `path` is the place of the operator. All throw EngineError INVALID_PLAN.

// Element by element: ElementwiseCheck.cpp.
void checkUnary(const ValueUnderCheck& value, const proto::Unary& unary, const PlanPath& path);
void checkBinary(const ValueUnderCheck& value, const proto::Binary& binary, const PlanPath& path);
void checkConstantBinary(const ValueUnderCheck& value, const proto::ConstantBinary& binary, const PlanPath& path);
void checkWhere(const ValueUnderCheck& value, const proto::Where& where, const PlanPath& path);
void checkCast(const ValueUnderCheck& value, const proto::Cast& cast, const PlanPath& path);
void checkLabelEncode(const ValueUnderCheck& value, const proto::LabelEncode& encode, const PlanPath& path);

// Over rows: RowOperatorCheck.cpp.
void checkConstant(const ValueUnderCheck& value, const proto::Constant& constant, const PlanPath& path);
void checkSelectColumns(const ValueUnderCheck& value, const proto::SelectColumns& select, const PlanPath& path);
void checkSoftmax(const ValueUnderCheck& value, const proto::Softmax& softmax, const PlanPath& path);
void checkReduce(const ValueUnderCheck& value, const proto::Reduce& reduce, const PlanPath& path);
void checkTopK(const ValueUnderCheck& value, const proto::TopK& topK, const PlanPath& path);
void checkMatrixProduct(const ValueUnderCheck& value, const proto::MatrixProduct& product, const PlanPath& path);
void checkDistance(const ValueUnderCheck& value, const proto::Distance& distance, const PlanPath& path);
void checkEmbedding(const ValueUnderCheck& value, const proto::Embedding& embedding, const PlanPath& path);

// Residuals: OnnxCheck.cpp.
void checkOnnxRun(const ValueUnderCheck& value, const proto::OnnxRun& run, const PlanPath& path);
void checkOnnxOutput(const ValueUnderCheck& value, const proto::OnnxOutput& output, const PlanPath& path);

}  // namespace inferf
