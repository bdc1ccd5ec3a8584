using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Moves the elements of rows: transposition, broadcasting, strides, look-ups by position are all one expression, <see cref="SelectColumnsExpr"/>.</summary>
internal static class Elements
{
    /// <summary>The elements at given positions of a row.</summary>
    /// <param name="context">The node.</param>
    /// <param name="value">The row.</param>
    /// <param name="indices">Positions, in row-major order of the result.</param>
    /// <param name="shape">Shape of the result.</param>
    public static RowValue Select(OperatorContext context, RowValue value, long[] indices, ImmutableArray<int> shape) =>
        value with { Expression = Select(context, value.Expression, indices), Shape = shape };

    /// <summary>The elements at given positions of a row.</summary>
    public static TensorExpr Select(OperatorContext context, TensorExpr expression, long[] indices)
    {
        bool isRun = true;
        for (int i = 1; i < indices.Length && isRun; i++)
        {
            isRun = indices[i] == indices[0] + i;
        }
        if (isRun)
        {
            return indices.Length == expression.Width
                ? expression
                : new SliceExpr(expression, (int)indices[0], indices.Length) { Origin = context.Origin };
        }
        ConstantTensor positions = ConstantTensor.Create(context.ParameterName("positions"), 1, indices.Length, indices);
        return new SelectColumnsExpr(expression, positions) { Origin = context.Origin };
    }

    /// <summary>The same elements under another shape.</summary>
    public static RowValue Reshape(RowValue value, ImmutableArray<int> shape) => value with { Shape = shape };

    /// <summary>Result axis i is source axis <paramref name="permutation"/>[i] of the row.</summary>
    public static RowValue Transpose(OperatorContext context, RowValue value, ImmutableArray<int> permutation)
    {
        int[] strides = Strides(value.Shape);
        ImmutableArray<int> shape = [.. permutation.Select(axis => value.Shape[axis])];
        return Select(context, value, Positions(context, shape, [.. permutation.Select(axis => (long)strides[axis])]), shape);
    }

    /// <summary>Moves one axis of the row to the end; the others keep their order.</summary>
    public static RowValue MoveLast(OperatorContext context, RowValue value, int axis) =>
        Transpose(context, value, [.. Enumerable.Range(0, value.Shape.Length).Where(a => a != axis), axis]);

    /// <summary>Undoes <see cref="MoveLast"/>.</summary>
    public static RowValue MoveBack(OperatorContext context, RowValue value, int axis)
    {
        int last = value.Shape.Length - 1;
        return Transpose(context, value, [.. Enumerable.Range(0, last + 1).Select(a => a < axis ? a : a == axis ? last : a - 1)]);
    }

    /// <summary>Repeats a row along missing and unit dimensions (docs/Broadcasting.md of the specification).</summary>
    public static RowValue Broadcast(OperatorContext context, RowValue value, ImmutableArray<int> shape)
    {
        if (value.Width == context.CheckedWidth(shape))
        {
            return Reshape(value, shape);
        }
        int[] strides = Strides(value.Shape);
        long[] steps = new long[shape.Length];
        for (int i = 1; i <= value.Shape.Length; i++)
        {
            steps[^i] = value.Shape[^i] == 1 ? 0 : strides[^i];
        }
        return Select(context, value, Positions(context, shape, [.. steps]), shape);
    }

    /// <summary>
    /// As <see cref="Broadcast"/>, but leaves a row of one element as it is: element-wise expressions repeat those themselves.
    /// </summary>
    public static TensorExpr Operand(OperatorContext context, RowValue value, ImmutableArray<int> shape) =>
        value.Width == 1 ? value.Expression : Broadcast(context, value, shape).Expression;

    /// <summary>Positions that a strided walk over a shape visits, in row-major order.</summary>
    /// <param name="context">The node.</param>
    /// <param name="shape">Shape to walk over.</param>
    /// <param name="strides">Step along each axis, 0 to repeat, negative to go back.</param>
    /// <param name="offset">Position of the first element.</param>
    public static long[] Positions(OperatorContext context, ImmutableArray<int> shape, ImmutableArray<long> strides, long offset = 0)
    {
        int width = context.CheckedWidth(shape);
        context.Charge(width, OnnxType.Int64);
        long[] positions = new long[width];
        int[] at = new int[shape.Length];
        long current = offset;
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = current;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                current += strides[axis];
                if (++at[axis] < shape[axis])
                {
                    break;
                }
                current -= strides[axis] * shape[axis];
                at[axis] = 0;
            }
        }
        return positions;
    }

    /// <summary>Elements to advance per step along each axis of a row-major shape.</summary>
    public static int[] Strides(ImmutableArray<int> shape)
    {
        int[] strides = new int[shape.Length];
        int stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }
        return strides;
    }
}
