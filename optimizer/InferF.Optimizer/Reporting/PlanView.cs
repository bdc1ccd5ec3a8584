using System.Collections.Immutable;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>A plan with its counters attached to nodes and values, and totals: what every format of EXPLAIN is written from.</summary>
internal sealed class PlanView
{
    private PlanView(PlacementReport report, ImmutableArray<NodeView> nodes, bool isAnalyzed) => (Report, Nodes, IsAnalyzed) = (report, nodes, isAnalyzed);

    /// <summary>What was planned.</summary>
    public PlacementReport Report { get; }

    /// <summary>By index into the report's nodes.</summary>
    public ImmutableArray<NodeView> Nodes { get; }

    /// <summary>Bytes that the run wrote to disk because build sides exceeded the memory limit.</summary>
    public long SpilledBytes { get; private init; }

    /// <summary>True if the plan was run and counted.</summary>
    public bool IsAnalyzed { get; }

    /// <summary>The node above all others; children come before parents.</summary>
    public int Root => Nodes.Length - 1;

    /// <summary>Modelled seconds of all nodes, one thread.</summary>
    public double EstimatedSeconds => Nodes.Sum(node => node.Report.EstimatedSeconds);

    /// <summary>Measured seconds of all nodes, summed over threads; null if the plan was not run.</summary>
    public double? ActualSeconds => IsAnalyzed ? Nodes.Sum(node => node.ActualSeconds ?? 0) : null;

    /// <summary>Attaches the counters.</summary>
    public static PlanView Of(ExplainedPlan plan)
    {
        // The last of several counters of one item wins, as everywhere.
        Dictionary<(ActualKind, int), ActualCounter> counters = [];
        foreach (ActualCounter counter in plan.Actuals ?? [])
        {
            counters[(counter.Kind, counter.Id)] = counter;
        }
        ActualCounter? Find(ActualKind kind, int id) => counters.TryGetValue((kind, id), out ActualCounter counter) ? counter : null;
        return new PlanView(
            plan.Report,
            [.. plan.Report.Nodes.Select(node => new NodeView(
                node, Find(ActualKind.Node, node.Node), [.. node.Values.Select(value => new ValueView(value, Find(ActualKind.Value, value.Value)))],
                Find(ActualKind.CachedRows, node.Node)?.Bytes, Find(ActualKind.CachedValues, node.Node)?.Bytes)
            {
                Tuples = Find(ActualKind.Tuples, node.Node),
            })],
            plan.Actuals is { Count: > 0 })
        {
            SpilledBytes = plan.SpilledBytes,
        };
    }

    /// <summary>Part of the plan's time that a node takes, 0…1: measured if the plan was run, else modelled.</summary>
    public double ShareOf(NodeView node)
    {
        double all = ActualSeconds ?? EstimatedSeconds;
        double own = IsAnalyzed ? node.ActualSeconds ?? 0 : node.Report.EstimatedSeconds;
        return all > 0 && double.IsFinite(own / all) ? Math.Clamp(own / all, 0, 1) : 0;
    }

    /// <summary>How reports call a node: its kind and table, or the tables below it.</summary>
    public static string NameOf(NodeReport node) => node.Tables.IsDefaultOrEmpty ? $"{node.Kind} #{node.Node}"
        : node.Tables.Length == 1 ? $"{node.Kind} {node.Tables[0]}"
        : $"{node.Kind} {{{string.Join(", ", node.Tables)}}}";

    /// <summary>How reports call the node of an index, which may be out of range.</summary>
    public string NameOf(int node) => node >= 0 && node < Nodes.Length ? NameOf(Nodes[node].Report) : $"#{node}";
}

/// <summary>A node with what was counted there.</summary>
/// <param name="Report">What was planned.</param>
/// <param name="Actual">What was counted of the node itself.</param>
/// <param name="Values">Its values.</param>
/// <param name="CachedRowBytes">If its rows came from the cache, what they take there; counted at the top of a build side.</param>
/// <param name="CachedValueBytes">If its stored values came from the cache, what they take there.</param>
internal sealed record NodeView(NodeReport Report, ActualCounter? Actual, ImmutableArray<ValueView> Values, long? CachedRowBytes, long? CachedValueBytes)
{
    /// <summary>What was counted of values that were computed once per tuple of build rows; null if none were.</summary>
    public ActualCounter? Tuples { get; init; }

    /// <summary>For how many tuples of how many rows values were computed, for people; null if for each row.</summary>
    public string? TuplesOfRows => Tuples is ActualCounter tuples ? $"{Figures.Count(tuples.Rows)} of {Figures.Count(tuples.RowsIn)} rows" : null;

    /// <summary>What came from the cache, for people; null if nothing did.</summary>
    public string? Cached => CachedRowBytes is null && CachedValueBytes is null ? null
        : string.Join(", ", new[] { Part("rows", CachedRowBytes), Part("values", CachedValueBytes) }.OfType<string>());

    /// <summary>Estimated floating-point operations of the values.</summary>
    public double Flops => Report.Values.Sum(value => value.Flops);

    /// <summary>Estimated bytes of the values.</summary>
    public double Bytes => Report.Values.Sum(value => value.Bytes);

    /// <summary>Counted seconds of the node and its values, or null if nothing was counted.</summary>
    public double? ActualSeconds => Sum(counter => counter.Milliseconds / 1e3);

    /// <summary>Counted operations of the node and its values, or null.</summary>
    public double? ActualFlops => Sum(counter => counter.Flops);

    /// <summary>Counted bytes of the node and its values, or null.</summary>
    public double? ActualBytes => Sum(counter => counter.Bytes);

    private static string? Part(string name, long? bytes) => bytes switch
    {
        null => null,
        0 => name,
        long size => $"{name} {Figures.Bytes(size)}",
    };

    private double? Sum(Func<ActualCounter, double> figure)
    {
        IEnumerable<ActualCounter> counters = Values.Select(value => value.Actual).Append(Actual).Append(Tuples is ActualCounter tuples ? tuples with { Bytes = 0 } : null).OfType<ActualCounter>();
        return counters.Any() ? counters.Sum(figure) : null;
    }
}

/// <summary>A value with what was counted for it.</summary>
internal sealed record ValueView(ValueReport Report, ActualCounter? Actual)
{
    /// <summary>Operator and label.</summary>
    public string Name => $"{Report.Operator} {Report.Label}";
}
