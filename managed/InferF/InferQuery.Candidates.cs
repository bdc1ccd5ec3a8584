using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Plan.Physical;
using InferF.Runtime;

namespace InferF;

/// <content>Plans beside the one a planner chooses: what benchmarks and people who doubt a planner execute and compare.</content>
public sealed partial class InferQuery
{
    /// <summary>Plans every placement of the query's partial computations over its join tree, each with what the model predicts for it.</summary>
    /// <param name="limit">Most plans returned: their number grows exponentially with the tables.</param>
    /// <param name="cancellation">Stops reading statistics and planning.</param>
    /// <returns>Placements in a fixed order, the first being the one that pushes nothing.</returns>
    /// <exception cref="InferFException">There are more placements than <paramref name="limit"/>, or planning fails.</exception>
    public IReadOnlyList<CandidatePlan> EnumeratePlans(int limit, CancellationToken cancellation = default)
    {
        using InferSession.Call call = _session.Enter();
        ImmutableArray<TableStatistics> statistics = ReadStatistics(Bound, cancellation);
        return
        [
            .. Optimizer.Planner.EnumeratePlacements(Bound, statistics, _session.Machine, limit)
                .Select(placement => new CandidatePlan(this, placement.Plan, placement.Name, placement.Seconds)),
        ];
    }

    /// <summary>Names for <see cref="PlanWithRule"/>.</summary>
    public static IReadOnlyList<string> RuleNames => Optimizer.Planner.RuleNames;

    /// <summary>Plans the query by a published rule that looks at ratios of rows and columns only: a baseline for comparisons.</summary>
    /// <param name="rule">One of <see cref="RuleNames"/>, e.g. <c>morpheus-bottom-up</c>.</param>
    /// <param name="cancellation">Stops reading statistics and planning.</param>
    /// <exception cref="InferFException">There is no such rule, or planning fails.</exception>
    public CandidatePlan PlanWithRule(string rule, CancellationToken cancellation = default)
    {
        using InferSession.Call call = _session.Enter();
        return Candidate(Optimizer.Planner.PlanWithRule(rule, Bound, ReadStatistics(Bound, cancellation), _session.Machine));
    }

    /// <summary>The plan this query's planner chooses, as one that is executed as it is: it is not planned again, neither before nor during a run.</summary>
    /// <param name="cancellation">Stops reading statistics and planning.</param>
    /// <exception cref="InferFException">Planning fails.</exception>
    public CandidatePlan ChoosePlan(CancellationToken cancellation = default)
    {
        using InferSession.Call call = _session.Enter();
        return Candidate(Plan(Bound, cancellation).Plan);
    }

    /// <summary>Runs a plan of this query and yields its batches, which the caller disposes.</summary>
    internal async IAsyncEnumerable<RecordBatch> ExecuteAsync(PhysicalPlan plan, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using InferSession.Call call = _session.Enter();
        using EngineQuery query = _session.Engine.CreateQuery(plan);
        using IArrowArrayStream stream = Run(query, plan, cancellation);
        while (await stream.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false) is { } batch)
        {
            yield return batch;
        }
    }

    private CandidatePlan Candidate(PhysicalPlan plan) => new(this, plan, plan.Report.Planner, plan.Report.EstimatedSeconds[plan.Report.Planner]);
}
