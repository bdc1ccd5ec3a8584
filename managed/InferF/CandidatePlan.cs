using Apache.Arrow;
using InferF.Plan.Physical;

namespace InferF;

/// <summary>One way to run a query: a placement of its partial computations, what it is predicted to cost, and a way to run it. Immutable and thread-safe.</summary>
public sealed class CandidatePlan
{
    private readonly InferQuery _query;

    internal CandidatePlan(InferQuery query, PhysicalPlan plan, string name, double predictedSeconds)
    {
        _query = query;
        Report = new PlanReport(plan, null);
        Name = name;
        PredictedSeconds = predictedSeconds;
    }

    /// <summary>Name of the planner or rule that chose the placement; of an enumerated one, what is handed from which node of the join tree to a node above.</summary>
    public string Name { get; }

    /// <summary>Modelled seconds of one thread, joins included.</summary>
    public double PredictedSeconds { get; }

    /// <summary>The plan, explained.</summary>
    public PlanReport Report { get; }

    /// <summary>Runs the query by this plan and yields its batches, which the caller disposes.</summary>
    /// <param name="cancellation">Stops the run, native work and sources included.</param>
    /// <exception cref="InferFException">A source cannot be opened, or the run fails.</exception>
    public IAsyncEnumerable<RecordBatch> ExecuteArrowBatchesAsync(CancellationToken cancellation = default) => _query.ExecuteAsync(Report.Plan, cancellation);
}
