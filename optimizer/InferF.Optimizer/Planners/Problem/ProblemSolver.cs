using System.Collections.Immutable;

namespace InferF.Optimizer.Planners.Problem;

/// <summary>The <c>exact</c> planner on numbers: the dynamic programme for each stage, and minimum cuts where stages share raw columns.</summary>
internal static class ProblemSolver
{
    /// <summary>A placement of every stage, and whether it is proven to be the best one.</summary>
    public static (ImmutableArray<StagePlacement> Placements, bool IsOptimal) Solve(PlacementProblem problem)
    {
        ImmutableArray<StagePlacement>.Builder alone = ImmutableArray.CreateBuilder<StagePlacement>(problem.Stages.Length);
        bool isOptimal = problem.Loads.IsEmpty;
        for (int s = 0; s < problem.Stages.Length; s++)
        {
            StageProblem stage = problem.Alone(s);
            StagePlacement? best = StageProgramme.Solve(stage);
            isOptimal &= best is not null && stage.IsExact;
            alone.Add(best ?? StagePlacement.None(stage));
        }
        ImmutableArray<StagePlacement> placements = alone.MoveToImmutable();
        if (problem.Loads.IsEmpty)
        {
            return (placements, isOptimal);
        }
        return (new SharedColumnSearch(problem).Solve(placements), problem.Stages.All(HasTwoPositions));
    }

    // Every term has the root and one other node, and no two of them could be combined.
    private static bool HasTwoPositions(StageProblem stage)
    {
        for (int node = 0; node < stage.Nodes.Root; node++)
        {
            if (stage.Nodes.Parents[node] != stage.Nodes.Root)
            {
                return false;
            }
        }
        return double.IsNaN(stage.Unpushed);
    }
}
