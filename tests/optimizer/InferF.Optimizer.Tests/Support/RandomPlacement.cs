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

namespace InferF.Optimizer.Tests.Support;

/// <summary>Plans with a placement drawn at random from the space of all placements.</summary>
public static class RandomPlacement
{
    public static PhysicalPlan Plan(BoundQuery query, IReadOnlyList<TableStatistics> statistics, Random random)
    {
        CardinalityEstimator estimator = new(statistics);
        RelationalPlan relations = new(JoinTreeBuilder.Build(query, estimator));
        AnalyzedQuery analyzed = BlockAnalysis.Analyze(query);
        CostModel cost = new(relations, MachineConstants.Default);
        PlacementSpace space = new(relations, analyzed, cost);
        PlacementChoice choice = new();
        foreach (PlacementUnit unit in space.Units.Where(_ => random.Next(4) != 0))
        {
            int node = unit.Nodes[random.Next(unit.Nodes.Count)];
            foreach (PinKey key in unit.Keys)
            {
                choice.Pins[key] = node;
            }
        }
        choice.Merges.UnionWith(space.Merges.Where(_ => random.Next(3) != 0));
        PlacedQuery placed = ValuePlacer.Place(relations, analyzed, choice);
        JudgedPlacement judged = new("random", choice, placed, cost.Seconds(placed));
        (InferF.Plan.Proto.PlanFragment fragment, ImmutableArray<InferF.Plan.Model.ConstantTensor> tensors) = PlanWriter.Write(query, relations, placed);
        return new PhysicalPlan(query, fragment, tensors, ReportBuilder.Build(query, relations, estimator, analyzed, cost, judged, [judged], "random"));
    }
}
