using System.Globalization;
using InferF.Verification;

namespace InferF.Fuzz.Tests;

/// <summary>Checks a result that a condition on the prediction or ORDER BY and LIMIT cut: the right rows, up to those whose prediction lies within its
/// bound of the border.</summary>
internal static class SelectionCheck
{
    public static void Run(FuzzCase test, ScoredRows actual, ScoredRows expected)
    {
        Dictionary<string, (double Value, double Bound)> all = [];
        foreach (ScoredRows.Row row in expected.Sorted())
        {
            // A key that joins twice gives the same prediction twice.
            all[Key(row)] = (Value(row), row.Error(0, 1, 0));
        }
        HashSet<string> seen = [];
        foreach (ScoredRows.Row row in actual.Sorted())
        {
            Assert.True(all.TryGetValue(Key(row), out (double Value, double Bound) reference), $"The join has no row ({Key(row)}).");
            Assert.True(Agree(Value(row), reference.Value, reference.Bound), $"Row ({Key(row)}): {Value(row)}, expected {reference.Value} ± {reference.Bound}.");
            seen.Add(Key(row));
        }
        if (test.Above is { } border)
        {
            foreach ((string key, (double value, double bound)) in all)
            {
                // DuckDB's order, which InferF's conditions follow, puts NaN above every number.
                bool sure = double.IsFinite(bound) && !(Math.Abs(value - border) <= bound);
                bool above = value > border || double.IsNaN(value);
                Assert.True(!sure || seen.Contains(key) == above, $"Row ({key}): {value} ± {bound} was {(above ? "left out" : "returned")} by > {border}.");
            }
            return;
        }
        int limit = test.Limit!.Value;
        Assert.Equal(Math.Min(limit, expected.Count), actual.Count);
        if (actual.Count == 0 || all.Values.Any(v => !double.IsFinite(v.Bound) || !double.IsFinite(v.Value)))
        {
            return;
        }
        double lowest = actual.Sorted().Min(Value);
        foreach ((string key, (double value, double bound)) in all)
        {
            Assert.True(seen.Contains(key) || value - bound <= lowest, $"Row ({key}): {value} ± {bound} is above the lowest returned, {lowest}, but is missing.");
        }
    }

    private static bool Agree(double actual, double expected, double bound) => actual.Equals(expected) || !double.IsFinite(bound) || Math.Abs(actual - expected) <= bound;

    private static double Value(ScoredRows.Row row)
    {
        (Array elements, int start) = row.Output(0, 1);
        return Convert.ToDouble(elements.GetValue(start), CultureInfo.InvariantCulture);
    }

    private static string Key(ScoredRows.Row row) => string.Join(",", row.Keys.ToArray());
}
