using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Lowering;
using InferF.Optimizer.Placement;
using InferF.Optimizer.Planners;
using InferF.Optimizer.Reporting;
using InferF.Plan;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer;

/// <summary>Every placement of a small query as an executable plan.</summary>
public static class PlacementEnumeration
{
    /// <summary>Plans every placement: each unit at each of its nodes or at the place of use, with each set of merges that changes anything.</summary>
    /// <param name="query">The query.</param>
    /// <param name="statistics">By index into <see cref="BoundQuery.Tables"/>.</param>
    /// <param name="machine">What the machine can do.</param>
    /// <param name="limit">Most plans.</param>
    /// <exception cref="InferFException">There are more.</exception>
    public static IReadOnlyList<PhysicalPlan> Enumerate(BoundQuery query, IReadOnlyList<TableStatistics> statistics, MachineConstants machine, int limit)
    {
        CardinalityEstimator estimator = new(statistics);
        RelationalPlan relations = new(JoinTreeBuilder.Build(query, estimator));
        AnalyzedQuery analyzed = BlockAnalysis.Analyze(query);
        CostModel cost = new(relations, estimator, machine);
        PlacementSpace space = new(relations, analyzed);
        IEnumerable<PlacementChoice> choices = [new PlacementChoice()];
        foreach (PlacementUnit unit in space.Units)
        {
            choices = choices.SelectMany(choice => unit.Nodes.Select(node => Pinned(choice, unit, node)).Prepend(choice));
        }
        foreach (MergeKey merge in space.Merges)
        {
            choices = choices.SelectMany(choice => (PlacementChoice[])[choice, Merged(choice, merge)]);
        }
        Dictionary<Google.Protobuf.ByteString, PhysicalPlan> plans = [];
        int index = 0;
        int tried = 0;
        foreach (PlacementChoice choice in choices)
        {
            PlacedQuery values = ValuePlacer.Place(relations, analyzed, choice);
            (Plan.Proto.PlanFragment fragment, var tensors) = PlanWriter.Write(query, relations, values);
            Google.Protobuf.ByteString bytes = Google.Protobuf.MessageExtensions.ToByteString(fragment);
            if (!plans.ContainsKey(bytes))
            {
                JudgedPlacement judged = new($"p{index++}", choice, values, cost.Seconds(values) + cost.JoinSeconds());
                plans.Add(bytes, new PhysicalPlan(query, fragment, tensors, ReportBuilder.Build(query, relations, estimator, analyzed, cost, judged, [judged], "enumerated")));
            }
            if (plans.Count > limit || ++tried > 100_000)
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"The query has too many placements to list all. Expected at most {limit}.");
            }
        }
        return [.. plans.Values];
    }

    private static PlacementChoice Pinned(PlacementChoice choice, PlacementUnit unit, int node)
    {
        PlacementChoice pinned = choice.Copy();
        foreach (PinKey key in unit.Keys)
        {
            pinned.Pins[key] = node;
        }
        return pinned;
    }

    private static PlacementChoice Merged(PlacementChoice choice, MergeKey merge)
    {
        PlacementChoice merged = choice.Copy();
        merged.Merges.Add(merge);
        return merged;
    }
}
