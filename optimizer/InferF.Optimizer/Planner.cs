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
    /// <exception cref="InferFException">The query has too many tables, is nested too deeply, or has too many placements for <see cref="PlannerKind.Exhaustive"/>.</exception>
    public static PhysicalPlan Plan(BoundQuery query, IReadOnlyList<TableStatistics> statistics, PlannerKind kind, MachineConstants machine) =>
        Prepare(query, statistics, kind, machine).Plan;

    /// <summary>Plans a query like <see cref="Plan"/>, and keeps what is needed to decide again when the engine has counted rows.</summary>
    /// <inheritdoc cref="Plan"/>
    public static PlannedQuery Prepare(BoundQuery query, IReadOnlyList<TableStatistics> statistics, PlannerKind kind, MachineConstants machine) =>
        Checked(query, statistics, machine, () => new PlannedQuery(PlanningContext.For(query, statistics, machine, kind), kind));

    /// <summary>Plans a query by a published rule, a baseline that looks at ratios of rows and columns only.</summary>
    /// <param name="name">One of <see cref="RuleNames"/>.</param>
    /// <param name="query">The query.</param>
    /// <param name="statistics">By index into <see cref="BoundQuery.Tables"/>.</param>
    /// <param name="machine">Judges the result; the rule does not see it.</param>
    /// <exception cref="InferFException">There is no such rule, or the query cannot be planned.</exception>
    public static PhysicalPlan PlanWithRule(string name, BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine) =>
        Checked(query, statistics, machine, () =>
        {
            PlanningContext context = new(query, statistics, machine, PlannerKind.Exact);
            JudgedPlacement chosen = PublishedRules.Place(name, context.Relations, context.Analyzed, context.Search);
            return context.Write(chosen, [context.Search.None(), chosen], name);
        });

    /// <summary>Names of the published rules.</summary>
    public static IReadOnlyList<string> RuleNames => PublishedRules.Names;

    /// <summary>Every placement of a query that differs from the others in what is computed where; nothing pushed comes first.</summary>
    /// <param name="query">The query.</param>
    /// <param name="statistics">By index into <see cref="BoundQuery.Tables"/>.</param>
    /// <param name="machine">What the machine can do.</param>
    /// <param name="limit">Most placements to go through.</param>
    /// <exception cref="InferFException">There are more, or the query cannot be planned.</exception>
    public static IReadOnlyList<PlannedPlacement> EnumeratePlacements(BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine, int limit) =>
        Checked(query, statistics, machine, () =>
        {
            PlanningContext context = new(query, statistics, machine, PlannerKind.Exact);
            List<PlannedPlacement> placements = [];
            foreach (JudgedPlacement judged in context.Search.Enumerate(limit))
            {
                string name = PlacementText.Describe(judged.Values, context.Relations, query);
                placements.Add(new PlannedPlacement(name, judged.Seconds, context.Write(judged, [context.Search.None(), judged], judged.Planner)));
            }
            return placements;
        });

    private static T Checked<T>(BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine, Func<T> plan)
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
            return plan();
        }
        catch (InsufficientExecutionStackException exception)
        {
            throw new InferFException(
                InferFErrorCode.UnsupportedModel, "The query or a model in it is nested too deeply to be planned.", position: null, exception);
        }
    }
}
