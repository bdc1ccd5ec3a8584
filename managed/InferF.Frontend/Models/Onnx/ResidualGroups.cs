using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx;

/// <summary>
/// Joins nodes that ONNX Runtime runs: neighbours that depend on the same inputs of the graph become one group. A node with a rule that lies between
/// two of them joins too; so no path leaves a group and comes back: a node on it would lie between, and would depend on the same inputs as both ends.
/// </summary>
internal sealed class ResidualGroups
{
    private readonly GraphIndex _index;
    private readonly int[] _groups;

    /// <param name="index">The graph.</param>
    /// <param name="residual">Nodes without a rule.</param>
    /// <param name="mayJoin">Nodes that ONNX Runtime could run as well.</param>
    /// <param name="sources">The inputs of the graph that a value depends on.</param>
    public ResidualGroups(GraphIndex index, IReadOnlySet<int> residual, Predicate<int> mayJoin, Func<string, InputSet> sources)
    {
        _index = index;
        HashSet<int> below = Reachable(residual, forward: true);
        HashSet<int> above = Reachable(residual, forward: false);
        int[] between = [.. index.Order.Where(i => !residual.Contains(i) && below.Contains(i) && above.Contains(i) && mayJoin(i))];
        HashSet<int> all = [.. residual, .. between];
        Dictionary<int, InputSet> dependencies = all.ToDictionary(
            i => i, i => index.InputsOf(i).Aggregate(InputSet.Empty, (set, name) => set.Union(sources(name))));

        _groups = [.. Enumerable.Range(0, index.Graph.Node.Count)];
        foreach (int node in all)
        {
            foreach (int producer in Producers(node).Where(all.Contains))
            {
                if (dependencies[producer].Equals(dependencies[node]))
                {
                    _groups[Root(producer)] = Root(node);
                }
            }
        }
        // A node that met none with its own inputs stays what it was.
        HashSet<int> needed = [.. residual.Select(Root)];
        Joined = between.Where(i => needed.Contains(Root(i))).ToHashSet();
        foreach (int node in between.Except(Joined).ToArray())
        {
            _groups[node] = node;
        }
    }

    private ResidualGroups(GraphIndex index)
    {
        _index = index;
        _groups = [.. Enumerable.Range(0, index.Graph.Node.Count)];
    }

    /// <summary>Nodes with a rule that join.</summary>
    public IReadOnlySet<int> Joined { get; } = new HashSet<int>();

    /// <summary>Every node alone.</summary>
    public static ResidualGroups Single(GraphIndex index) => new(index);

    /// <summary>Groups and single nodes, each after those it reads, with the nodes of a group in the same order.</summary>
    public IEnumerable<ImmutableArray<int>> Order()
    {
        ILookup<int, int> members = _index.Order.ToLookup(Root);
        Dictionary<int, HashSet<int>> reads = members.ToDictionary(
            group => group.Key, group => group.SelectMany(Producers).Select(Root).Where(root => root != group.Key).ToHashSet());
        HashSet<int> done = [];
        foreach (int root in members.Select(group => group.Key))
        {
            // Depth first with an explicit stack, for chains may be long.
            Stack<int> stack = new([root]);
            while (stack.TryPeek(out int next))
            {
                if (done.Contains(next))
                {
                    stack.Pop();
                    continue;
                }
                int[] missing = [.. reads[next].Where(read => !done.Contains(read))];
                if (missing.Length == 0)
                {
                    stack.Pop();
                    done.Add(next);
                    yield return [.. members[next]];
                    continue;
                }
                foreach (int read in missing)
                {
                    stack.Push(read);
                }
            }
        }
    }

    /// <summary>Values of a group that other nodes or the graph's outputs read.</summary>
    public IReadOnlyList<string> ReadOutside(ImmutableArray<int> group)
    {
        HashSet<int> inside = [.. group];
        HashSet<string> outside = new(StringComparer.Ordinal);
        outside.UnionWith(_index.Graph.Output.Select(output => output.Name));
        outside.UnionWith(_index.Order.Where(i => !inside.Contains(i)).SelectMany(_index.InputsOf));
        return [.. group.SelectMany(i => _index.Graph.Node[i].Output).Where(outside.Contains)];
    }

    private IEnumerable<int> Producers(int node) => _index.InputsOf(node).Select(_index.ProducerOf).Where(producer => producer >= 0);

    private int Root(int node)
    {
        while (_groups[node] != node)
        {
            node = _groups[node] = _groups[_groups[node]];
        }
        return node;
    }

    // Nodes that read something of the residual ones (forward) or that these read (backward), however far away.
    private HashSet<int> Reachable(IReadOnlySet<int> residual, bool forward)
    {
        HashSet<int> reached = [];
        if (forward)
        {
            foreach (int node in _index.Order)
            {
                if (Producers(node).Any(producer => residual.Contains(producer) || reached.Contains(producer)))
                {
                    reached.Add(node);
                }
            }
            return reached;
        }
        foreach (int node in _index.Order.Reverse())
        {
            if (residual.Contains(node) || reached.Contains(node))
            {
                reached.UnionWith(Producers(node));
            }
        }
        return reached;
    }
}
