using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;
using InferF.Optimizer.Planners;
using InferF.Optimizer.Planners.Problem;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Planners;

/// <summary>A query with what the planners see of it.</summary>
internal sealed class PlanningScene
{
    public PlanningScene(QueryBuilder builder)
    {
        Query = builder.Query();
        CardinalityEstimator estimator = new(builder.Statistics);
        Relations = new RelationalPlan(JoinTreeBuilder.Build(Query, estimator));
        Analyzed = BlockAnalysis.Analyze(Query);
        Cost = new CostModel(Relations, MachineConstants.Default);
        Search = new PlacementSearch(Relations, Analyzed, Cost);
        Builder = new ProblemBuilder(Relations, Analyzed, Cost, Search.Space);
    }

    public BoundQuery Query { get; }

    public RelationalPlan Relations { get; }

    public AnalyzedQuery Analyzed { get; }

    public CostModel Cost { get; }

    public PlacementSearch Search { get; }

    public ProblemBuilder Builder { get; }
}
