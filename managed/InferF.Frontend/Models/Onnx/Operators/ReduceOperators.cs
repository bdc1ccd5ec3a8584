using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Operators that fold elements of a row into fewer: Reduce*, ArgMax, ArgMin, TopK.</summary>
internal static class ReduceOperators
{
    /// <summary>A Reduce* operator.</summary>
    /// <param name="function">What it computes.</param>
    /// <param name="axesAreInputSince">Operator set that made the axes an input.</param>
    public static OperatorImport Reduce(ReduceFunction function, int axesAreInputSince) => context =>
    {
        RowValue value = context.Row(0);
        RequireType(function, value.Type);
        long[] axes = context.Axes(1, axesAreInputSince) ?? [];
        if (axes.Length == 0 && context.Attributes.Integer("noop_with_empty_axes", 0) != 0)
        {
            return function is ReduceFunction.Sum or ReduceFunction.Mean or ReduceFunction.Max or ReduceFunction.Min or ReduceFunction.Product
                ? [value]
                : throw OperatorContext.Unsupported("no axes");
        }
        int[] positions = axes.Length == 0
            ? AllAxes(context, value)
            : [.. axes.Select(axis => context.RowAxis(axis, value)).Distinct().Order()];
        return [Over(context, value, function, positions, context.Attributes.Integer("keepdims", 1) != 0)];
    };

    /// <summary>ArgMax, ArgMin.</summary>
    public static OperatorImport Position(ReduceFunction function) => context =>
    {
        RowValue value = context.Row(0);
        RequireType(function, value.Type);
        int axis = context.RowAxis(context.Attributes.Integer("axis", 0), value);
        bool selectLast = context.Attributes.Integer("select_last_index", 0) != 0;
        return [Over(context, value, function, [axis], context.Attributes.Integer("keepdims", 1) != 0, selectLast)];
    };

    /// <summary>TopK.</summary>
    public static ImmutableArray<OnnxValue?> TopK(OperatorContext context)
    {
        RowValue value = context.Row(0);
        RequireType(ReduceFunction.Max, value.Type);
        long count = context.Opset < 10 ? context.Attributes.Integer("k", 0) : context.ConstantIntegers(1) is [var k] ? k : throw context.Invalid("K must be one number");
        int axis = context.RowAxis(context.Attributes.Integer("axis", -1), value);
        int length = value.Shape[axis];
        if (count < 0 || count > length)
        {
            throw context.Invalid($"{count} of {length} elements are asked for");
        }
        context.CheckedWidth(count);
        bool largest = context.Attributes.Integer("largest", 1) != 0;
        RowValue moved = Elements.MoveLast(context, value, axis);
        return [Taken(positions: false) with { Type = value.Type }, Taken(positions: true) with { Type = OnnxType.Int64 }];

        RowValue Taken(bool positions)
        {
            var top = new TopKExpr(moved.Expression, length, (int)count, largest, positions) { IsUnsigned = value.Type.IsUnsigned64, Origin = context.Origin };
            return Elements.MoveBack(context, moved with { Expression = top, Shape = moved.Shape.SetItem(moved.Shape.Length - 1, (int)count) }, axis);
        }
    }

    /// <summary>Reduces axes of a row.</summary>
    /// <param name="context">The node.</param>
    /// <param name="value">The row.</param>
    /// <param name="function">What is computed.</param>
    /// <param name="axes">Axes of the row, ascending.</param>
    /// <param name="keepDims">Reduced axes stay with one element.</param>
    /// <param name="selectLast">As of <see cref="ReduceExpr"/>.</param>
    public static RowValue Over(OperatorContext context, RowValue value, ReduceFunction function, int[] axes, bool keepDims, bool selectLast = false)
    {
        ImmutableArray<int> shape = keepDims
            ? [.. value.Shape.Select((dim, i) => axes.Contains(i) ? 1 : dim)]
            : [.. value.Shape.Where((_, i) => !axes.Contains(i))];
        OnnxType type = ReduceExpr.IsPosition(function) ? OnnxType.Int64 : value.Type;
        int length = axes.Aggregate(1, (product, axis) => product * value.Shape[axis]);

        // Axes side by side are one segment; axes of one element do not part others.
        int inner = 1;
        RowValue arranged = value;
        int[] several = [.. axes.Where(axis => value.Shape[axis] != 1)];
        bool isTogether = several.Length == 0 || Enumerable.Range(several[0], several[^1] - several[0] + 1).All(axis => value.Shape[axis] == 1 || axes.Contains(axis));
        if (isTogether)
        {
            inner = several.Length == 0 ? 1 : value.Shape[(several[^1] + 1)..].Aggregate(1, (product, dim) => product * dim);
        }
        else
        {
            arranged = Elements.Transpose(context, value, [.. Enumerable.Range(0, value.Shape.Length).Where(axis => !axes.Contains(axis)), .. axes]);
        }
        TensorExpr argument = arranged.Expression;
        bool flips = value.Type.IsUnsigned64 && function is ReduceFunction.Max or ReduceFunction.Min or ReduceFunction.ArgMax or ReduceFunction.ArgMin;
        TensorExpr result = new ReduceExpr(function, flips ? FlipSign(argument) : argument, length, inner, selectLast) { Origin = context.Origin };
        if (flips && !ReduceExpr.IsPosition(function))
        {
            result = FlipSign(result);
        }
        bool isExact = type == OnnxType.Int64 || type.IsBoolean || function is ReduceFunction.Max or ReduceFunction.Min;
        return value with { Expression = isExact ? result : Arithmetic.Wrap(result, type, context.Origin), Shape = shape, Type = type };

        // Adding 2^63 maps the order of unsigned integers to that of signed ones, and back.
        ConstantBinaryExpr FlipSign(TensorExpr expression)
        {
            ConstantTensor half = ConstantTensor.Create(context.ParameterName("half"), 1, 1, new[] { long.MinValue });
            return new ConstantBinaryExpr(BinaryFunction.Add, expression, half) { Origin = context.Origin };
        }
    }

    private static int[] AllAxes(OperatorContext context, RowValue value) => value.HasBatch
        ? throw OperatorContext.Unsupported($"reducing all dimensions of {value} would mix rows", Refusal.MixesRows)
        : [.. Enumerable.Range(0, value.Shape.Length)];

    private static void RequireType(ReduceFunction function, OnnxType type)
    {
        bool fits = function switch
        {
            ReduceFunction.Max or ReduceFunction.Min => type.Element != ElementType.String,
            ReduceFunction.L2 or ReduceFunction.LogSum or ReduceFunction.LogSumExp => type.IsFloat,
            ReduceFunction.Mean => type.IsFloat || (type.IsInteger && !type.IsUnsigned64),
            _ => type.IsFloat || type.IsInteger,
        };
        if (!fits)
        {
            throw OperatorContext.Unsupported($"type {type}");
        }
    }
}
