using InferF.Plan.Model;

namespace InferF.Optimizer.Tests.Support;

/// <content>Operators that move, fold and compare the elements of a row.</content>
public static partial class RowMath
{
    public static object[] SelectColumns(object[] x, ConstantTensor indices) => [.. indices.Int64.ToArray().Select(index => x[index])];

    public static object[] Where(object[] condition, object[] left, object[] right)
    {
        int width = Math.Max(condition.Length, Math.Max(left.Length, right.Length));
        return [.. Enumerable.Range(0, width).Select(i => (long)At(condition, i) != 0 ? At(left, i) : At(right, i))];
    }

    public static object[] Reduce(ReduceFunction function, object[] x, int length, int inner)
    {
        object[] result = new object[x.Length / length];
        for (int r = 0; r < result.Length; r++)
        {
            int first = (r / inner * length * inner) + (r % inner);
            double[] segment = [.. Enumerable.Range(0, length).Select(i => (double)x[first + (i * inner)])];
            result[r] = function switch
            {
                ReduceFunction.Sum => segment.Sum(),
                ReduceFunction.Mean => segment.Average(),
                ReduceFunction.Max => segment.Aggregate(Math.Max),
                ReduceFunction.SumOfSquares => segment.Sum(v => v * v),
                ReduceFunction.L1 => segment.Sum(Math.Abs),
                _ => throw new NotSupportedException(function.ToString()),
            };
        }
        return result;
    }

    public static object[] TopK(object[] x, int length, int count, bool largest) =>
    [
        .. x.Chunk(length).SelectMany(segment => (largest ? segment.OrderByDescending(Key) : segment.OrderBy(Key)).Take(count)),
    ];

    public static object[] MatrixProduct(object[] left, object[] right, int batch, int rows, int inner, int columns)
    {
        object[] result = new object[batch * rows * columns];
        for (int i = 0; i < result.Length; i++)
        {
            (int b, int r, int c) = (i / columns / rows, i / columns % rows, i % columns);
            result[i] = Enumerable.Range(0, inner).Sum(k => (double)left[(((b * rows) + r) * inner) + k] * (double)right[(((b * inner) + k) * columns) + c]);
        }
        return result;
    }

    public static object[] Distance(DistanceMetric metric, object[] x, ConstantTensor points, int firstColumn) =>
    [
        .. Enumerable.Range(0, points.Rows).Select(point => (object)x.Select((v, j) =>
        {
            double difference = (double)v - (double)Element(points, point, firstColumn + j);
            return metric == DistanceMetric.Manhattan ? Math.Abs(difference) : difference * difference;
        }).Sum()),
    ];

    public static object[] LabelEncode(object[] x, ConstantTensor keys, ConstantTensor values, ConstantTensor defaultValue) =>
    [
        .. x.Select(v =>
        {
            int key = Enumerable.Range(0, keys.Columns).FirstOrDefault(k => Element(keys, 0, k).Equals(v), -1);
            return key < 0 ? Element(defaultValue, 0, 0) : Element(values, 0, key);
        }),
    ];

    public static object[] Embedding(object[] ids, ConstantTensor table) =>
    [
        .. ids.SelectMany(id => Enumerable.Range(0, table.Columns).Select(j => Element(table, (int)((long)id < 0 ? (long)id + table.Rows : (long)id), j))),
    ];

    // NaN first, as the largest.
    private static double Key(object value) => double.IsNaN((double)value) ? double.PositiveInfinity : (double)value;

    private static object At(object[] row, int index) => row[row.Length == 1 ? 0 : index];
}
