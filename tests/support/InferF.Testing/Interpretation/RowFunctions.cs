using System.Numerics;
using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>Functions of a whole row or of segments of it.</summary>
internal static class RowFunctions
{
    /// <summary>A member of the softmax family over one segment.</summary>
    public static double[] Softmax(SoftmaxFunction function, double[] x)
    {
        double max = x.Max();
        if (function == SoftmaxFunction.Hardmax)
        {
            int first = Array.IndexOf(x, max);
            return [.. x.Select((_, i) => i == first ? 1.0 : 0)];
        }
        double[] e = Array.ConvertAll(x, v => Math.Exp(v - max));
        double sum = e.Sum();
        return function == SoftmaxFunction.Softmax ? Array.ConvertAll(e, v => v / sum) : Array.ConvertAll(x, v => v - max - Math.Log(sum));
    }

    /// <summary>ai.onnx.ml's SOFTMAX_ZERO: elements within 1e-7 of zero stay proportional to themselves instead of becoming e^0 = 1.</summary>
    public static double[] SoftmaxZero(double[] row)
    {
        double max = row.Max();
        double[] e = Array.ConvertAll(row, v => Math.Abs(v) > 1e-7 ? Math.Exp(v - max) : v * Math.Exp(-max));
        double sum = e.Where((_, i) => Math.Abs(row[i]) > 1e-7).Sum();
        return Array.ConvertAll(e, v => v / sum);
    }

    /// <summary>A row divided by its norm; a norm of zero leaves it alone.</summary>
    public static double[] Normalize(Norm norm, double[] row)
    {
        double length = norm switch
        {
            Norm.Max => row.Max(),
            Norm.L1 => row.Sum(Math.Abs),
            _ => Math.Sqrt(row.Sum(v => v * v)),
        };
        return length == 0 ? row : Array.ConvertAll(row, v => v / length);
    }

    /// <summary>Reductions of [outer, length, inner] to [outer, inner].</summary>
    public static Array Reduce(ReduceExpr reduce, Array argument)
    {
        if (ReduceExpr.IsPosition(reduce.Function))
        {
            return argument is long[] positions
                ? Segments(reduce, positions).Select(s => Position(reduce, s)).ToArray()
                : Segments(reduce, TensorExprInterpreter.Doubles(argument)).Select(s => Position(reduce, s)).ToArray();
        }
        return argument is long[] integers
            ? Segments(reduce, integers).Select(s => Fold(reduce.Function, s)).ToArray()
            : TensorExprInterpreter.Round(reduce.Type, [.. Segments(reduce, TensorExprInterpreter.Doubles(argument)).Select(s => Fold(reduce.Function, s))]);
    }

    /// <summary>The largest or smallest elements of each segment, or their positions.</summary>
    public static Array TopK(TopKExpr topK, Array argument)
    {
        Comparison<int> byValue = argument switch
        {
            long[] integers when topK.IsUnsigned => (a, b) => ((ulong)integers[a]).CompareTo((ulong)integers[b]),
            long[] integers => (a, b) => integers[a].CompareTo(integers[b]),
            float[] singles => (a, b) => singles[a].CompareTo(singles[b]),
            _ => (a, b) => ((double[])argument)[a].CompareTo(((double[])argument)[b]),
        };
        Comparer<int> order = Comparer<int>.Create(topK.Largest ? (a, b) => byValue(b, a) : byValue);
        // Enumerable.Order is stable, so of equal elements the first comes first.
        int[] chosen = [.. Enumerable.Range(0, argument.Length).Chunk(topK.Length).SelectMany(segment => segment.Order(order).Take(topK.Count))];
        if (topK.Positions)
        {
            return Array.ConvertAll(chosen, i => (long)(i % topK.Length));
        }
        Array result = Array.CreateInstanceFromArrayType(argument.GetType(), chosen.Length);
        for (int i = 0; i < chosen.Length; i++)
        {
            Array.Copy(argument, chosen[i], result, i, 1);
        }
        return result;
    }

    /// <summary>[batch, rows, inner] times [batch, inner, columns].</summary>
    public static double[] MatrixProduct(MatrixProductExpr product, double[] left, double[] right, int rows)
    {
        double[] result = new double[rows * product.Width];
        int at = 0;
        for (int matrix = 0; matrix < rows * product.Batch; matrix++)
        {
            for (int i = 0; i < product.Rows; i++)
            {
                for (int j = 0; j < product.Columns; j++, at++)
                {
                    for (int k = 0; k < product.Inner; k++)
                    {
                        result[at] += left[(((matrix * product.Rows) + i) * product.Inner) + k] * right[(((matrix * product.Inner) + k) * product.Columns) + j];
                    }
                }
            }
        }
        return result;
    }

    /// <summary>Distances to constant points.</summary>
    public static double[] Distance(DistanceExpr distance, double[] x, int rows)
    {
        double[] points = TensorExprInterpreter.Doubles(distance.Points.Data);
        int width = distance.Arguments[0].Width;
        double[] result = new double[rows * distance.Width];
        for (int i = 0; i < result.Length; i++)
        {
            (int row, int point) = Math.DivRem(i, distance.Width);
            for (int j = 0; j < width; j++)
            {
                double difference = x[(row * width) + j] - points[(point * distance.Points.Columns) + distance.FirstColumn + j];
                result[i] += distance.Metric == DistanceMetric.Manhattan ? Math.Abs(difference) : difference * difference;
            }
        }
        return result;
    }

    private static IEnumerable<T[]> Segments<T>(ReduceExpr reduce, T[] x)
    {
        for (int outer = 0; outer < x.Length; outer += reduce.Length * reduce.Inner)
        {
            for (int inner = 0; inner < reduce.Inner; inner++)
            {
                yield return [.. Enumerable.Range(0, reduce.Length).Select(i => x[outer + (i * reduce.Inner) + inner])];
            }
        }
    }

    private static double Fold(ReduceFunction function, double[] x) => function switch
    {
        ReduceFunction.Sum => x.Sum(),
        ReduceFunction.Mean => x.Sum() / x.Length,
        ReduceFunction.Max => x.Aggregate(Math.Max),
        ReduceFunction.Min => x.Aggregate(Math.Min),
        ReduceFunction.Product => x.Aggregate((a, b) => a * b),
        ReduceFunction.SumOfSquares => x.Sum(v => v * v),
        ReduceFunction.L1 => x.Sum(Math.Abs),
        ReduceFunction.L2 => Math.Sqrt(x.Sum(v => v * v)),
        ReduceFunction.LogSum => Math.Log(x.Sum()),
        ReduceFunction.LogSumExp => LogSumExp(x),
        _ => throw new NotSupportedException($"{function}"),
    };

    private static double LogSumExp(double[] x)
    {
        double max = x.Aggregate(Math.Max);
        return double.IsInfinity(max) ? max : max + Math.Log(x.Sum(v => Math.Exp(v - max)));
    }

    private static long Fold(ReduceFunction function, long[] x) => unchecked(function switch
    {
        ReduceFunction.Sum => x.Aggregate((a, b) => a + b),
        ReduceFunction.Mean => x.Aggregate((a, b) => a + b) / x.Length,
        ReduceFunction.Max => x.Max(),
        ReduceFunction.Min => x.Min(),
        ReduceFunction.Product => x.Aggregate((a, b) => a * b),
        ReduceFunction.SumOfSquares => x.Aggregate(0L, (a, b) => a + (b * b)),
        ReduceFunction.L1 => x.Aggregate(0L, (a, b) => a + (b < 0 ? -b : b)),
        _ => throw new NotSupportedException($"{function} of integers"),
    });

    private static long Position<T>(ReduceExpr reduce, T[] x)
        where T : INumber<T>
    {
        int best = 0;
        for (int i = 1; i < x.Length; i++)
        {
            bool better = reduce.Function == ReduceFunction.ArgMax ? x[i] > x[best] : x[i] < x[best];
            best = better || (reduce.SelectLast && x[i] == x[best]) ? i : best;
        }
        return best;
    }
}
