using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Reductions of segments to one element or to their largest ones.</summary>
internal static class ReduceBounds
{
    /// <summary>Reduces [outer, length, inner] to [outer, inner].</summary>
    public static Block Evaluate(ReduceExpr reduce, Block argument)
    {
        int count = argument.Count / reduce.Length;
        bool isInteger = reduce.Type == ElementType.Int64;
        double[] y = new double[isInteger ? 0 : count];
        long[] whole = new long[isInteger ? count : 0];
        double[] f = new double[count];
        double[] x = new double[reduce.Length];
        long[] integers = new long[reduce.Length];
        double[] e = new double[reduce.Length];
        Rounding rounding = new(argument.Type);
        for (int i = 0; i < count; i++)
        {
            (int outer, int inner) = Math.DivRem(i, reduce.Inner);
            for (int j = 0; j < reduce.Length; j++)
            {
                int at = (outer * reduce.Length + j) * reduce.Inner + inner;
                x[j] = argument.Number(at);
                e[j] = argument.Errors![at];
                integers[j] = argument.Values is long[] values ? values[at] : 0;
            }
            if (ReduceExpr.IsPosition(reduce.Function))
            {
                (whole[i], f[i]) = argument.Values is long[]
                    ? IntegerPosition(reduce, integers, x, e)
                    : Position(x, e, reduce.Function == ReduceFunction.ArgMax, reduce.SelectLast);
            }
            else if (isInteger)
            {
                whole[i] = Fold(reduce.Function, integers);
                double carried = FloatFold(reduce.Function, x, e, rounding).Carried;
                f[i] = carried == 0 ? 0 : reduce.Function == ReduceFunction.Mean ? carried + 1 : carried;
            }
            else
            {
                (y[i], double carried, double own) = FloatFold(reduce.Function, x, e, rounding);
                f[i] = double.IsNaN(carried) ? double.PositiveInfinity : carried + own;
            }
        }
        return isInteger ? new Block(ElementType.Int64, whole, f) : Block.Rounded(reduce.Type, y, f);
    }

    /// <summary>The largest or smallest elements. An order statistic moves by at most the largest error of the segment.</summary>
    public static Block TopK(TopKExpr topK, Block argument)
    {
        int segments = argument.Count / topK.Length;
        ColumnBounds.Result result = new(topK.Type, segments * topK.Count);
        int[] order = new int[topK.Length];
        for (int segment = 0; segment < segments; segment++)
        {
            int from = segment * topK.Length;
            for (int j = 0; j < order.Length; j++)
            {
                order[j] = j;
            }
            int[] sorted = [.. order.Order(Comparer<int>.Create((a, b) => (topK.Largest ? -1 : 1) * Compare(topK, argument, from + a, from + b)))];
            double worst = 0;
            for (int j = 0; j < topK.Length; j++)
            {
                worst = Math.Max(worst, argument.Errors![from + j]);
            }
            for (int rank = 0; rank < topK.Count; rank++)
            {
                int chosen = from + sorted[rank];
                double error = worst;
                if (topK.Positions)
                {
                    error = worst == 0 ? 0 : Farthest(argument, from, topK.Length, chosen, worst);
                }
                Block element = topK.Positions
                    ? new Block(ElementType.Int64, new long[] { sorted[rank] }, [error])
                    : new Block(topK.Type, argument.Values is long[] integers ? new[] { integers[chosen] } : new[] { argument.Floats[chosen] }, [error]);
                result.Copy(element, 0, segment * topK.Count + rank, 1);
            }
        }
        return result.Block;
    }

    /// <summary>Position of the largest or smallest element.</summary>
    public static int Best(ReadOnlySpan<double> x, bool largest, bool last)
    {
        int best = 0;
        for (int j = 1; j < x.Length; j++)
        {
            bool better = largest ? x[j] > x[best] : x[j] < x[best];
            best = better || (last && x[j] == x[best]) ? j : best;
        }
        return best;
    }

    /// <summary>True if another element may be the best one too, within the errors.</summary>
    public static bool MayPrecede(ReadOnlySpan<double> x, ReadOnlySpan<double> e, int best, int other) =>
        !(e[best] == 0 && e[other] == 0) && !(Math.Abs(x[best] - x[other]) > e[best] + e[other]);

    private static (long Value, double Error) Position(double[] x, double[] e, bool largest, bool last)
    {
        int best = Best(x, largest, last);
        int farthest = 0;
        for (int j = 0; j < x.Length; j++)
        {
            if (j != best && MayPrecede(x, e, best, j))
            {
                farthest = Math.Max(farthest, Math.Abs(j - best));
            }
        }
        return (best, farthest);
    }

    private static (long Value, double Error) IntegerPosition(ReduceExpr reduce, long[] integers, double[] x, double[] e)
    {
        int best = 0;
        for (int j = 1; j < integers.Length; j++)
        {
            bool better = reduce.Function == ReduceFunction.ArgMax ? integers[j] > integers[best] : integers[j] < integers[best];
            best = better || (reduce.SelectLast && integers[j] == integers[best]) ? j : best;
        }
        return (best, Position(x, e, reduce.Function == ReduceFunction.ArgMax, reduce.SelectLast).Error);
    }

    private static double Farthest(Block argument, int from, int length, int chosen, double worst)
    {
        double farthest = 0;
        for (int at = from; at < from + length; at++)
        {
            if (!(Math.Abs(argument.Number(at) - argument.Number(chosen)) > argument.Errors![at] + worst))
            {
                farthest = Math.Max(farthest, Math.Abs(at - chosen));
            }
        }
        return farthest;
    }

    private static int Compare(TopKExpr topK, Block argument, int a, int b) => argument.Values switch
    {
        long[] integers when topK.IsUnsigned => ((ulong)integers[a]).CompareTo((ulong)integers[b]),
        long[] integers => integers[a].CompareTo(integers[b]),
        _ => argument.Floats[a].CompareTo(argument.Floats[b]),
    };

    // The value, the error carried from the elements, and the rounding of the function itself.
    private static (double Value, double Carried, double Own) FloatFold(ReduceFunction function, double[] x, double[] e, Rounding rounding)
    {
        double order = rounding.Sum(x.Length);
        double sum = x.Sum();
        double errors = e.Sum();
        double magnitude = x.Sum(Math.Abs);
        double squares = x.Sum(v => v * v);
        double squareErrors = 0;
        double productReach = 1;
        for (int j = 0; j < x.Length; j++)
        {
            squareErrors += e[j] == 0 ? 0 : (2 * Math.Abs(x[j]) + e[j]) * e[j];
            productReach *= Math.Abs(x[j]) + e[j];
        }
        double worst = e.Max();
        switch (function)
        {
            case ReduceFunction.Sum:
                return (sum, errors, rounding.UnlessOverflow(order * magnitude, magnitude));
            case ReduceFunction.Mean:
                return (sum / x.Length, errors / x.Length, rounding.UnlessOverflow((order + 2 * rounding.Unit) * magnitude / x.Length, magnitude));
            case ReduceFunction.Max:
                return (x.Aggregate(Math.Max), worst, 0);
            case ReduceFunction.Min:
                return (x.Aggregate(Math.Min), worst, 0);
            case ReduceFunction.Product:
                double product = x.Aggregate(1.0, (a, b) => a * b);
                return (product, errors == 0 ? 0 : productReach - Math.Abs(product), rounding.UnlessOverflow(order * Math.Abs(product), Math.Abs(product)));
            case ReduceFunction.SumOfSquares:
                return (squares, squareErrors, rounding.UnlessOverflow(rounding.Sum(x.Length + 1) * squares, squares));
            case ReduceFunction.L1:
                return (magnitude, errors, rounding.UnlessOverflow(order * magnitude, magnitude));
            case ReduceFunction.L2:
                double length = Math.Sqrt(squares);
                // | ‖x'‖ − ‖x‖ | ≤ ‖x' − x‖.
                return (length, worst == 0 ? 0 : Math.Sqrt(e.Sum(v => v * v)), rounding.UnlessOverflow(rounding.Sum(x.Length + 2) * length, squares));
            case ReduceFunction.LogSum:
                double reach = errors + order * magnitude;
                double log = Math.Log(sum);
                double low = sum - reach > 0 ? log - Math.Log(sum - reach) : double.PositiveInfinity;
                return (log, double.IsFinite(log) ? Math.Max(low, Math.Log(sum + reach) - log) : reach == 0 ? 0 : double.PositiveInfinity, rounding.Function * (1 + Math.Abs(log)));
            default:
                double max = x.Aggregate(Math.Max);
                double value = double.IsInfinity(max) ? max : max + Math.Log(x.Sum(v => Math.Exp(v - max)));
                return (value, worst, double.IsFinite(value) ? rounding.Function * (1 + Math.Abs(value) + Math.Abs(max)) + order : 0);
        }
    }

    private static long Fold(ReduceFunction function, long[] x) => unchecked(function switch
    {
        ReduceFunction.Sum => x.Aggregate((a, b) => a + b),
        ReduceFunction.Mean => x.Aggregate((a, b) => a + b) / x.Length,
        ReduceFunction.Max => x.Max(),
        ReduceFunction.Min => x.Min(),
        ReduceFunction.Product => x.Aggregate((a, b) => a * b),
        ReduceFunction.SumOfSquares => x.Aggregate(0L, (a, b) => a + b * b),
        ReduceFunction.L1 => x.Aggregate(0L, (a, b) => a + (b < 0 ? -b : b)),
        _ => throw new InferFException(InferFErrorCode.Internal, $"The verification has no rule for a reduction of integers. Function {function}."),
    });
}
