using System.Collections.Immutable;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;
using InferF.Runtime;

namespace InferF;

/// <summary>What a query is going to do or has done: the join tree, the model's operators placed on it, estimates and actual figures.</summary>
public sealed class PlanReport
{
    private readonly IReadOnlyList<ActualCounter>? _actuals;

    internal PlanReport(PhysicalPlan plan, ImmutableArray<OperatorCounter>? counters)
    {
        Plan = plan;
        _actuals = counters?.Select(c => new ActualCounter(
            c.Kind == CounterKind.Node ? ActualKind.Node : ActualKind.Value, c.Id, c.RowsOut, c.Nanoseconds / 1e6, c.Bytes, c.Flops)).ToArray();
    }

    /// <summary>The plan.</summary>
    public PhysicalPlan Plan { get; }

    /// <summary>A tree for people.</summary>
    public string ToText() => PlanPrinter.Print(Plan, _actuals);

    /// <summary>JSON with stable field names: planner, estimatedSeconds, nodes, coverage.</summary>
    public string ToJson() => PlanJson.Write(Plan, _actuals);
}
