namespace InferF.Plan.Physical;

/// <summary>A number and where it comes from.</summary>
/// <param name="Value">The number.</param>
/// <param name="Source">One of <see cref="StatisticSource"/>.</param>
public readonly record struct Statistic(double Value, string Source);

/// <summary>Where numbers of a plan come from, as EXPLAIN spells it.</summary>
public static class StatisticSource
{
    /// <summary>Metadata, a length or a count.</summary>
    public const string Exact = "exact";

    /// <summary>Counted by the engine after the build phase.</summary>
    public const string Observed = "observed";

    /// <summary>The user said so.</summary>
    public const string Hint = "hint";

    /// <summary>HyperLogLog over all rows.</summary>
    public const string Sketch = "sketch";

    /// <summary>Some rows, scaled up.</summary>
    public const string Sample = "sample";

    /// <summary>A formula over other numbers.</summary>
    public const string Estimate = "estimate";

    /// <summary>Nothing is known.</summary>
    public const string Default = "default";

    private static readonly string[] s_byTrust = [Default, Estimate, Sample, Sketch, Hint, Observed, Exact];

    /// <summary>The one of two sources that is trusted less: that of a number computed from both.</summary>
    public static string Weaker(string left, string right) =>
        Array.IndexOf(s_byTrust, left) <= Array.IndexOf(s_byTrust, right) ? left : right;
}
