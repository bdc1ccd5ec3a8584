using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Look-ups by position: constant positions move a row's elements, positions that vary by row look up a constant table.</summary>
internal static class LookupOperators
{
    public static ImmutableArray<OnnxValue?> Gather(OperatorContext context)
    {
        OnnxValue data = context.Required(0);
        OnnxValue indices = context.Required(1);
        long axis = context.Attributes.Integer("axis", 0);
        if (!indices.Type.IsInteger)
        {
            throw context.Invalid($"indices are integers, found {indices.Type}");
        }
        return (data, indices) switch
        {
            (ShapeValue shape, ConstantValue { Tensor: { Dims.Length: <= 1 } positions }) => [FromShape(context, shape, positions)],
            (RowValue row, ConstantValue { Tensor: var positions }) => [AtPositions(context, row, axis, positions)],
            (ConstantValue { Tensor: var table }, RowValue ids) => [Embedding(context, table, axis, ids)],
            (RowValue { HasBatch: true } row, RowValue) when context.Axis(axis, row.Rank) == 0 =>
                throw OperatorContext.Unsupported($"look-ups in {row} along the batch dimension would mix rows", Refusal.MixesRows),
            _ => throw OperatorContext.Unsupported($"look-ups of {indices} in {data}"),
        };
    }

    private static OnnxValue FromShape(OperatorContext context, ShapeValue shape, OnnxTensor positions)
    {
        ImmutableArray<long> entries = [.. positions.Integers.Select(i => shape.Entries[Position(context, i, shape.Entries.Length)])];
        return ShapeOperators.OfEntries(entries, positions.Dims.IsEmpty, shape.Type);
    }

    private static RowValue AtPositions(OperatorContext context, RowValue row, long axis, OnnxTensor positions)
    {
        int along = context.RowAxis(axis, row);
        int length = row.Shape[along];
        int inner = row.Shape[(along + 1)..].Aggregate(1, (product, dim) => product * dim);
        int outer = row.Shape[..along].Aggregate(1, (product, dim) => product * dim);
        int width = context.CheckedWidth((long)outer * positions.Count * inner);
        context.Charge(width, OnnxType.Int64);
        long[] selected = new long[width];
        int next = 0;
        for (int i = 0; i < outer; i++)
        {
            foreach (long position in positions.Integers)
            {
                long start = (((long)i * length) + Position(context, position, length)) * inner;
                for (int j = 0; j < inner; j++)
                {
                    selected[next++] = start + j;
                }
            }
        }
        return Elements.Select(context, row, selected, [.. row.Shape[..along], .. positions.Dims, .. row.Shape[(along + 1)..]]);
    }

    // Gather from a constant along its first axis: each id becomes a row of the table.
    private static RowValue Embedding(OperatorContext context, OnnxTensor table, long axis, RowValue ids)
    {
        if (table.Dims.IsEmpty || table.Count == 0)
        {
            throw context.Invalid($"look-ups need a table, found {new ConstantValue(table)}");
        }
        if (context.Axis(axis, table.Dims.Length) != 0)
        {
            throw OperatorContext.Unsupported($"look-ups in a constant along axis {axis}", ids.HasBatch ? Refusal.MixesRows : Refusal.NoRule);
        }
        int rows = table.Dims[0];
        int columns = table.Count / rows;
        context.CheckedWidth((long)ids.Width * columns);
        var expression = new EmbeddingExpr(ids.Expression, context.Shared(table, rows, columns)) { Origin = context.Origin };
        return new RowValue(expression, [.. ids.Shape, .. table.Dims[1..]], table.Type, ids.HasBatch);
    }

    private static int Position(OperatorContext context, long index, int length) => index >= -length && index < length
        ? (int)(index < 0 ? index + length : index)
        : throw context.Invalid($"index {index} is outside of [-{length}, {length - 1}]");
}
