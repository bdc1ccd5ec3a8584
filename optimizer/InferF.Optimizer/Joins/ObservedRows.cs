using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>What was counted at a node of a join tree; what was not is null.</summary>
/// <param name="Rows">Rows it yields, all of them counted.</param>
/// <param name="ReferencedRows">Of a join: rows of its build side that at least one probe row joins, all of them counted.</param>
/// <param name="FanOut">Rows that came out per row that went in at the probe side (or into a filter), from a part of the rows.</param>
internal readonly record struct ObservedNode(double? Rows, double? ReferencedRows, double? FanOut);

/// <summary>Replaces estimates of a join tree by what was observed, and estimates again what depends on it.</summary>
internal static class ObservedRows
{
    /// <summary>
    /// The same tree, node by node, with other numbers. A node with a count gets it. A node without one gets its observed fan-out times its new input, or else its
    /// old estimate times what its inputs have grown: |A'|·|B'| / (|A|·|B|), which keeps the selectivity of its keys.
    /// </summary>
    /// <param name="tree">The tree.</param>
    /// <param name="observed">Observations by node as <see cref="RelationalPlan"/> numbers them; null if there is none.</param>
    public static JoinTree WithObservedRows(JoinTree tree, Func<int, ObservedNode?> observed)
    {
        int next = 0;
        return Rewrite(tree, observed, ref next);
    }

    private static JoinTree Rewrite(JoinTree tree, Func<int, ObservedNode?> observed, ref int next)
    {
        switch (tree)
        {
            case HashJoinTree join:
                JoinTree probe = Rewrite(join.Probe, observed, ref next);
                JoinTree build = Rewrite(join.Build, observed, ref next);
                return Rewrite(join, probe, build, observed(next++) ?? default);
            case FilterTree filter:
                JoinTree input = Rewrite(filter.Input, observed, ref next);
                ObservedNode ofFilter = observed(next++) ?? default;
                (double kept, string keptSource) = Rows(ofFilter, input.Rows, filter.Rows * Ratio(input.Rows, filter.Input.Rows), IsSame(input, filter.Input), filter.RowsSource);
                return filter with { Input = input, Rows = Math.Min(kept, ofFilter.Rows is null ? input.Rows : kept), RowsSource = keptSource };
            default:
                ObservedNode ofScan = observed(next++) ?? default;
                return ofScan.Rows is double rows ? tree with { Rows = Finite(rows), RowsSource = StatisticSource.Observed } : tree;
        }
    }

    private static HashJoinTree Rewrite(HashJoinTree join, JoinTree probe, JoinTree build, ObservedNode observation)
    {
        double grown = join.Rows * Ratio(probe.Rows, join.Probe.Rows) * Ratio(build.Rows, join.Build.Rows);
        bool isSame = IsSame(probe, join.Probe) && IsSame(build, join.Build);
        (double rows, string source) = Rows(observation, probe.Rows, grown, isSame, join.RowsSource);
        double referenced = observation.ReferencedRows
            ?? (isSame ? join.ReferencedRows : Referenced(join, probe.Rows, build.Rows));
        return join with
        {
            Probe = probe,
            Build = build,
            Rows = join.Type == JoinType.Left && observation.Rows is null ? Math.Max(rows, probe.Rows) : rows,
            RowsSource = source,
            ReferencedRows = Math.Min(Finite(referenced), build.Rows),
            ReferencedRowsSource = observation.ReferencedRows is not null ? StatisticSource.Observed : isSame ? join.ReferencedRowsSource : StatisticSource.Estimate,
        };
    }

    // The referenced part of the build side: draws of a probe side that has grown hit more of it (Cardenas), solved for the old number of draws.
    private static double Referenced(HashJoinTree join, double probeRows, double buildRows)
    {
        double part = join.Build.Rows > 0 ? join.ReferencedRows / join.Build.Rows : 0;
        if (part <= 0 || part >= 1)
        {
            // Nothing is known but that every probe row refers to one row at most per key.
            return part <= 0 ? 0 : Math.Min(buildRows, Math.Max(1, probeRows));
        }
        double drawsPerRow = -double.LogP1(-part) * Ratio(probeRows, join.Probe.Rows) / Math.Max(Ratio(buildRows, join.Build.Rows), double.Epsilon);
        return buildRows * -double.ExpM1(-drawsPerRow);
    }

    private static (double Rows, string Source) Rows(ObservedNode observation, double inputRows, double grown, bool isSame, string source) =>
        observation.Rows is double counted ? (Finite(counted), StatisticSource.Observed)
        : observation.FanOut is double fanOut ? (Finite(inputRows * fanOut), StatisticSource.Observed)
        : (Finite(grown), isSame ? source : StatisticSource.Estimate);

    private static bool IsSame(JoinTree now, JoinTree before) => now.Rows == before.Rows;

    private static double Ratio(double now, double before) => now == before ? 1 : now / Math.Max(before, 1e-9);

    private static double Finite(double rows) => double.IsFinite(rows) ? Math.Clamp(rows, 0, CardinalityEstimator.MostRows) : 0;
}
