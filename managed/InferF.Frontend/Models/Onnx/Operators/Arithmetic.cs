using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Element-wise functions of several values with broadcasting, the building block of this importer's operators.</summary>
internal static class Arithmetic
{
    /// <summary>A function of two values, of which at least one varies by row.</summary>
    /// <param name="context">The node.</param>
    /// <param name="function">Which function.</param>
    /// <param name="left">Left operand.</param>
    /// <param name="right">Right operand, of the same type.</param>
    /// <param name="type">Type of the result in the file; that of the operands if null.</param>
    public static RowValue Binary(OperatorContext context, BinaryFunction function, OnnxValue left, OnnxValue right, OnnxType? type = null)
    {
        if (left.Type != right.Type)
        {
            throw context.Invalid($"both sides must have one type, found {left.Type} and {right.Type}");
        }
        type ??= BinaryExpr.IsPredicate(function) ? OnnxType.Boolean : left.Type;
        return (left, right) switch
        {
            (ShapeValue, _) or (_, ShapeValue) => throw OperatorContext.Unsupported("the number of rows is computed with", Refusal.MixesRows),
            (RowValue value, ConstantValue constant) => WithConstant(context, function, value, constant.Tensor, constantOnLeft: false, type),
            (ConstantValue constant, RowValue value) => WithConstant(context, function, value, constant.Tensor, constantOnLeft: true, type),
            (RowValue l, RowValue r) => OfRows(context, function, l, r, type),
            _ => throw OperatorContext.Unsupported("both sides are constants"),
        };
    }

    /// <summary>A function of a value and one number.</summary>
    public static RowValue WithScalar(OperatorContext context, BinaryFunction function, RowValue value, double scalar, bool constantOnLeft = false) =>
        value with { Expression = WithScalar(context, function, value.Expression, scalar, constantOnLeft) };

    /// <summary>A function of a value and one number.</summary>
    public static TensorExpr WithScalar(OperatorContext context, BinaryFunction function, TensorExpr value, double scalar, bool constantOnLeft = false) =>
        new ConstantBinaryExpr(function, value, Number(context, value.Type, scalar), constantOnLeft) { Origin = context.Origin };

    /// <summary>A constant of one element.</summary>
    public static ConstantTensor Number(OperatorContext context, ElementType type, double value)
    {
        string name = context.ParameterName("constant");
        return type switch
        {
            ElementType.Float32 => ConstantTensor.Create(name, 1, 1, new[] { (float)value }),
            ElementType.Float64 => ConstantTensor.Create(name, 1, 1, new[] { value }),
            _ => ConstantTensor.Create(name, 1, 1, new[] { (long)value }),
        };
    }

    /// <summary>Brings the result of arithmetic back to what the file's type can hold.</summary>
    public static TensorExpr Wrap(TensorExpr expression, OnnxType type, string origin)
    {
        if (type.IntegerBits != 0)
        {
            return new CastExpr(expression, ElementType.Int64, type.IntegerBits, type.IsUnsigned) { Origin = origin };
        }
        return type.Format == FloatFormat.None ? expression : new CastExpr(expression, ElementType.Float32) { FloatFormat = type.Format, Origin = origin };
    }

    /// <summary>All inputs of a node as rows that can be broadcast with each other; at least one of them varies by row.</summary>
    public static ImmutableArray<RowValue> Operands(OperatorContext context, params ReadOnlySpan<OnnxValue> values)
    {
        int rank = 0;
        foreach (OnnxValue value in values)
        {
            rank = Math.Max(rank, value is RowValue row ? row.Rank : 0);
        }
        ImmutableArray<RowValue>.Builder rows = ImmutableArray.CreateBuilder<RowValue>(values.Length);
        foreach (OnnxValue value in values)
        {
            switch (value)
            {
                case RowValue row:
                    RequireRank(row, rank);
                    rows.Add(row);
                    break;
                case ConstantValue { Tensor: var tensor }:
                    OnnxTensor perRow = PerRow(context, tensor, rank);
                    RowValue promoted = context.Promote(perRow);
                    rows.Add(promoted with { HasBatch = context.Layout.HasBatch });
                    break;
                default:
                    throw OperatorContext.Unsupported("the number of rows is computed with", Refusal.MixesRows);
            }
        }
        return rows.MoveToImmutable();
    }

    /// <summary>The common shape of rows.</summary>
    public static ImmutableArray<int> CommonShape(OperatorContext context, params IEnumerable<RowValue> rows) =>
        rows.Aggregate(ImmutableArray<int>.Empty, (shape, row) => ConstantArithmetic.CommonShape(shape, row.Shape, context));

    /// <summary>A constant operand without the batch dimension of the value it meets.</summary>
    /// <param name="context">The node.</param>
    /// <param name="tensor">The constant.</param>
    /// <param name="rank">Rank of that value in the file.</param>
    public static OnnxTensor PerRow(OperatorContext context, OnnxTensor tensor, int rank)
    {
        if (!context.Layout.HasBatch)
        {
            return tensor;
        }
        if (tensor.Dims.Length > rank)
        {
            throw OperatorContext.Unsupported($"the constant of shape {ShapeText.Of(tensor.Dims)} has more dimensions than the value", Refusal.MixesRows);
        }
        if (tensor.Dims.Length < rank)
        {
            return tensor;
        }
        return tensor.Dims[0] == 1
            ? tensor.Reshape(tensor.Dims[1..])
            : throw OperatorContext.Unsupported($"the constant of shape {ShapeText.Of(tensor.Dims)} has other elements for each row", Refusal.MixesRows);
    }

    private static void RequireRank(RowValue row, int rank)
    {
        if (row.HasBatch && row.Rank != rank)
        {
            throw OperatorContext.Unsupported($"values of different ranks would mix rows: {row} and one of {rank} dimensions", Refusal.MixesRows);
        }
    }

    private static RowValue OfRows(OperatorContext context, BinaryFunction function, RowValue left, RowValue right, OnnxType type)
    {
        RequireRank(left, Math.Max(left.Rank, right.Rank));
        RequireRank(right, Math.Max(left.Rank, right.Rank));
        ImmutableArray<int> shape = CommonShape(context, left, right);
        context.CheckedWidth(shape);
        var expression = new BinaryExpr(
            function, Elements.Operand(context, left, shape), Elements.Operand(context, right, shape), left.Type.IsUnsigned64) { Origin = context.Origin };
        return left with { Expression = Wrapped(expression, function, type, context.Origin), Shape = shape, Type = type };
    }

    private static RowValue WithConstant(OperatorContext context, BinaryFunction function, RowValue value, OnnxTensor tensor, bool constantOnLeft, OnnxType type)
    {
        if (tensor.Count == 0)
        {
            throw context.Invalid("a constant has no elements");
        }
        OnnxTensor perRow = PerRow(context, tensor, value.Rank);
        ImmutableArray<int> shape = ConstantArithmetic.CommonShape(value.Shape, perRow.Dims, context);
        int width = context.CheckedWidth(shape);
        if (perRow.Count > 1)
        {
            perRow = ConstantArithmetic.Broadcast(perRow, shape, context);
        }
        TensorExpr argument = Elements.Operand(context, value, shape);
        if (argument.Width == 1 && perRow.Count == 1 && width > 1)
        {
            throw new InferFException(InferFErrorCode.Internal, "Two single elements cannot have a wider common shape.");
        }
        var expression = new ConstantBinaryExpr(
            function, argument, context.Shared(perRow, 1, perRow.Count), constantOnLeft, value.Type.IsUnsigned64) { Origin = context.Origin };
        return value with { Expression = Wrapped(expression, function, type, context.Origin), Shape = shape, Type = type };
    }

    private static TensorExpr Wrapped(TensorExpr expression, BinaryFunction function, OnnxType type, string origin) =>
        function is BinaryFunction.Max or BinaryFunction.Min || BinaryExpr.IsPredicate(function) ? expression : Wrap(expression, type, origin);
}
