using System.Globalization;
using InferF.Plan.Model;

namespace InferF.Verification;

/// <summary>Compares two sets of scored rows: the same rows, and every element within its bound.</summary>
/// <remarks>Rules: |a − b| ≤ bound for finite numbers; NaN equals NaN only, an infinity equals the same infinity only, unless the bound itself
/// is not finite (a partial sum may overflow in one order and not in another); integers are equal unless a bound says that a rounding error upstream may have
/// decided otherwise, texts unless marked uncertain.</remarks>
internal sealed class ParityComparison(IReadOnlyList<ModelOutput> outputs)
{
    private string? _failure;
    private double _maxAbsError;
    private double _maxErrorOverBound;
    private double _maxErrorBound;

    /// <summary>Runs the comparison.</summary>
    /// <param name="actual">InferF's rows.</param>
    /// <param name="expected">The reference's rows, with bounds.</param>
    /// <param name="planner">For the report.</param>
    public ParityReport Run(ScoredRows actual, ScoredRows expected, string planner)
    {
        if (actual.Count != expected.Count)
        {
            _failure = $"The joins differ: {actual.Count} rows, expected {expected.Count}.";
        }
        else
        {
            foreach ((ScoredRows.Row a, ScoredRows.Row e) in actual.Sorted().Zip(expected.Sorted()))
            {
                if (!a.Keys.SequenceEqual(e.Keys))
                {
                    _failure ??= $"The joins differ: row ({Format(a.Keys)}), expected ({Format(e.Keys)}).";
                    break;
                }
                for (int output = 0; output < outputs.Count; output++)
                {
                    Compare(a, e, output);
                }
            }
        }
        return new ParityReport(_failure is null, actual.Count, _maxAbsError, _maxErrorOverBound, _maxErrorBound, planner, _failure);
    }

    private void Compare(ScoredRows.Row actual, ScoredRows.Row expected, int output)
    {
        int width = outputs[output].Expression.Width;
        (Array a, int startA) = actual.Output(output, width);
        (Array e, int startE) = expected.Output(output, width);
        for (int j = 0; j < width; j++)
        {
            bool agrees = (a, e) switch
            {
                (float[] x, float[] y) => Close(x[startA + j], y[startE + j], expected.Error(output, width, j)),
                (double[] x, double[] y) => Close(x[startA + j], y[startE + j], expected.Error(output, width, j)),
                (long[] x, long[] y) => x[startA + j] == y[startE + j] || Math.Abs((double)x[startA + j] - y[startE + j]) <= expected.Error(output, width, j),
                _ => Equals(a.GetValue(startA + j), e.GetValue(startE + j)) || expected.IsUncertain(output, width, j),
            };
            if (!agrees)
            {
                _failure ??= string.Create(CultureInfo.InvariantCulture,
                    $"Output '{outputs[output].Name}'[{j}] of row ({Format(actual.Keys)}): {a.GetValue(startA + j)}, expected {e.GetValue(startE + j)} ± {expected.Error(output, width, j):G3}.");
            }
        }
    }

    private bool Close(double a, double e, double bound)
    {
        if (!double.IsFinite(bound))
        {
            return true;
        }
        _maxErrorBound = Math.Max(_maxErrorBound, bound);
        if (!double.IsFinite(a) || !double.IsFinite(e))
        {
            return a.Equals(e);
        }
        double error = Math.Abs(a - e);
        if (error == 0)
        {
            return true;
        }
        _maxAbsError = Math.Max(_maxAbsError, error);
        _maxErrorOverBound = Math.Max(_maxErrorOverBound, bound == 0 ? double.PositiveInfinity : error / bound);
        return error <= bound;
    }

    private static string Format(ReadOnlySpan<long> keys) => string.Join(", ", keys.ToArray());
}
