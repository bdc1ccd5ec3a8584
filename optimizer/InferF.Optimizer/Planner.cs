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
        Checked(query, statistics, machine, () =>
        {
            Prepared prepared = Prepared.Of(query, statistics, machine, kind);
            ImmutableArray<JudgedPlacement> tried = prepared.Search.Run(kind);
            // The first of equals wins: nothing is pushed unless it pays.
            JudgedPlacement chosen = kind == PlannerKind.Auto ? tried.MinBy(placement => placement.Seconds)! : tried[^1];
            return prepared.Write(chosen, tried, PlannerKinds.NameOf(kind));
        });

    /// <summary>Plans a query by a published rule, a baseline that looks at ratios of rows and columns only.</summary>
    /// <param name="name">One of <see cref="RuleNames"/>.</param>
    /// <param name="query">The query.</param>
    /// <param name="statistics">By index into <see cref="BoundQuery.Tables"/>.</param>
    /// <param name="machine">Judges the result; the rule does not see it.</param>
    /// <exception cref="InferFException">There is no such rule, or the query cannot be planned.</exception>
    public static PhysicalPlan PlanWithRule(string name, BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine) =>
        Checked(query, statistics, machine, () =>
        {
            Prepared prepared = Prepared.Of(query, statistics, machine, PlannerKind.Auto);
            JudgedPlacement chosen = PublishedRules.Place(name, prepared.Relations, prepared.Analyzed, prepared.Search);
            return prepared.Write(chosen, [prepared.Search.None(), chosen], name);
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
            Prepared prepared = Prepared.Of(query, statistics, machine, PlannerKind.Auto);
            List<PlannedPlacement> placements = [];
            foreach (JudgedPlacement judged in prepared.Search.Enumerate(limit))
            {
                string name = PlacementText.Describe(judged.Values, prepared.Relations, query);
                placements.Add(new PlannedPlacement(name, judged.Seconds, prepared.Write(judged, [prepared.Search.None(), judged], judged.Planner)));
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

    /// <summary>A query with everything that all planners need.</summary>
    private sealed class Prepared
    {
        private readonly BoundQuery _query;
        private readonly CardinalityEstimator _estimator;
        private readonly CostModel _cost;

        private Prepared(BoundQuery query, CardinalityEstimator estimator, AnalyzedQuery analyzed, MachineConstants machine, JoinOrder order)
        {
            (_query, _estimator, Analyzed) = (query, estimator, analyzed);
            Relations = new RelationalPlan(JoinTreeBuilder.Build(query, estimator, order));
            _cost = new CostModel(Relations, estimator, machine);
            Search = new PlacementSearch(Relations, analyzed, _cost);
        }

        /// <summary>Prepares a query for a planner: with the cheapest joins, or with those that are the better for the model, too.</summary>
        public static Prepared Of(BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine, PlannerKind kind)
        {
            CardinalityEstimator estimator = new(statistics);
            AnalyzedQuery analyzed = BlockAnalysis.Analyze(query);
            Prepared cheapest = new(query, estimator, analyzed, machine, JoinOrder.Cheapest(new MachineJoinCost(machine)));
            if (kind != PlannerKind.Joint)
            {
                return cheapest;
            }
            // The joint programme knows one stage; the whole model decides whether its tree is the better one.
            Prepared joint = new(query, estimator, analyzed, machine, new JointJoinOrder(analyzed, estimator, machine));
            return joint.Search.Exact().Seconds < cheapest.Search.Exact().Seconds ? joint : cheapest;
        }

        public RelationalPlan Relations { get; }

        public AnalyzedQuery Analyzed { get; }

        public PlacementSearch Search { get; }

        public PhysicalPlan Write(JudgedPlacement chosen, ImmutableArray<JudgedPlacement> tried, string requested)
        {
            (Plan.Proto.PlanFragment fragment, var tensors) = PlanWriter.Write(_query, Relations, chosen.Values, _cost.LazyNodes(chosen.Values));
            PlacementReport report = ReportBuilder.Build(_query, Relations, _estimator, Analyzed, _cost, chosen, tried, requested);
            return new PhysicalPlan(_query, fragment, tensors, report);
        }
    }
}
