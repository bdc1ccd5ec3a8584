using System.Collections.Immutable;

namespace InferF.Optimizer.Planners.Problem;

/// <summary>Raw columns that several terms read: loaded once at every node where at least one of them is computed.</summary>
/// <param name="Seconds">By node number common to all stages (<see cref="StageNodes.Ids"/>).</param>
/// <param name="Users">The terms.</param>
internal sealed record SharedLoad(double[] Seconds, ImmutableArray<TermRef> Users);

/// <summary>A term of a stage.</summary>
internal readonly record struct TermRef(int Stage, int Term);

/// <summary>A query reduced to numbers: stages, and the raw columns that they share. Immutable.</summary>
/// <param name="Stages">The stages.</param>
/// <param name="Loads">What several terms read; its seconds are not contained in those of the terms.</param>
internal sealed record PlacementProblem(ImmutableArray<StageProblem> Stages, ImmutableArray<SharedLoad> Loads)
{
    /// <summary>Everything at the root.</summary>
    public ImmutableArray<StagePlacement> None() => [.. Stages.Select(StagePlacement.None)];

    /// <summary>Every term at its lowest node, nothing combined.</summary>
    public ImmutableArray<StagePlacement> Lowest() => [.. Stages.Select(stage => new StagePlacement([.. stage.Lowest], new bool[stage.Nodes.Count]))];

    /// <summary>Seconds of a placement.</summary>
    /// <param name="placements">By stage.</param>
    public double Seconds(ImmutableArray<StagePlacement> placements)
    {
        double seconds = 0;
        for (int stage = 0; stage < placements.Length; stage++)
        {
            seconds += Stages[stage].Seconds(placements[stage]);
        }
        foreach (SharedLoad load in Loads)
        {
            seconds += LoadSeconds(load, placements);
        }
        return seconds;
    }

    /// <summary>The number, common to all stages, of the node that computes a term.</summary>
    public int NodeOf(TermRef term, ImmutableArray<StagePlacement> placements) => Stages[term.Stage].Nodes.Ids[placements[term.Stage].TermNodes[term.Term]];

    /// <summary>One stage as if it shared nothing: the loads of its terms are its own.</summary>
    public StageProblem Alone(int stage)
    {
        StageProblem alone = Stages[stage];
        if (Loads.IsEmpty)
        {
            return alone;
        }
        int count = alone.Nodes.Count;
        double[] added = new double[alone.TermCount * count];
        foreach (SharedLoad load in Loads)
        {
            foreach (TermRef user in load.Users)
            {
                if (user.Stage == stage)
                {
                    for (int node = 0; node < count; node++)
                    {
                        added[user.Term * count + node] += load.Seconds[alone.Nodes.Ids[node]];
                    }
                }
            }
        }
        return alone.Adding(added);
    }

    private double LoadSeconds(SharedLoad load, ImmutableArray<StagePlacement> placements)
    {
        double seconds = 0;
        ReadOnlySpan<TermRef> users = load.Users.AsSpan();
        for (int user = 0; user < users.Length; user++)
        {
            int node = NodeOf(users[user], placements);
            bool isFirst = true;
            for (int earlier = 0; earlier < user && isFirst; earlier++)
            {
                isFirst = NodeOf(users[earlier], placements) != node;
            }
            seconds += isFirst ? load.Seconds[node] : 0;
        }
        return seconds;
    }
}
