using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Lowering;
using InferF.Optimizer.Planners;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer;

/// <summary>The optimizer: from a bound query to the plan the engine executes.</summary>
public static class Planner
{
    /// <summary>Plans a query: join tree, analysis of its models, placement of their partial computations, plan message and report.</summary>
    /// <param name="query">The query. Not changed; the plan refers to its tensors.</param>
    /// <param name="statistics">By index into <see cref="BoundQuery.Tables"/>.</param>
    /// <param name="kind">How to choose the placement.</param>
    /// <param name="machine">What the machine can do.</param>
    /// <exception cref="InferFException">The query has too many tables or is nested too deeply.</exception>
    public static PhysicalPlan Plan(BoundQuery query, IReadOnlyList<TableStatistics> statistics, PlannerKind kind, MachineConstants machine)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(statistics);
        ArgumentNullException.ThrowIfNull(machine);
        if (query.Tables.Length > TableSet.Capacity)
        {
            throw new InferFException(
                InferFErrorCode.UnsupportedSql, $"The query joins too many tables. Expected at most {TableSet.Capacity}, got {query.Tables.Length}.");
        }
        if (statistics.Count != query.Tables.Length)
        {
            throw new InferFException(
                InferFErrorCode.InvalidArgument, $"Statistics are needed for every table. Expected {query.Tables.Length}, got {statistics.Count}.");
        }
        try
        {
            return PlanChecked(query, statistics, kind, machine);
        }
        catch (InsufficientExecutionStackException exception)
        {
            throw new InferFException(
                InferFErrorCode.UnsupportedModel, "The query or a model in it is nested too deeply to be planned.", position: null, exception);
        }
    }

    private static PhysicalPlan PlanChecked(BoundQuery query, IReadOnlyList<TableStatistics> statistics, PlannerKind kind, MachineConstants machine)
    {
        CardinalityEstimator estimator = new(statistics);
        RelationalPlan relations = new(JoinTreeBuilder.Build(query, estimator, JoinOrder.Cheapest(new MachineJoinCost(machine))));
        AnalyzedQuery analyzed = BlockAnalysis.Analyze(query);
        CostModel cost = new(relations, estimator, machine);
        PlacementSearch search = new(relations, analyzed, cost);
        ImmutableArray<JudgedPlacement> tried = kind switch
        {
            PlannerKind.None => [search.None()],
            PlannerKind.Leaf => [search.None(), search.Leaf()],
            PlannerKind.Greedy => [search.None(), search.Greedy()],
            _ => [search.None(), search.Leaf(), search.Greedy()],
        };
        // The first of equals wins: nothing is pushed unless it pays.
        JudgedPlacement chosen = kind == PlannerKind.Auto ? tried.MinBy(placement => placement.Seconds)! : tried[^1];
        (Plan.Proto.PlanFragment fragment, var tensors) = PlanWriter.Write(query, relations, chosen.Values);
        PlacementReport report = ReportBuilder.Build(query, relations, estimator, analyzed, cost, chosen, tried, PlannerKinds.NameOf(kind));
        return new PhysicalPlan(query, fragment, tensors, report);
    }
}
