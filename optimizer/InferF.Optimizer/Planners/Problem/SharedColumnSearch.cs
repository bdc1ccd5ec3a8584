using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace InferF.Optimizer.Planners.Problem;

/// <summary>
/// Stages that share raw columns: a project selection by minimum cut. One move lets every term keep its node or take the one that is proposed for it, and finds the best of all 2ⁿ
/// outcomes at once (Picard, "Maximal closure of a graph and applications to combinatorial problems", Management Science 22(11), 1976). What is paid once — an accumulator at a node, raw columns loaded at a node —
/// becomes a node of the network between the terms that need it and the terminal that stands for paying it.
/// </summary>
/// <remarks>
/// From everything at the root, proposing one lower node for each term, the move is exact. Further moves propose one node to all terms at once (α-expansion with label costs: Delong,
/// Osokin, Isack and Boykov, "Fast Approximate Energy Minimization with Label Costs", IJCV 96, 2012), the optima of the stages taken alone, and their lowest nodes; each is kept only if it pays.
/// </remarks>
internal sealed class SharedColumnSearch(PlacementProblem problem)
{
    private const double LeastGain = 1e-12;
    private const int MostRounds = 20;

    /// <summary>Improves the better of everything at the root and of the stages' own optima until no move pays.</summary>
    /// <param name="alone">The optima of the stages taken alone.</param>
    public ImmutableArray<StagePlacement> Solve(ImmutableArray<StagePlacement> alone)
    {
        ImmutableArray<StagePlacement> fromRoot = Improve(Fuse(problem.None(), problem.Lowest()), alone);
        ImmutableArray<StagePlacement> fromAlone = Improve(alone, alone);
        return problem.Seconds(fromRoot) <= problem.Seconds(fromAlone) ? fromRoot : fromAlone;
    }

    /// <summary>The best placement in which every term lies where <paramref name="current"/> or where <paramref name="proposed"/> says; merges stay as they are in <paramref name="current"/>.</summary>
    /// <remarks>Optimal unless a node is given up by some terms of a stage and proposed to others of it, or accumulators are merged: then it is a heuristic.</remarks>
    public ImmutableArray<StagePlacement> Fuse(ImmutableArray<StagePlacement> current, ImmutableArray<StagePlacement> proposed)
    {
        MaximumFlow flow = new();
        Dictionary<(int Kind, int Stage, int Node), Resource> resources = [];
        List<(TermRef Term, int Node)> movable = [];
        for (int s = 0; s < problem.Stages.Length; s++)
        {
            StageProblem stage = problem.Stages[s];
            for (int t = 0; t < stage.TermCount; t++)
            {
                int before = current[s].TermNodes[t];
                int after = proposed[s].TermNodes[t];
                int node = before == after ? -1 : flow.AddNode();
                if (node >= 0)
                {
                    movable.Add((new TermRef(s, t), node));
                    flow.AddEdge(flow.Source, node, stage.TermSeconds(t, before));
                    flow.AddEdge(node, flow.Sink, stage.TermSeconds(t, after));
                }
                Need(resources, (-1, s, before), AccumulatorSeconds(stage, current[s], before), node, after: false);
                Need(resources, (-1, s, after), AccumulatorSeconds(stage, current[s], after), node, after: true);
            }
        }
        AddLoads(resources, movable, current, proposed);
        foreach (Resource resource in resources.Values)
        {
            resource.AddTo(flow);
        }
        bool[] takes = flow.SourceSide();
        ImmutableArray<StagePlacement> fused = [.. current.Select(placement => placement.Copy())];
        foreach ((TermRef term, int node) in movable)
        {
            if (takes[node])
            {
                fused[term.Stage].TermNodes[term.Term] = proposed[term.Stage].TermNodes[term.Term];
            }
        }
        return fused;
    }

    private ImmutableArray<StagePlacement> Improve(ImmutableArray<StagePlacement> start, ImmutableArray<StagePlacement> alone)
    {
        ImmutableArray<StagePlacement> best = start;
        double seconds = problem.Seconds(best);
        int[] ids = [.. problem.Stages.SelectMany(stage => stage.Nodes.Ids).Distinct()];
        for (int round = 0; round < MostRounds; round++)
        {
            double before = seconds;
            foreach (ImmutableArray<StagePlacement> proposed in ids.Select(id => Everything(id, best)).Concat([alone, problem.Lowest(), problem.None()]).ToArray())
            {
                Keep(Fuse(best, proposed), ref best, ref seconds);
            }
            ToggleMerges(ref best, ref seconds);
            if (seconds >= before * (1 - LeastGain))
            {
                break;
            }
        }
        return best;
    }

    private void ToggleMerges(ref ImmutableArray<StagePlacement> best, ref double seconds)
    {
        for (int s = 0; s < best.Length; s++)
        {
            for (int node = 0; node < problem.Stages[s].Nodes.Root; node++)
            {
                if (problem.Stages[s].Nodes.Mergeable[node])
                {
                    StagePlacement toggled = best[s].Copy();
                    toggled.Merges[node] = !toggled.Merges[node];
                    Keep(best.SetItem(s, toggled), ref best, ref seconds);
                }
            }
        }
    }

    private void Keep(ImmutableArray<StagePlacement> candidate, ref ImmutableArray<StagePlacement> best, ref double seconds)
    {
        double candidateSeconds = problem.Seconds(candidate);
        if (candidateSeconds < seconds)
        {
            (best, seconds) = (candidate, candidateSeconds);
        }
    }

    // All terms that may be computed at a node, there; the others where they are.
    private ImmutableArray<StagePlacement> Everything(int id, ImmutableArray<StagePlacement> current)
    {
        ImmutableArray<StagePlacement> proposed = [.. current.Select(placement => placement.Copy())];
        for (int s = 0; s < problem.Stages.Length; s++)
        {
            StageProblem stage = problem.Stages[s];
            int node = Array.IndexOf(stage.Nodes.Ids, id);
            for (int t = 0; node >= 0 && t < stage.TermCount; t++)
            {
                if (stage.Nodes.IsUnder(stage.Lowest[t], node))
                {
                    proposed[s].TermNodes[t] = node;
                }
            }
        }
        return proposed;
    }

    private void AddLoads(
        Dictionary<(int Kind, int Stage, int Node), Resource> resources,
        List<(TermRef Term, int Node)> movable,
        ImmutableArray<StagePlacement> current,
        ImmutableArray<StagePlacement> proposed)
    {
        Dictionary<TermRef, int> nodes = movable.ToDictionary(entry => entry.Term, entry => entry.Node);
        for (int l = 0; l < problem.Loads.Length; l++)
        {
            SharedLoad load = problem.Loads[l];
            foreach (TermRef user in load.Users)
            {
                int node = nodes.GetValueOrDefault(user, -1);
                int before = problem.NodeOf(user, current);
                int after = problem.NodeOf(user, proposed);
                Need(resources, (l, 0, before), load.Seconds[before], node, after: false);
                Need(resources, (l, 0, after), load.Seconds[after], node, after: true);
            }
        }
    }

    private static void Need(Dictionary<(int Kind, int Stage, int Node), Resource> resources, (int, int, int) key, double seconds, int term, bool after)
    {
        ref Resource? resource = ref CollectionsMarshal.GetValueRefOrAddDefault(resources, key, out _);
        resource ??= new Resource(seconds);
        resource.IsPaid |= term < 0;
        (after ? resource.NeededIfMoved : resource.NeededIfKept).Add(term);
    }

    // Read by the nearest node above that merges.
    private static double AccumulatorSeconds(StageProblem stage, StagePlacement placement, int node)
    {
        if (node == stage.Nodes.Root)
        {
            return 0;
        }
        int consumer = stage.Nodes.Parents[node];
        while (consumer != stage.Nodes.Root && !placement.Merges[consumer])
        {
            consumer = stage.Nodes.Parents[consumer];
        }
        return stage.AccumulatorSeconds(node, consumer);
    }

    /// <summary>What is paid once if any of some terms needs it.</summary>
    private sealed class Resource(double seconds)
    {
        // A term that cannot move needs it: it is paid whatever is decided.
        public bool IsPaid { get; set; }

        public List<int> NeededIfMoved { get; } = [];

        public List<int> NeededIfKept { get; } = [];

        public void AddTo(MaximumFlow flow)
        {
            if (IsPaid || seconds <= 0)
            {
                return;
            }
            if (NeededIfMoved.Count > 0)
            {
                int node = flow.AddNode();
                flow.AddEdge(node, flow.Sink, seconds);
                NeededIfMoved.ForEach(term => flow.AddEdge(term, node, double.PositiveInfinity));
            }
            if (NeededIfKept.Count > 0)
            {
                int node = flow.AddNode();
                flow.AddEdge(flow.Source, node, seconds);
                NeededIfKept.ForEach(term => flow.AddEdge(node, term, double.PositiveInfinity));
            }
        }
    }
}
