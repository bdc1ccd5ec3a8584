using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>
/// Turns what the engine counted into row counts of a join tree. Build sides were counted in full. Of the streamed table a sample was probed: it tells how many
/// rows come out per row that goes in, and how many rows of a build side all probe rows together will refer to.
/// </summary>
internal static class ObservationReader
{
    // A fan-out seen on fewer rows says less than an estimate.
    private const long LeastSample = 100;

    // The doubling and halving of the number of rows that references spread over ends well before.
    private const int MostSteps = 200;

    /// <summary>The same tree with the row counts that were observed.</summary>
    /// <param name="relations">The tree the engine ran.</param>
    /// <param name="tree">The same, as a tree.</param>
    /// <param name="observations">What it counted.</param>
    public static JoinTree Apply(RelationalPlan relations, JoinTree tree, IReadOnlyList<NodeObservation> observations)
    {
        Dictionary<int, NodeObservation> byNode = observations.ToDictionary(observation => observation.Node);
        // Rows first: how many rows of a build side are referred to depends on how many there are at the probe side.
        JoinTree counted = ObservedRows.WithObservedRows(tree, node => byNode.TryGetValue(node, out NodeObservation seen) ? Counted(seen, relations.IsStreamed(node)) : null);
        RelationalPlan withRows = new(counted);
        return ObservedRows.WithObservedRows(
            tree, node => byNode.TryGetValue(node, out NodeObservation seen) ? Counted(seen, relations.IsStreamed(node)) with { ReferencedRows = Referenced(seen, withRows, node) } : null);
    }

    private static ObservedNode Counted(NodeObservation seen, bool isStreamed)
    {
        double? fanOut = isStreamed && seen is { SampledRowsIn: long entered, SampledRowsOut: long left } && entered >= LeastSample ? (double)left / entered : null;
        return new ObservedNode(seen.Rows, null, fanOut);
    }

    private static double? Referenced(NodeObservation seen, RelationalPlan relations, int node)
    {
        if (seen.ReferencedRows is not long referenced || seen.BuildRows is not long buildRows || relations[node] is not HashJoinTree join)
        {
            return null;
        }
        if (!relations.IsStreamed(node))
        {
            return referenced;
        }
        if (seen is not { SampledRowsIn: long entered, SampledRowsOut: long left } || entered < LeastSample || join.Probe.Rows <= 0)
        {
            return null;
        }
        // Rows that lie together in the streamed table often refer to the same rows of a build side, so the sample alone may show too few of them.
        // With duplicate keys a probe row refers to several rows, in a LEFT JOIN to none: references are counted as rows that come out.
        double references = Math.Max(referenced, join.Type == JoinType.Left ? Math.Min(left, entered) : left);
        return Math.Min(buildRows, Math.Max(join.ReferencedRows, Extrapolate(referenced, references, references * (join.Probe.Rows / entered), buildRows)));
    }

    /// <summary>
    /// Distinct rows that <paramref name="allReferences"/> hit if <paramref name="references"/> of them hit <paramref name="distinct"/>: uniform references to M
    /// rows hit M·(1 − e^(−k/M)) of them (Cardenas, CACM 18(5), 1975), solved for M and at most <paramref name="rows"/>. Skewed references hit more rows than that in the long run.
    /// </summary>
    internal static double Extrapolate(double distinct, double references, double allReferences, double rows)
    {
        static double Hit(double spread, double draws) => spread * -double.ExpM1(-draws / spread);
        if (distinct <= 0)
        {
            return Math.Min(rows, 1);
        }
        if (allReferences <= references)
        {
            return Math.Min(rows, distinct);
        }
        double low = distinct;
        double high = Math.Max(rows, distinct);
        if (Hit(high, references) <= distinct)
        {
            return Math.Min(rows, Hit(high, allReferences));
        }
        for (int step = 0; step < MostSteps && high - low > 1e-6 * high; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = Hit(middle, references) < distinct ? (middle, high) : (low, middle);
        }
        return Math.Clamp(Hit(high, allReferences), distinct, Math.Max(rows, distinct));
    }
}
