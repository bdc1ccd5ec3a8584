using Apache.Arrow;
using InferF.Plan.Physical;

namespace InferF;

/// <summary>One way to run a query: a placement of its partial computations, what it is predicted to cost, and a way to run it. Immutable and thread-safe.</summary>
public sealed class CandidatePlan
{
    private readonly InferQuery _query;

    internal CandidatePlan(InferQuery query, PhysicalPlan plan)
    {
        _query = query;
        Report = new PlanReport(plan, null);
        PredictedSeconds = plan.Report.EstimatedSeconds[plan.Report.Planner];
    }

    /// <summary>Name of the planner or rule that chose the placement, or of the placement itself.</summary>
    public string Name => Report.Plan.Report.Planner;

    /// <summary>Modelled seconds of one thread, joins included.</summary>
    public double PredictedSeconds { get; }

    /// <summary>The plan, explained.</summary>
    public PlanReport Report { get; }

    /// <summary>Runs the query by this plan and yields its batches, which the caller disposes.</summary>
    /// <param name="cancellation">Stops the run, native work and sources included.</param>
    /// <exception cref="InferFException">A source cannot be opened, or the run fails.</exception>
    public IAsyncEnumerable<RecordBatch> ExecuteArrowBatchesAsync(CancellationToken cancellation = default) => _query.ExecuteAsync(Report.Plan, cancellation);
}
