using InferF.Optimizer.Cost;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Support;

/// <summary>The plans of every planner and of the published rules.</summary>
internal static class AllPlans
{
    // Planners that judge thousands of placements take part in one case of so many.
    private const int SlowShare = 10;

    public static IEnumerable<PhysicalPlan> Of(BoundQuery query, IReadOnlyList<TableStatistics> statistics, Random random)
    {
        bool withSlow = random.Next(SlowShare) == 0;
        foreach (PlannerKind kind in Enum.GetValues<PlannerKind>())
        {
            if ((withSlow || kind is not (PlannerKind.Genetic or PlannerKind.Exhaustive)) && PlanOf(query, statistics, kind) is PhysicalPlan plan)
            {
                yield return plan;
            }
        }
        yield return Planner.PlanWithRule(Planner.RuleNames[random.Next(Planner.RuleNames.Count)], query, statistics, MachineConstants.Default);
    }

    // Null where there are too many placements to try them all.
    private static PhysicalPlan? PlanOf(BoundQuery query, IReadOnlyList<TableStatistics> statistics, PlannerKind kind)
    {
        try
        {
            return Planner.Plan(query, statistics, kind, MachineConstants.Default);
        }
        catch (InferFException exception) when (kind == PlannerKind.Exhaustive && exception.Code == InferFErrorCode.InvalidArgument)
        {
            return null;
        }
    }
}
