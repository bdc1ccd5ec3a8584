using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Imports one node: the values of its outputs, null for one that InferF does not compute.</summary>
/// <exception cref="UnsupportedNodeException">The node uses something InferF does not run.</exception>
internal delegate ImmutableArray<OnnxValue?> OperatorImport(OperatorContext context);

/// <summary>The operators InferF runs, by domain and name. An operator set that changes an operator's form is the operator's own concern.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<(string Domain, string Operator), OperatorImport> s_operators = new()
    {
        [("ai.onnx", "Add")] = ArithmeticOperators.Add,
        [("ai.onnx", "Cast")] = ElementOperators.Cast,
        [("ai.onnx", "Concat")] = ShapeOperators.Concat,
        [("ai.onnx", "Constant")] = ConstantOperator.Constant,
        [("ai.onnx", "Div")] = ArithmeticOperators.Divide,
        [("ai.onnx", "Dropout")] = ElementOperators.Dropout,
        [("ai.onnx", "Flatten")] = ShapeOperators.Flatten,
        [("ai.onnx", "Gemm")] = LinearOperators.Gemm,
        [("ai.onnx", "Identity")] = ElementOperators.Identity,
        [("ai.onnx", "LeakyRelu")] = ElementOperators.LeakyRelu,
        [("ai.onnx", "MatMul")] = LinearOperators.MatMul,
        [("ai.onnx", "Mul")] = ArithmeticOperators.Multiply,
        [("ai.onnx", "Relu")] = ElementOperators.Relu,
        [("ai.onnx", "Reshape")] = ShapeOperators.Reshape,
        [("ai.onnx", "Sigmoid")] = ElementOperators.Sigmoid,
        [("ai.onnx", "Softmax")] = ElementOperators.Softmax,
        [("ai.onnx", "Squeeze")] = ShapeOperators.Squeeze,
        [("ai.onnx", "Sub")] = ArithmeticOperators.Subtract,
        [("ai.onnx", "Tanh")] = ElementOperators.Tanh,
        [("ai.onnx", "Unsqueeze")] = ShapeOperators.Unsqueeze,
        [("ai.onnx.ml", "Imputer")] = FeatureOperators.Imputer,
        [("ai.onnx.ml", "LinearClassifier")] = LinearModelOperators.LinearClassifier,
        [("ai.onnx.ml", "LinearRegressor")] = LinearModelOperators.LinearRegressor,
        [("ai.onnx.ml", "Normalizer")] = FeatureOperators.Normalizer,
        [("ai.onnx.ml", "OneHotEncoder")] = FeatureOperators.OneHotEncoder,
        [("ai.onnx.ml", "Scaler")] = FeatureOperators.Scaler,
        [("ai.onnx.ml", "TreeEnsemble")] = TreeOperators.Ensemble,
        [("ai.onnx.ml", "TreeEnsembleClassifier")] = TreeOperators.Classifier,
        [("ai.onnx.ml", "TreeEnsembleRegressor")] = TreeOperators.Regressor,
    };

    /// <summary>How nodes of an operator are imported, or null if InferF does not run it.</summary>
    public static OperatorImport? Find(string domain, string name) => s_operators.GetValueOrDefault((domain, name));
}
