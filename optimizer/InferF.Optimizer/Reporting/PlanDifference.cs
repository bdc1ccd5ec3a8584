using System.Collections.Immutable;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>What distinguishes two plans of one query.</summary>
internal sealed class PlanDifference(PlanView first, PlanView second)
{
    /// <summary>The one plan.</summary>
    public PlanView First { get; } = first;

    /// <summary>The plan it is compared with.</summary>
    public PlanView Second { get; } = second;

    /// <summary>Values at other nodes.</summary>
    public ImmutableArray<PlacementMove> Moves { get; } = PlacementMoves.Between(first.Report, second.Report);

    /// <summary>True if both join the same tables in the same order, with the same build sides.</summary>
    public bool IsSameJoinTree { get; } = first.Report.Nodes.Length == second.Report.Nodes.Length && first.Report.Nodes.Zip(second.Report.Nodes).All(pair =>
        pair.First.Kind == pair.Second.Kind && pair.First.Description == pair.Second.Description && pair.First.Inputs.SequenceEqual(pair.Second.Inputs));

    /// <summary>Totals of both: name, both numbers, and how they are written.</summary>
    public IEnumerable<(string Name, double? First, double? Second, Func<double, string> Format)> Totals()
    {
        yield return ("estimated time", First.EstimatedSeconds, Second.EstimatedSeconds, Figures.Seconds);
        yield return ("actual time", First.ActualSeconds, Second.ActualSeconds, Figures.Seconds);
        yield return ("estimated flops", First.Nodes.Sum(node => node.Flops), Second.Nodes.Sum(node => node.Flops), Figures.Flops);
        yield return ("actual flops", Actual(First, node => node.ActualFlops), Actual(Second, node => node.ActualFlops), Figures.Flops);
        yield return ("estimated bytes", First.Nodes.Sum(node => node.Bytes), Second.Nodes.Sum(node => node.Bytes), Figures.Bytes);
        yield return ("actual bytes", Actual(First, node => node.ActualBytes), Actual(Second, node => node.ActualBytes), Figures.Bytes);
    }

    private static double? Actual(PlanView plan, Func<NodeView, double?> figure) => plan.IsAnalyzed ? plan.Nodes.Sum(node => figure(node) ?? 0) : null;
}
