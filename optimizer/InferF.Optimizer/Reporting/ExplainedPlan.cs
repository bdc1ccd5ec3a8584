using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>What EXPLAIN shows of one plan: what was planned and, after a run, what was counted.</summary>
/// <param name="Report">Estimates and the placement chosen.</param>
/// <param name="Actuals">Counters of a run of it, or null if it was not run.</param>
public sealed record ExplainedPlan(PlacementReport Report, IReadOnlyList<ActualCounter>? Actuals = null)
{
    /// <summary>Bytes that the run wrote to disk because build sides exceeded the memory limit.</summary>
    public long SpilledBytes { get; init; }
}
