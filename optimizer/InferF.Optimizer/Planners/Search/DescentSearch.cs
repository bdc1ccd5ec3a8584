namespace InferF.Optimizer.Planners.Search;

/// <summary>
/// Steepest descent: of all moves the one that lowers the cost most, until none does. After the greedy algorithm of arXiv 2511.20489, whose moves push a subset of partial computations to a
/// node; here they may also be taken back, moved on and combined.
/// </summary>
internal sealed class DescentSearch
{
    // A move must pay at least this fraction of the total, so that rounding cannot keep the descent going.
    private const double LeastGain = 1e-9;

    private readonly SearchSpace _space;
    private readonly int[] _nodes;
    private readonly int[] _stages;
    private readonly int[] _candidate;
    private int[] _current;
    private int[] _best;
    private double _bestSeconds;

    private DescentSearch(SearchSpace space, int[] start, double seconds)
    {
        _space = space;
        _nodes = [.. space.Decisions.SelectMany(decision => decision.Nodes).Distinct().Order()];
        _stages = [.. space.Decisions.Select(decision => decision.Stage).Distinct()];
        _candidate = new int[start.Length];
        _current = start;
        _best = [.. start];
        _bestSeconds = seconds;
    }

    /// <summary>Descends by all moves.</summary>
    public static (int[] Decisions, double Seconds) Descend(SearchSpace space, int[] start) => Run(space, start, onlyMerges: false);

    /// <summary>Descends by combining accumulators, or not; no unit moves.</summary>
    public static (int[] Decisions, double Seconds) DescendMerges(SearchSpace space, int[] start) => Run(space, start, onlyMerges: true);

    private static (int[] Decisions, double Seconds) Run(SearchSpace space, int[] start, bool onlyMerges)
    {
        double seconds = space.Seconds(start);
        DescentSearch search = new(space, [.. start], seconds);
        while (!space.IsExhausted)
        {
            search.TryMerges();
            if (!onlyMerges)
            {
                search.TrySingleUnits();
                search.TrySubsets();
            }
            if (search._bestSeconds >= seconds * (1 - LeastGain))
            {
                break;
            }
            seconds = search._bestSeconds;
            search._best.CopyTo(search._current, 0);
        }
        return (search._current, seconds);
    }

    private void TryMerges()
    {
        for (int d = 0; d < _current.Length; d++)
        {
            if (_space.Decisions[d].IsMerge)
            {
                Begin();
                _candidate[d] = 1 - _candidate[d];
                Judge();
            }
        }
    }

    // One unit to another node or back; the same with its partial result combined with others on its way: often only both together pay.
    private void TrySingleUnits()
    {
        for (int d = 0; d < _current.Length; d++)
        {
            Decision decision = _space.Decisions[d];
            for (int choice = 0; !decision.IsMerge && choice <= decision.Nodes.Length; choice++)
            {
                if (choice == _current[d])
                {
                    continue;
                }
                Begin();
                _candidate[d] = choice;
                Judge();
                JudgeWithMergesAbove(decision.Stage, decision.Nodes[Math.Max(choice - 1, 0)]);
            }
        }
    }

    // Gains that appear only together, e.g. a tower of layers over a build side: everything that a node covers, of all stages or of one.
    private void TrySubsets()
    {
        foreach (int node in _nodes)
        {
            TrySubsets(node, stage: -1);
            for (int s = 0; _stages.Length > 1 && s < _stages.Length; s++)
            {
                TrySubsets(node, _stages[s]);
            }
        }
    }

    private void TrySubsets(int node, int stage)
    {
        // What is not pushed to the node, or to its lowest nodes; everything to the node, or to its lowest nodes, or back.
        TrySubset(node, stage, onlyUnpushed: true, decision => decision.At(node));
        TrySubset(node, stage, onlyUnpushed: true, decision => decision.IsUnder(node) ? 1 : -1);
        TrySubset(node, stage, onlyUnpushed: false, decision => decision.At(node));
        TrySubset(node, stage, onlyUnpushed: false, decision => decision.IsUnder(node) ? 1 : -1);
        TrySubset(node, stage, onlyUnpushed: false, decision => decision.IsUnder(node) ? 0 : -1);
    }

    private void TrySubset(int node, int stage, bool onlyUnpushed, Func<Decision, int> choose)
    {
        Begin();
        int moved = 0;
        for (int d = 0; d < _current.Length; d++)
        {
            Decision decision = _space.Decisions[d];
            int choice = decision.IsMerge || stage >= 0 && decision.Stage != stage || onlyUnpushed && _current[d] != 0 ? -1 : choose(decision);
            if (choice >= 0 && choice != _current[d])
            {
                _candidate[d] = choice;
                moved++;
            }
        }
        if (moved == 0)
        {
            return;
        }
        if (moved > 1)
        {
            Judge();
        }
        JudgeWithMergesAbove(stage, node);
    }

    // The candidate with everything that combines at or above a node switched on: one at a time, then all of it.
    private void JudgeWithMergesAbove(int stage, int node)
    {
        int changes = 0;
        for (int d = 0; d < _candidate.Length; d++)
        {
            if (CanMerge(d, stage, node))
            {
                _candidate[d] = 1;
                Judge();
                _candidate[d] = 0;
                changes++;
            }
        }
        if (changes < 2)
        {
            return;
        }
        for (int d = 0; d < _candidate.Length; d++)
        {
            _candidate[d] = CanMerge(d, stage, node) ? 1 : _candidate[d];
        }
        Judge();
    }

    private bool CanMerge(int d, int stage, int node)
    {
        Decision decision = _space.Decisions[d];
        return decision.IsMerge && _candidate[d] == 0 && (stage < 0 || decision.Stage == stage) && IsAbove(decision.Nodes[0], node);
    }

    private bool IsAbove(int ancestor, int node)
    {
        foreach (Decision decision in _space.Decisions)
        {
            if (decision.Path.IndexOf(node) is >= 0 and int index)
            {
                return decision.Path.IndexOf(ancestor, index) >= 0;
            }
        }
        return false;
    }

    private void Begin() => _current.CopyTo(_candidate, 0);

    private void Judge()
    {
        if (_space.IsExhausted)
        {
            return;
        }
        double seconds = _space.Seconds(_candidate);
        if (seconds < _bestSeconds)
        {
            _candidate.CopyTo(_best, 0);
            _bestSeconds = seconds;
        }
    }
}
