using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;

namespace InferF.Optimizer.Analysis;

/// <summary>Rules of the block algebra that cut columns: selections, and element-wise functions of several arguments.</summary>
internal static class ColumnRules
{
    // A selection that jumps between the blocks more often is done in one piece: each piece costs a step of the plan.
    private const int MostPieces = 64;

    /// <summary>Columns in any order: one piece per run of columns of one block.</summary>
    public static ConcatForm Select(SelectColumnsExpr select, ConcatForm argument, ValueFactory factory)
    {
        ModelValue whole = factory.Apply(select, argument.Whole);
        if (argument.Blocks.Length == 1)
        {
            return ConcatForm.Local(SelectFrom(argument.Blocks[0], select.Indices.Int64, select, factory));
        }
        if (Pieces(select.Indices.Int64, argument) is not List<(ModelValue Block, long[] Indices)> pieces)
        {
            return ConcatForm.Local(whole);
        }
        List<ModelValue> blocks = factory.MergeAdjacent(pieces.Select(piece => SelectFrom(piece.Block, piece.Indices, select, factory)), acrossTables: false);
        if (blocks.Count == 1)
        {
            return ConcatForm.Local(blocks[0]);
        }
        TableSet tables = blocks.Aggregate(TableSet.Empty, (set, block) => set | block.Tables);
        return new ConcatForm([.. blocks], whole.Tables == tables ? whole : factory.Concat(blocks, null, select.Origin));
    }

    /// <summary>
    /// An element-wise function, block by block, if the arguments of several blocks are cut alike and over the same tables, and the others are constants;
    /// otherwise null.
    /// </summary>
    public static ConcatForm? Zip(TensorExpr expression, ImmutableArray<ConcatForm> arguments, ValueFactory factory)
    {
        ConcatForm? pattern = arguments.FirstOrDefault(argument => argument.Blocks.Length > 1);
        if (pattern is null || pattern.Width != expression.Width || !arguments.All(argument => FitsInto(pattern, argument)))
        {
            return null;
        }
        ImmutableArray<ModelValue>.Builder blocks = ImmutableArray.CreateBuilder<ModelValue>(pattern.Blocks.Length);
        int start = 0;
        for (int i = 0; i < pattern.Blocks.Length; i++)
        {
            int width = pattern.Blocks[i].Width;
            ImmutableArray<ModelValue> parts =
            [
                .. arguments.Select(argument => argument.Blocks.Length > 1 ? argument.Blocks[i]
                    : argument.Width == 1 ? argument.Whole
                    : factory.Slice(argument.Whole, start, width, expression.Origin)),
            ];
            blocks.Add(factory.Apply(expression.With([.. parts.Select(ValueFactory.Placeholder)]), parts));
            start += width;
        }
        return new ConcatForm(blocks.MoveToImmutable(), factory.Apply(expression, [.. arguments.Select(argument => argument.Whole)]));
    }

    private static bool FitsInto(ConcatForm pattern, ConcatForm argument) => argument.Blocks.Length == 1
        ? argument.Tables.IsEmpty
        : argument.Blocks.Select(block => (block.Tables, block.Width)).SequenceEqual(pattern.Blocks.Select(block => (block.Tables, block.Width)));

    private static List<(ModelValue Block, long[] Indices)>? Pieces(ReadOnlySpan<long> indices, ConcatForm argument)
    {
        int[] starts = new int[argument.Blocks.Length];
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] = starts[i - 1] + argument.Blocks[i - 1].Width;
        }
        List<(ModelValue Block, long[] Indices)> pieces = [];
        List<long> run = [];
        int current = -1;
        foreach (long index in indices)
        {
            int block = Array.BinarySearch(starts, (int)index);
            block = block >= 0 ? block : ~block - 1;
            if (block != current)
            {
                Close();
                current = block;
            }
            run.Add(index - starts[block]);
            if (pieces.Count == MostPieces)
            {
                return null;
            }
        }
        Close();
        return pieces;

        void Close()
        {
            if (run.Count > 0)
            {
                pieces.Add((argument.Blocks[current], [.. run]));
                run.Clear();
            }
        }
    }

    private static ModelValue SelectFrom(ModelValue block, ReadOnlySpan<long> indices, SelectColumnsExpr select, ValueFactory factory)
    {
        bool isConsecutive = true;
        for (int i = 1; i < indices.Length && isConsecutive; i++)
        {
            isConsecutive = indices[i] == indices[i - 1] + 1;
        }
        if (isConsecutive)
        {
            return factory.Slice(block, (int)indices[0], indices.Length, select.Origin);
        }
        ConstantTensor chosen = indices.Length == select.Width && indices.SequenceEqual(select.Indices.Int64)
            ? select.Indices
            : ConstantTensor.Create(select.Indices.Name, 1, indices.Length, indices.ToArray());
        return factory.Apply(new SelectColumnsExpr(ValueFactory.Placeholder(block), chosen) { Origin = select.Origin }, block);
    }
}
