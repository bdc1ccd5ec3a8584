using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Functions from and to categories, labels and ids.</summary>
internal static class CategoryBounds
{
    /// <summary>One column per category; an element that may be in another category may have any of them.</summary>
    public static Block OneHot(OneHotExpr oneHot, Block argument)
    {
        int k = oneHot.Categories.Columns;
        double[] values = new double[argument.Count * k];
        double[] errors = new double[values.Length];
        for (int i = 0; i < argument.Count; i++)
        {
            int hit = argument.Values switch
            {
                string[] texts => oneHot.Categories.Strings.IndexOf(texts[i]),
                long[] integers => oneHot.Categories.Int64.IndexOf(integers[i]),
                _ => oneHot.Categories.Int64.IndexOf((long)argument.Floats[i]),
            };
            if (hit >= 0)
            {
                values[i * k + hit] = 1;
            }
            bool truncates = argument.Values is double[] && Math.Truncate(argument.Floats[i] - argument.Errors![i]) == Math.Truncate(argument.Floats[i] + argument.Errors[i]);
            if (argument.MayDiffer(i) && !truncates)
            {
                errors.AsSpan(i * k, k).Fill(1);
            }
        }
        return new Block(ElementType.Float32, values, errors);
    }

    /// <summary>Values of keys; a computed element may equal every key within its error, or none.</summary>
    public static Block LabelEncode(LabelEncodeExpr encode, Block argument)
    {
        Block keys = Block.Exact(encode.Keys.Data);
        Block values = Block.Exact(encode.Values.Data);
        Block fallback = Block.Exact(encode.DefaultValue.Data);
        ColumnBounds.Result result = new(encode.Type, argument.Count);
        Dictionary<object, int> positions = [];
        for (int k = keys.Count - 1; k >= 0; k--)
        {
            positions[Key(keys, k)] = k;
        }
        for (int i = 0; i < argument.Count; i++)
        {
            bool hit = positions.TryGetValue(Key(argument, i), out int at);
            result.Copy(hit ? values : fallback, hit ? at : 0, i, 1);
            if (argument.MayDiffer(i))
            {
                result.Widen(i, fallback, 0);
                for (int k = 0; k < keys.Count; k++)
                {
                    if (argument.Errors is null || !(Math.Abs(keys.Number(k) - argument.Number(i)) > argument.Errors[i]))
                    {
                        result.Widen(i, values, k);
                    }
                }
            }
        }
        return result.Block;
    }

    /// <summary>Rows of a table; an id that may be another one gives a row between those of all ids within its error.</summary>
    /// <exception cref="InferFException">An id lies outside of the table.</exception>
    public static Block Embedding(EmbeddingExpr embedding, Block ids)
    {
        (int count, int width) = (embedding.Table.Rows, embedding.Table.Columns);
        Block table = Block.Exact(embedding.Table.Data);
        ColumnBounds.Result result = new(embedding.Type, ids.Count * width);
        for (int i = 0; i < ids.Count; i++)
        {
            long id = ids.Integers[i];
            long row = id < 0 ? id + count : id;
            if (row < 0 || row >= count)
            {
                throw new InferFException(InferFErrorCode.InvalidData, $"An id is outside of the embedding's table. {embedding.Origin}: id {id}, {count} rows.");
            }
            result.Copy(table, (int)row * width, i * width, width);
            if (ids.MayDiffer(i))
            {
                double reach = ids.Errors![i];
                for (int other = 0; other < count; other++)
                {
                    if (!(Math.Abs(other - (double)row) > reach) || !(Math.Abs(other - count - (double)id) > reach))
                    {
                        for (int j = 0; j < width; j++)
                        {
                            result.Widen(i * width + j, table, other * width + j);
                        }
                    }
                }
            }
        }
        return result.Block;
    }

    /// <summary>The label of the best score; another one may be it where scores meet.</summary>
    public static Block SelectLabel(SelectLabelExpr select, Block scores, int rows)
    {
        int width = select.Arguments[0].Width;
        Block labels = Block.Exact(select.Labels.Data);
        ColumnBounds.Result result = new(select.Type, rows);
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<double> x = scores.Floats.AsSpan(row * width, width);
            ReadOnlySpan<double> e = scores.Errors.AsSpan(row * width, width);
            if (select.Threshold is { } threshold)
            {
                double limit = select.Arguments[0].Type == ElementType.Float32 ? (float)threshold : threshold;
                int side = x[0] > limit ? 1 : 0;
                result.Copy(labels, side, row, 1);
                if (e[0] != 0 && !(Math.Abs(x[0] - limit) > e[0]))
                {
                    result.Widen(row, labels, 1 - side);
                }
                continue;
            }
            int best = ReduceBounds.Best(x, largest: true, last: false);
            result.Copy(labels, best, row, 1);
            for (int j = 0; j < width; j++)
            {
                if (j != best && ReduceBounds.MayPrecede(x, e, best, j))
                {
                    result.Widen(row, labels, j);
                }
            }
        }
        return result.Block;
    }

    // NaN equals NaN and −0 equals 0: a boxed double's Equals agrees with the first and not with the second.
    private static object Key(Block block, int index) => block.Values switch
    {
        string[] texts => texts[index],
        long[] integers => integers[index],
        _ => block.Floats[index] == 0 ? 0.0 : block.Floats[index],
    };
}
