namespace InferF.Optimizer.Planners.Problem;

/// <summary>
/// The exact dynamic programme of one stage on a fixed tree. A node is idle, computes terms and lets the accumulators of others pass, or combines them with its own.
/// </summary>
/// <remarks>
/// <para>State of node v: (c, o, s). c is the node that gathers what leaves v's subtree: the nearest combining ancestor, or the root. o and s are the computing ancestors with the
/// fewest rows off and on the probe spine of v.</para>
/// <para>Why that suffices: a term costs rows(a)·(x + y·[a is off the spine of the term's lowest node]) at node a, because only the driver of a spine reads its raw columns in order. So for
/// given computing nodes a term takes the one with the fewest rows on its spine, or the one with the fewest rows off it, and no third (<see cref="StageProblem.RowsDecide"/>). Below a
/// build child everything above is off the spine, so o becomes the better of o and s. The accumulators depend on computing nodes only through c. Hence what is best in v's subtree
/// depends on nothing but the state, and the subtrees of v's children are independent of each other.</para>
/// <para>A node that is paid for but gets neither term nor accumulator is never part of an optimum, as it only costs.</para>
/// </remarks>
internal sealed class StageProgramme
{
    // More states than any tree of 64 tables has that is not made for it.
    private const long MostStates = 1 << 21;

    private const int None = -1;

    private enum Activity : byte
    {
        Idle,
        Passing,
        Combining,
    }

    private readonly StageProblem _stage;
    private readonly StageNodes _nodes;
    private readonly int[] _path;
    private readonly int[] _spineStarts;
    private readonly int[] _offsets;
    private readonly double[] _best;
    private readonly Activity[] _choices;
    private readonly StagePlacement _placement;
    private int _fixedTerm = None;
    private int _fixedNode = None;

    private StageProgramme(StageProblem stage, int[] spineStarts, int[] offsets, int states)
    {
        (_stage, _nodes, _spineStarts, _offsets) = (stage, stage.Nodes, spineStarts, offsets);
        _path = new int[stage.Nodes.Count + 1];
        _path[0] = stage.Nodes.Root;
        _best = new double[states];
        _choices = new Activity[states];
        _placement = StagePlacement.None(stage);
    }

    /// <summary>The best placement of a stage; null if the tree has too many states.</summary>
    public static StagePlacement? Solve(StageProblem stage)
    {
        StageNodes nodes = stage.Nodes;
        int[] depths = new int[nodes.Count];
        int[] spineStarts = new int[nodes.Count];
        int[] offsets = new int[nodes.Count];
        long states = 0;
        for (int node = nodes.Root - 1; node >= 0; node--)
        {
            int parent = nodes.Parents[node];
            depths[node] = depths[parent] + 1;
            spineStarts[node] = nodes.Drivers[node] == nodes.Drivers[parent] ? spineStarts[parent] : depths[node];
            offsets[node] = (int)states;
            states += (long)depths[node] * (spineStarts[node] + 1) * (depths[node] - spineStarts[node] + 1);
            if (states > MostStates)
            {
                return null;
            }
        }
        return new StageProgramme(stage, spineStarts, offsets, (int)states).Solve();
    }

    private StagePlacement Solve()
    {
        StagePlacement best = Run();
        if (double.IsNaN(_stage.Unpushed) || IsPushed(best))
        {
            return best;
        }
        // The optimum of the sum of terms is not what runs if nothing is pushed: the best that pushes something has some term at some node.
        double bestSeconds = _stage.Seconds(best);
        for (_fixedTerm = 0; _fixedTerm < _stage.TermCount; _fixedTerm++)
        {
            for (_fixedNode = _stage.Lowest[_fixedTerm]; _fixedNode != _nodes.Root; _fixedNode = _nodes.Parents[_fixedNode])
            {
                StagePlacement candidate = Run();
                double seconds = _stage.Seconds(candidate);
                if (seconds < bestSeconds)
                {
                    (best, bestSeconds) = (candidate, seconds);
                }
            }
        }
        return best;
    }

    private bool IsPushed(StagePlacement placement)
    {
        for (int term = 0; term < _stage.TermCount; term++)
        {
            if (placement.TermNodes[term] != _nodes.Root || _stage.HasInputsBelow.Length > 0 && _stage.HasInputsBelow[term])
            {
                return true;
            }
        }
        return false;
    }

    private StagePlacement Run()
    {
        Array.Fill(_best, double.NaN);
        for (int child = _nodes.FirstChildren[_nodes.Root]; child >= 0; child = _nodes.NextSiblings[child])
        {
            Best(child, 1, 0, Off(child, 1, None, 0), On(child, 1, 0));
        }
        Array.Fill(_placement.TermNodes, _nodes.Root);
        Array.Clear(_placement.Merges);
        for (int child = _nodes.FirstChildren[_nodes.Root]; child >= 0; child = _nodes.NextSiblings[child])
        {
            Take(child, 1, 0, Off(child, 1, None, 0), On(child, 1, 0));
        }
        if (_fixedTerm >= 0)
        {
            _placement.TermNodes[_fixedTerm] = _fixedNode;
        }
        return _placement.Copy();
    }

    // Consumer, best node off and on the spine are given as depths on the path from the root to the parent of `node`.
    private double Best(int node, int depth, int consumer, int off, int on)
    {
        int state = StateOf(node, depth, consumer, off, on);
        if (!double.IsNaN(_best[state]))
        {
            return _best[state];
        }
        _path[depth] = node;
        Activity choice = Activity.Idle;
        double best = node == _fixedNode ? double.PositiveInfinity : TermSeconds(node, off, on) + ChildSeconds(node, depth, consumer, off, on);
        int onWithNode = Fewer(depth, on);
        double computing = _stage.AccumulatorSeconds(node, _path[consumer]) + TermSeconds(node, off, onWithNode);
        if (computing < best)
        {
            double passing = computing + ChildSeconds(node, depth, consumer, off, onWithNode);
            (best, choice) = passing < best ? (passing, Activity.Passing) : (best, choice);
            if (_nodes.Mergeable[node] && _nodes.FirstChildren[node] >= 0)
            {
                double combining = computing + ChildSeconds(node, depth, depth, off, onWithNode);
                (best, choice) = combining < best ? (combining, Activity.Combining) : (best, choice);
            }
        }
        _best[state] = best;
        _choices[state] = choice;
        return best;
    }

    private void Take(int node, int depth, int consumer, int off, int on)
    {
        _path[depth] = node;
        Activity choice = _choices[StateOf(node, depth, consumer, off, on)];
        int newOn = choice == Activity.Idle ? on : Fewer(depth, on);
        int newConsumer = choice == Activity.Combining ? depth : consumer;
        _placement.Merges[node] = choice == Activity.Combining;
        foreach (int term in _stage.TermsOf(node))
        {
            double offSeconds = off < 0 ? double.PositiveInfinity : _stage.TermSeconds(term, _path[off]);
            double onSeconds = newOn < 0 ? double.PositiveInfinity : _stage.TermSeconds(term, _path[newOn]);
            _placement.TermNodes[term] = _path[onSeconds <= offSeconds ? newOn : off];
        }
        for (int child = _nodes.FirstChildren[node]; child >= 0; child = _nodes.NextSiblings[child])
        {
            Take(child, depth + 1, newConsumer, Off(child, depth + 1, off, newOn), On(child, depth + 1, newOn));
        }
    }

    private double ChildSeconds(int node, int depth, int consumer, int off, int on)
    {
        double seconds = 0;
        for (int child = _nodes.FirstChildren[node]; child >= 0; child = _nodes.NextSiblings[child])
        {
            seconds += Best(child, depth + 1, consumer, Off(child, depth + 1, off, on), On(child, depth + 1, on));
        }
        return seconds;
    }

    private double TermSeconds(int node, int off, int on)
    {
        double seconds = 0;
        foreach (int term in _stage.TermsOf(node))
        {
            if (term != _fixedTerm)
            {
                double offSeconds = off < 0 ? double.PositiveInfinity : _stage.TermSeconds(term, _path[off]);
                double onSeconds = on < 0 ? double.PositiveInfinity : _stage.TermSeconds(term, _path[on]);
                seconds += Math.Min(offSeconds, onSeconds);
            }
        }
        return seconds;
    }

    private int Off(int child, int depth, int off, int on) => _spineStarts[child] == depth ? Fewer(on, off) : off;

    private int On(int child, int depth, int on) => _spineStarts[child] == depth ? None : on;

    // The one of two depths whose node has fewer rows; of equals the first.
    private int Fewer(int first, int second) =>
        first < 0 ? second : second < 0 || _nodes.Rows[_path[first]] <= _nodes.Rows[_path[second]] ? first : second;

    private int StateOf(int node, int depth, int consumer, int off, int on)
    {
        int spineStart = _spineStarts[node];
        int offIndex = off < 0 ? spineStart : off;
        int onIndex = on < 0 ? depth - spineStart : on - spineStart;
        return _offsets[node] + (consumer * (spineStart + 1) + offIndex) * (depth - spineStart + 1) + onIndex;
    }
}
