using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Element-wise arithmetic with broadcasting.</summary>
internal static class ArithmeticOperators
{
    public static ImmutableArray<OnnxValue?> Add(OperatorContext context) => Import(BinaryFunction.Add, context);

    public static ImmutableArray<OnnxValue?> Subtract(OperatorContext context) => Import(BinaryFunction.Subtract, context);

    public static ImmutableArray<OnnxValue?> Multiply(OperatorContext context) => Import(BinaryFunction.Multiply, context);

    public static ImmutableArray<OnnxValue?> Divide(OperatorContext context) => Import(BinaryFunction.Divide, context);

    /// <summary>Wraps the result of integer arithmetic to the type the file computes in.</summary>
    private static TensorExpr Narrow(TensorExpr expression, OnnxType type, string origin) => type.IntegerBits == 0
        ? expression
        : new CastExpr(expression, ElementType.Int64, type.IntegerBits, type.IsUnsigned) { Origin = origin };

    private static ImmutableArray<OnnxValue?> Import(BinaryFunction function, OperatorContext context)
    {
        OnnxValue left = context.Required(0);
        OnnxValue right = context.Required(1);
        if (left.Type != right.Type)
        {
            throw context.Invalid($"both sides must have one type, found {left.Type} and {right.Type}");
        }
        if (left.Type.Element == ElementType.String || left.Type.IsBoolean || left.Type.IsHalf)
        {
            throw OperatorContext.Unsupported($"arithmetic on {left.Type}");
        }
        return (left, right) switch
        {
            (ConstantValue l, ConstantValue r) => [new ConstantValue(ConstantArithmetic.Compute(function, l.Tensor, r.Tensor, context))],
            (RowValue l, RowValue r) => [OfRows(function, l, r, context)],
            (RowValue value, ConstantValue constant) => [WithConstant(function, value, constant.Tensor, constantOnLeft: false, context)],
            (ConstantValue constant, RowValue value) => [WithConstant(function, value, constant.Tensor, constantOnLeft: true, context)],
            _ => throw new InferFException(InferFErrorCode.Internal, "Unknown kind of value."),
        };
    }

    private static RowValue OfRows(BinaryFunction function, RowValue left, RowValue right, OperatorContext context)
    {
        if (left.Rank != right.Rank)
        {
            throw OperatorContext.Unsupported($"values of different ranks, {left} and {right}, would mix rows");
        }
        ImmutableArray<int> shape = ConstantArithmetic.CommonShape(left.Shape, right.Shape, context);
        int width = context.CheckedWidth(OnnxTensor.Product(shape.Select(d => (long)d)));
        RequireWhole(left, width);
        RequireWhole(right, width);
        var expression = new BinaryExpr(function, left.Expression, right.Expression) { Origin = context.Origin };
        return new RowValue(Narrow(expression, left.Type, context.Origin), shape, left.Type);
    }

    private static RowValue WithConstant(BinaryFunction function, RowValue value, OnnxTensor tensor, bool constantOnLeft, OperatorContext context)
    {
        if (tensor.Count == 0)
        {
            throw context.Invalid("a constant has no elements");
        }
        ImmutableArray<int> trailing = tensor.Dims.Length >= value.Rank && tensor.Dims.Length > 0 ? tensor.Dims[1..] : tensor.Dims;
        if (value.Shape.IsEmpty && tensor.Count > 1)
        {
            throw OperatorContext.Unsupported($"a constant of {tensor.Count} elements would mix the rows of {value}");
        }
        ImmutableArray<int> shape = tensor.Count == 1 ? value.Shape : ConstantArithmetic.CommonShape(value.Shape, trailing, context);
        int width = context.CheckedWidth(OnnxTensor.Product(shape.Select(d => (long)d)));
        OnnxTensor row = ConstantArithmetic.BroadcastToRow(tensor, shape, value.Rank, context);
        RequireWhole(value, width);
        var expression = new ConstantBinaryExpr(function, value.Expression, context.Shared(row, 1, row.Count), constantOnLeft) { Origin = context.Origin };
        return new RowValue(Narrow(expression, value.Type, context.Origin), shape, value.Type);
    }

    // Expressions broadcast a whole row or one element, not a part of the dimensions.
    private static void RequireWhole(RowValue value, int width)
    {
        if (value.Width != width && value.Width != 1)
        {
            throw OperatorContext.Unsupported($"{value} would be repeated along some of its dimensions");
        }
    }
}
