using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>Functions from and to categories, labels and ids.</summary>
internal static class Categories
{
    /// <summary>One element per category, 1 where equal.</summary>
    public static float[] OneHot(OneHotExpr oneHot, Array argument)
    {
        int count = oneHot.Categories.Columns;
        float[] result = new float[argument.Length * count];
        for (int i = 0; i < argument.Length; i++)
        {
            int category = argument is string[] texts
                ? oneHot.Categories.Strings.IndexOf(texts[i])
                : oneHot.Categories.Int64.IndexOf(argument is long[] integers ? integers[i] : (long)TensorExprInterpreter.Doubles(argument)[i]);
            if (category >= 0)
            {
                result[(i * count) + category] = 1;
            }
            else if (oneHot.UnknownIsError)
            {
                throw new InvalidOperationException($"{oneHot.Origin}: unknown category.");
            }
        }
        return result;
    }

    /// <summary>The value of the first equal key; NaN equals NaN, and −0 equals 0.</summary>
    public static Array LabelEncode(LabelEncodeExpr encode, Array argument)
    {
        Array result = Array.CreateInstanceFromArrayType(encode.Values.Data.GetType(), argument.Length);
        for (int i = 0; i < argument.Length; i++)
        {
            int key = argument switch
            {
                string[] texts => Array.IndexOf((string[])encode.Keys.Data, texts[i]),
                long[] integers => Array.IndexOf((long[])encode.Keys.Data, integers[i]),
                float[] singles => Array.FindIndex((float[])encode.Keys.Data, k => k.Equals(singles[i]) || k == singles[i]),
                _ => Array.FindIndex((double[])encode.Keys.Data, k => k.Equals(((double[])argument)[i]) || k == ((double[])argument)[i]),
            };
            Array.Copy(key < 0 ? encode.DefaultValue.Data : encode.Values.Data, Math.Max(key, 0), result, i, 1);
        }
        return result;
    }

    /// <summary>The table's row of each id.</summary>
    public static Array Embedding(EmbeddingExpr embedding, long[] ids)
    {
        (int count, int width) = (embedding.Table.Rows, embedding.Table.Columns);
        Array result = Array.CreateInstanceFromArrayType(embedding.Table.Data.GetType(), ids.Length * width);
        for (int i = 0; i < ids.Length; i++)
        {
            long row = ids[i] < 0 ? ids[i] + count : ids[i];
            if (row < 0 || row >= count)
            {
                throw new InvalidOperationException($"{embedding.Origin}: no row {ids[i]} in a table of {count}.");
            }
            Array.Copy(embedding.Table.Data, row * width, result, (long)i * width, width);
        }
        return result;
    }

    /// <summary>The label of the largest score, or of a single score above or below the threshold.</summary>
    public static Array SelectLabel(SelectLabelExpr select, double[] scores, int rows)
    {
        Array result = Array.CreateInstanceFromArrayType(select.Labels.Data.GetType(), rows);
        int width = select.Arguments[0].Width;
        for (int row = 0; row < rows; row++)
        {
            double[] values = scores[(row * width)..((row + 1) * width)];
            int label = select.Threshold is { } threshold ? (values[0] > threshold ? 1 : 0) : Array.IndexOf(values, values.Max());
            Array.Copy(select.Labels.Data, label, result, row, 1);
        }
        return result;
    }
}
