using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Lowering;
using InferF.Optimizer.Placement;
using InferF.Optimizer.Planners;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer;

/// <summary>A query with everything that planners need: its join tree with row counts, its analysed models, what placements cost.</summary>
internal sealed class PlanningContext
{
    private readonly BoundQuery _query;
    private readonly CardinalityEstimator _estimator;
    private readonly MachineConstants _machine;
    private readonly CostModel _cost;
    private readonly PlacementChoice? _joint;

    /// <summary>Orders the joins and analyses the models.</summary>
    public PlanningContext(BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine, PlannerKind kind)
    {
        (_query, _machine) = (query, machine);
        _estimator = new CardinalityEstimator(statistics);
        Analyzed = BlockAnalysis.Analyze(query);
        JointJoinOrder? joint = kind == PlannerKind.Joint ? new JointJoinOrder(Analyzed, _estimator, machine) : null;
        Tree = JoinTreeBuilder.Build(query, _estimator, joint ?? JoinOrder.Cheapest(new MachineJoinCost(machine)));
        Relations = new RelationalPlan(Tree);
        _joint = joint?.ChoiceOn(Relations);
        _cost = new CostModel(Relations, machine);
        Search = new PlacementSearch(Relations, Analyzed, _cost);
    }

    /// <summary>
    /// The context for a planner. The joint programme knows one stage only, so the whole model decides whether its tree is better than that of the cheapest joins.
    /// </summary>
    public static PlanningContext For(BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine, PlannerKind kind)
    {
        PlanningContext context = new(query, statistics, machine, kind);
        if (kind != PlannerKind.Joint)
        {
            return context;
        }
        PlanningContext cheapestJoins = new(query, statistics, machine, PlannerKind.Exact);
        return cheapestJoins.Run(kind).Chosen.Seconds < context.Run(kind).Chosen.Seconds ? cheapestJoins : context;
    }

    // The same query over the same tree with other row counts.
    private PlanningContext(PlanningContext other, JoinTree tree)
    {
        (_query, _machine, _estimator, Analyzed, _joint) = (other._query, other._machine, other._estimator, other.Analyzed, other._joint);
        Tree = tree;
        Relations = new RelationalPlan(tree);
        _cost = new CostModel(Relations, _machine);
        Search = new PlacementSearch(Relations, Analyzed, _cost);
    }

    /// <summary>The query.</summary>
    public BoundQuery Query => _query;

    /// <summary>The join tree.</summary>
    public JoinTree Tree { get; }

    /// <summary>The join tree with numbered nodes.</summary>
    public RelationalPlan Relations { get; }

    /// <summary>The models.</summary>
    public AnalyzedQuery Analyzed { get; }

    /// <summary>The planners.</summary>
    public PlacementSearch Search { get; }

    /// <summary>The same with the row counts of another tree of the same shape.</summary>
    public PlanningContext WithRows(JoinTree tree) => new(this, tree);

    /// <summary>Runs a planner.</summary>
    /// <returns>What was tried, and what was chosen of it.</returns>
    public (ImmutableArray<JudgedPlacement> Tried, JudgedPlacement Chosen) Run(PlannerKind kind)
    {
        ImmutableArray<JudgedPlacement> tried = Search.Run(kind);
        if (_joint is not null && Search.Judge(tried[^1].Planner, _joint) is JudgedPlacement joint && joint.Seconds < tried[^1].Seconds)
        {
            tried = tried.SetItem(tried.Length - 1, joint);
        }
        // The first of equals wins: nothing is pushed unless it pays.
        return (tried, kind == PlannerKind.Auto ? tried.MinBy(placement => placement.Seconds)! : tried[^1]);
    }

    /// <summary>Writes the plan of a placement.</summary>
    /// <param name="chosen">The placement.</param>
    /// <param name="tried">What it was compared with; the first is that of everything at the root.</param>
    /// <param name="requested">Name the user asked for.</param>
    public PhysicalPlan Write(JudgedPlacement chosen, ImmutableArray<JudgedPlacement> tried, string requested)
    {
        (Plan.Proto.PlanFragment fragment, var tensors) = PlanWriter.Write(_query, Relations, chosen.Values, _cost.LazyNodes(chosen.Values));
        PlacementReport report = ReportBuilder.Build(_query, Relations, _estimator, Analyzed, _cost, chosen, tried, requested);
        return new PhysicalPlan(_query, fragment, tensors, report);
    }
}
