using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Softmax and its relatives over segments, and division by a norm.</summary>
internal static class SoftmaxBounds
{
    /// <summary>Softmax, LogSoftmax or Hardmax over segments.</summary>
    public static Block Evaluate(SoftmaxExpr softmax, Block argument)
    {
        if (softmax.Function == SoftmaxFunction.Softmax)
        {
            return Probabilities(argument, softmax.Length, skipZeros: false);
        }
        Rounding rounding = new(softmax.Type);
        double[] y = new double[argument.Count];
        double[] f = new double[y.Length];
        for (int from = 0; from < y.Length; from += softmax.Length)
        {
            ReadOnlySpan<double> x = argument.Floats.AsSpan(from, softmax.Length);
            ReadOnlySpan<double> e = argument.Errors.AsSpan(from, softmax.Length);
            if (softmax.Function == SoftmaxFunction.Hardmax)
            {
                int best = ReduceBounds.Best(x, largest: true, last: false);
                y[from + best] = 1;
                for (int j = 0; j < x.Length; j++)
                {
                    bool open = j != best && ReduceBounds.MayPrecede(x, e, best, j);
                    (f[from + best], f[from + j]) = open ? (1, 1) : (f[from + best], f[from + j]);
                }
                continue;
            }
            double max = Max(x);
            double log = Math.Log(Exponentials(x, max));
            double worst = Max(e);
            for (int j = 0; j < x.Length; j++)
            {
                y[from + j] = x[j] - max - log;
                // log Σ eˣ has slopes that add up to 1, so it is off by at most the largest error; two subtractions and a sum of `length` terms round.
                f[from + j] = e[j] + worst + rounding.Sum(2) * (Math.Abs(x[j]) + Math.Abs(max) + log) + rounding.Function + rounding.Sum(softmax.Length);
            }
        }
        return Block.Rounded(softmax.Type, y, f);
    }

    /// <summary>ai.onnx.ml SOFTMAX_ZERO: magnitudes up to 1e-7 are left out of the sum and stay proportional to themselves.</summary>
    public static Block SkippingZeros(Block argument, int width) => Probabilities(argument, width, skipZeros: true);

    /// <summary>Rows divided by their norm.</summary>
    public static Block Normalize(NormalizeExpr normalize, Block argument)
    {
        int width = normalize.Width;
        double unit = (4.0 + 2 * width) * new Rounding(normalize.Type).Unit;
        double[] y = new double[argument.Count];
        double[] f = new double[y.Length];
        for (int from = 0; from < y.Length; from += width)
        {
            ReadOnlySpan<double> x = argument.Floats.AsSpan(from, width);
            ReadOnlySpan<double> e = argument.Errors.AsSpan(from, width);
            (double length, double error) = (0, 0);
            foreach (double v in x)
            {
                length += normalize.Norm == Norm.L1 ? Math.Abs(v) : v * v;
            }
            foreach (double v in e)
            {
                error += v;
            }
            length = normalize.Norm switch
            {
                Norm.Max => Max(x),
                Norm.L1 => length,
                _ => Math.Sqrt(length),
            };
            bool undecided = error > 0 && !(Math.Abs(length) > error);
            for (int j = 0; j < width; j++)
            {
                double value = length == 0 ? x[j] : x[j] / length;
                y[from + j] = value;
                // A norm that may be zero leaves the row alone in one evaluation and not in another.
                f[from + j] = undecided ? double.PositiveInfinity
                    : length == 0 ? 0
                    : (e[j] + Math.Abs(value) * error) / (Math.Abs(length) - error) + unit * Math.Abs(value);
            }
        }
        return Block.Rounded(normalize.Type, y, f);
    }

    private static Block Probabilities(Block argument, int length, bool skipZeros)
    {
        const double Threshold = 1e-7f;
        Rounding rounding = new(argument.Type);
        double function = rounding.Function + 2 * length * rounding.Unit;
        double[] y = new double[argument.Count];
        double[] f = new double[y.Length];
        for (int from = 0; from < y.Length; from += length)
        {
            ReadOnlySpan<double> x = argument.Floats.AsSpan(from, length);
            ReadOnlySpan<double> e = argument.Errors.AsSpan(from, length);
            double max = Max(x);
            double worst = Max(e);
            double sum = 0;
            bool uncertain = false;
            for (int j = 0; j < length; j++)
            {
                bool isZero = skipZeros && Math.Abs(x[j]) <= Threshold;
                uncertain |= skipZeros && Math.Abs(Math.Abs(x[j]) - Threshold) <= e[j];
                double value = isZero ? x[j] * Math.Exp(-max) : Math.Exp(x[j] - max);
                y[from + j] = value;
                sum += isZero ? 0 : value;
            }
            for (int j = 0; j < length; j++)
            {
                double p = y[from + j] / sum;
                y[from + j] = p;
                // ∂pᵢ/∂xⱼ = pᵢ(δᵢⱼ − pⱼ), so |Δpᵢ| ≤ 2·pᵢ·max|Δx| to first order; eᵗ − 1 keeps it valid for large errors. What is left out
                // of the sum is no probability and may be large: its rounding is relative to itself, and its error that of a product.
                bool isZero = skipZeros && Math.Abs(x[j]) <= Threshold;
                double carried = worst == 0 ? 0 : Math.Abs(p) * double.ExpM1(2 * worst);
                f[from + j] = uncertain ? double.PositiveInfinity
                    : isZero ? carried + e[j] * Math.Exp(-max) / sum + function * (1 + Math.Abs(p))
                    : Math.Min(1, carried) + function;
            }
        }
        return Block.Rounded(argument.Type, y, f);
    }

    private static double Exponentials(ReadOnlySpan<double> x, double max)
    {
        double sum = 0;
        foreach (double v in x)
        {
            sum += Math.Exp(v - max);
        }
        return sum;
    }

    private static double Max(ReadOnlySpan<double> x)
    {
        double max = double.NegativeInfinity;
        foreach (double v in x)
        {
            max = Math.Max(max, v);
        }
        return max;
    }
}
