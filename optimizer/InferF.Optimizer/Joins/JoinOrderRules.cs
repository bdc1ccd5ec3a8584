namespace InferF.Optimizer.Joins;

/// <summary>What join orders are allowed and preferred, whoever searches them.</summary>
internal static class JoinOrderRules
{
    /// <summary>A build side may hold at most this many times the rows of its own largest table; beyond, its tables are probed one by one.</summary>
    public const double ExplosionLimit = 4;

    /// <summary>
    /// Everything that is not streamed is held in memory, so the largest table streams unless the best order with another one takes less than this part of the
    /// time: estimates are seldom better than that, and memory is then spent for nothing.
    /// </summary>
    public const double ClearlyCheaper = 0.75;

    // Sums of the same terms in another order differ by roundings; such costs are equal.
    private const double Rounding = 1e-12;

    /// <summary>True if the rows of a set may be hashed.</summary>
    public static bool MayBeHashed(double rows, double largestTable, int tables) => tables == 1 || rows <= ExplosionLimit * Math.Max(1, largestTable);

    /// <summary>True if one cost is lower than another by more than rounding.</summary>
    public static bool IsLower(double seconds, double than) => seconds < than - (Rounding * than);

    /// <summary>True if an order is better: cheaper, or equally cheap with more nested into build sides, or, to be deterministic, with the earlier tables streamed.</summary>
    public static bool IsBetter(double seconds, int spineJoins, ulong probe, double thanSeconds, int thanSpineJoins, ulong thanProbe) =>
        IsLower(seconds, thanSeconds)
        || (!IsLower(thanSeconds, seconds) && (spineJoins < thanSpineJoins || (spineJoins == thanSpineJoins && probe < thanProbe)));

    /// <summary>The order to take of the best one that streams the largest table and the best one of all.</summary>
    public static T Prefer<T>(T largestStreams, double largestSeconds, T anyStreams, double anySeconds) =>
        anySeconds < ClearlyCheaper * largestSeconds ? anyStreams : largestStreams;
}
