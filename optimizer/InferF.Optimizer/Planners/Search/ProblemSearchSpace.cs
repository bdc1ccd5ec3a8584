using System.Collections.Immutable;
using InferF.Optimizer.Planners.Problem;

namespace InferF.Optimizer.Planners.Search;

/// <summary>The placements of a <see cref="PlacementProblem"/>.</summary>
internal sealed class ProblemSearchSpace : SearchSpace
{
    private readonly PlacementProblem _problem;
    private readonly ImmutableArray<StagePlacement> _scratch;

    // By decision: the term, or the node at which accumulators are combined; both as numbers of their stage.
    private readonly int[] _subjects;

    /// <summary>Lists the decisions of a problem.</summary>
    public ProblemSearchSpace(PlacementProblem problem)
    {
        (_problem, _scratch) = (problem, problem.None());
        List<Decision> decisions = [];
        List<int> subjects = [];
        for (int s = 0; s < problem.Stages.Length; s++)
        {
            StageProblem stage = problem.Stages[s];
            for (int t = 0; t < stage.TermCount; t++)
            {
                if (stage.Lowest[t] != stage.Nodes.Root)
                {
                    ImmutableArray<int> path = PathFrom(stage.Nodes, stage.Lowest[t]);
                    decisions.Add(new Decision(s, path[..^1], path, IsMerge: false));
                    subjects.Add(t);
                }
            }
            for (int node = 0; node < stage.Nodes.Root; node++)
            {
                if (stage.Nodes.Mergeable[node] && stage.Nodes.FirstChildren[node] >= 0)
                {
                    decisions.Add(new Decision(s, [stage.Nodes.Ids[node]], PathFrom(stage.Nodes, node), IsMerge: true));
                    subjects.Add(node);
                }
            }
        }
        (Decisions, _subjects) = ([.. decisions], [.. subjects]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<Decision> Decisions { get; }

    /// <inheritdoc/>
    public override double Seconds(ReadOnlySpan<int> decisions)
    {
        Write(decisions, _scratch);
        return _problem.Seconds(_scratch);
    }

    /// <summary>The placement that some decisions mean.</summary>
    public ImmutableArray<StagePlacement> PlacementsOf(ReadOnlySpan<int> decisions)
    {
        ImmutableArray<StagePlacement> placements = _problem.None();
        Write(decisions, placements);
        return placements;
    }

    private void Write(ReadOnlySpan<int> decisions, ImmutableArray<StagePlacement> placements)
    {
        for (int d = 0; d < decisions.Length; d++)
        {
            Decision decision = Decisions[d];
            StageNodes nodes = _problem.Stages[decision.Stage].Nodes;
            StagePlacement placement = placements[decision.Stage];
            if (decision.IsMerge)
            {
                placement.Merges[_subjects[d]] = decisions[d] != 0;
                continue;
            }
            int node = _problem.Stages[decision.Stage].Lowest[_subjects[d]];
            for (int up = decisions[d] == 0 ? decision.Nodes.Length : decisions[d] - 1; up > 0; up--)
            {
                node = nodes.Parents[node];
            }
            placement.TermNodes[_subjects[d]] = node;
        }
    }

    private static ImmutableArray<int> PathFrom(StageNodes nodes, int node)
    {
        ImmutableArray<int>.Builder path = ImmutableArray.CreateBuilder<int>();
        for (; node >= 0; node = nodes.Parents[node])
        {
            path.Add(nodes.Ids[node]);
        }
        return path.ToImmutable();
    }
}
