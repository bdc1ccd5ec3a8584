using System.Collections.Immutable;

namespace InferF.Plan.Physical;

/// <summary>What was planned, in numbers.</summary>
/// <param name="Planner">Name of the planner whose placement was taken, e.g. <c>none</c>, <c>leaf</c>, <c>exact</c>.</param>
/// <param name="Requested">Name the user asked for; may be <c>auto</c>.</param>
/// <param name="EstimatedSeconds">Modelled cost by planner name, for every planner that was tried.</param>
/// <param name="Nodes">By index into <c>Fragment.Nodes</c>.</param>
/// <param name="Coverage">By model node: what analysis made of it.</param>
/// <param name="Reason">One sentence: why this placement, in numbers.</param>
public sealed record PlacementReport(
    string Planner,
    string Requested,
    ImmutableSortedDictionary<string, double> EstimatedSeconds,
    ImmutableArray<NodeReport> Nodes,
    ImmutableArray<OperatorCoverage> Coverage,
    string Reason)
{
    /// <summary>The decisions that led to this placement, in the order in which they were made; empty if it was decided once, before anything ran.</summary>
    public ImmutableArray<PlanDecision> Decisions { get; init; } = [];

    /// <summary>Where the constants of the cost model come from: <c>default</c>, or <c>calibrated</c> and the day.</summary>
    public string CostConstants { get; init; } = "default";
}

/// <summary>A relational node with the model values computed on its rows.</summary>
/// <param name="Node">Index into <c>Fragment.Nodes</c>.</param>
/// <param name="Kind"><c>Scan</c>, <c>HashJoin</c>, <c>Filter</c>.</param>
/// <param name="Description">Table, keys or predicate.</param>
/// <param name="Inputs">Child nodes, probe side first.</param>
/// <param name="EstimatedRows">Rows it yields.</param>
/// <param name="EstimatedRowsSource">Where that number comes from.</param>
/// <param name="Values">Computed here, in order.</param>
public sealed record NodeReport(
    int Node, string Kind, string Description, ImmutableArray<int> Inputs, double EstimatedRows, string EstimatedRowsSource, ImmutableArray<ValueReport> Values)
{
    /// <summary>Aliases of the tables below this node.</summary>
    public ImmutableArray<string> Tables { get; init; } = [];

    /// <summary>Modelled seconds of the join or filter itself, without its values.</summary>
    public double RelationalSeconds { get; init; }

    /// <summary>Modelled seconds of the join or filter and of all values computed here.</summary>
    public double EstimatedSeconds => RelationalSeconds + Values.Sum(value => value.EstimatedSeconds);

    /// <summary>Rows that at least one probe row is expected to join, or null if the node is no build side or the number is not known.</summary>
    public double? ReferencedRows { get; init; }

    /// <summary>Where <see cref="ReferencedRows"/> comes from; empty if it is null.</summary>
    public string ReferencedRowsSource { get; init; } = "";

    /// <summary>True if the values of this node are computed row by row when a probe row first refers to them.</summary>
    public bool IsLazy { get; init; }
}

/// <summary>A model value computed at a node.</summary>
/// <param name="Value">Index into <c>Fragment.Values</c>.</param>
/// <param name="Operator">Kind of operator, e.g. <c>Sum</c>.</param>
/// <param name="Label">Model nodes it comes from, and tables it depends on.</param>
/// <param name="Width">Columns.</param>
/// <param name="Flops">Estimated floating-point operations, all rows.</param>
/// <param name="Bytes">Estimated bytes of inputs gathered and results written, all rows.</param>
public sealed record ValueReport(int Value, string Operator, string Label, int Width, double Flops, double Bytes)
{
    /// <summary>Modelled seconds, all rows, one thread.</summary>
    public double EstimatedSeconds { get; init; }
}

/// <summary>What analysis made of one operator of the model.</summary>
/// <param name="Model">Model name.</param>
/// <param name="Operator">E.g. <c>Gemm 'fc1'</c>.</param>
/// <param name="Form">Block-algebra form of its result: <c>Local(T)</c>, <c>Concat</c>, <c>Sum</c>.</param>
/// <param name="Pushable">Whether at least a part can run below a join.</param>
/// <param name="Why">Reason in words.</param>
public sealed record OperatorCoverage(string Model, string Operator, string Form, bool Pushable, string Why);
