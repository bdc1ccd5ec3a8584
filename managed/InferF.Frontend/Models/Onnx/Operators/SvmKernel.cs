using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// The kernel values of a support vector machine, one per support vector: dot products and squared distances are sums over the features, so
/// tables share them. Everything is float, as in ONNX Runtime.
/// </summary>
internal sealed class SvmKernel
{
    private readonly OperatorContext _context;
    private readonly string _kind;
    private readonly float _gamma;
    private readonly float _coefficient;
    private readonly float _degree;

    public SvmKernel(OperatorContext context)
    {
        _context = context;
        _kind = context.Attributes.Text("kernel_type", "LINEAR");
        if (_kind is not ("LINEAR" or "POLY" or "RBF" or "SIGMOID"))
        {
            throw context.Invalid($"kernel_type must be LINEAR, POLY, RBF or SIGMOID, found '{_kind}'");
        }
        float[] parameters = context.Attributes.Floats("kernel_params");
        if (parameters.Length != 0 && parameters.Length < 3)
        {
            throw context.Invalid($"kernel_params must have 3 elements, found {parameters.Length}");
        }
        (_gamma, _coefficient, _degree) = parameters.Length == 0 ? (0, 0, 0) : (parameters[0], parameters[1], parameters[2]);
    }

    /// <summary>The features as float.</summary>
    public static RowValue Features(OperatorContext context)
    {
        RowValue value = FeatureOperators.AsFloat(FeatureOperators.NumericRow(context), context);
        return value.Shape.Length == 1 ? value : throw OperatorContext.Unsupported($"features of shape {value}; shape [N, k] is expected");
    }

    /// <summary>The kernel values of a row and each support vector.</summary>
    /// <param name="features">The features.</param>
    /// <param name="count">Number of support vectors.</param>
    public TensorExpr Values(RowValue features, int count)
    {
        float[] vectors = _context.Attributes.Floats("support_vectors");
        if ((long)count * features.Width != vectors.Length)
        {
            throw _context.Invalid($"{count} support vectors of {features.Width} features need {(long)count * features.Width} numbers, found {vectors.Length}");
        }
        var matrix = new OnnxTensor(_context.ParameterName("support_vectors"), OnnxType.Float, [count, features.Width], vectors);
        if (_kind == "RBF")
        {
            ConstantTensor points = _context.Shared(matrix, count, features.Width);
            var distances = new DistanceExpr(features.Expression, points, DistanceMetric.SquaredEuclidean) { Origin = _context.Origin };
            return Apply(UnaryFunction.Exp, With(BinaryFunction.Multiply, distances, -_gamma));
        }
        TensorExpr products = new LinearExpr(features.Expression, _context.SharedTranspose(matrix, count, features.Width), bias: null) { Origin = _context.Origin };
        if (_kind == "LINEAR")
        {
            return products;
        }
        TensorExpr shifted = With(BinaryFunction.Add, With(BinaryFunction.Multiply, products, _gamma), _coefficient);
        return _kind == "SIGMOID" ? Apply(UnaryFunction.Tanh, shifted) : Power(shifted);
    }

    /// <summary>The scores of a model without support vectors.</summary>
    /// <param name="features">The features.</param>
    /// <param name="coefficients">One row per score.</param>
    /// <param name="scores">Number of scores.</param>
    /// <param name="rho">Added to every score.</param>
    public LinearExpr Linear(RowValue features, float[] coefficients, int scores, float rho)
    {
        if ((long)scores * features.Width != coefficients.Length)
        {
            throw _context.Invalid($"{scores} scores of {features.Width} features need {(long)scores * features.Width} coefficients, found {coefficients.Length}");
        }
        var matrix = new OnnxTensor(_context.ParameterName("coefficients"), OnnxType.Float, [scores, features.Width], coefficients);
        ConstantTensor bias = ConstantTensor.Create(_context.ParameterName("rho"), 1, scores, [.. Enumerable.Repeat(rho, scores)]);
        return new LinearExpr(features.Expression, _context.SharedTranspose(matrix, scores, features.Width), bias) { Origin = _context.Origin };
    }

    private TensorExpr Power(TensorExpr value)
    {
        if (_degree is not (2 or 3))
        {
            return With(BinaryFunction.Power, value, _degree);
        }
        TensorExpr square = new BinaryExpr(BinaryFunction.Multiply, value, value) { Origin = _context.Origin };
        return _degree == 2 ? square : new BinaryExpr(BinaryFunction.Multiply, square, value) { Origin = _context.Origin };
    }

    private UnaryExpr Apply(UnaryFunction function, TensorExpr value) => new(function, value) { Origin = _context.Origin };

    private ConstantBinaryExpr With(BinaryFunction function, TensorExpr value, float constant) =>
        new(function, value, ConstantTensor.Create(_context.ParameterName("constant"), 1, 1, new[] { constant })) { Origin = _context.Origin };
}
