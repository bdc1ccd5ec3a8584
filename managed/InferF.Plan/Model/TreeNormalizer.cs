using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>Renumbers the nodes and leaves of trees depth first, true child first, and checks them on the way (without recursion: files decide the depth).</summary>
internal sealed class TreeNormalizer(int numFeatures, IReadOnlyList<TreeNode> nodes, int numSets)
{
    private const int NotPlaced = -1;

    private readonly bool[] _visited = new bool[nodes.Count];
    private readonly ImmutableArray<int>.Builder _roots = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<TreeNode>.Builder _nodes = ImmutableArray.CreateBuilder<TreeNode>();
    private readonly ImmutableArray<int>.Builder _firstLeaves = ImmutableArray.CreateBuilder<int>();
    private readonly Dictionary<int, int> _leaves = [];

    public ImmutableArray<int> Roots => _roots.ToImmutable();

    public ImmutableArray<TreeNode> Nodes => _nodes.ToImmutable();

    public ImmutableArray<int> FirstLeaves => [.. _firstLeaves, _leaves.Count];

    public int Depth { get; private set; }

    /// <summary>Adds the tree under a root.</summary>
    public void AddTree(int root)
    {
        _firstLeaves.Add(_leaves.Count);
        int place = _roots.Count;
        _roots.Add(0);
        Stack<(int Child, int Parent, bool IsTrue, int Depth)> pending = new([(root, NotPlaced, false, 0)]);
        while (pending.TryPop(out (int Child, int Parent, bool IsTrue, int Depth) next))
        {
            int number = next.Child < 0 ? ~PlaceLeaf(~next.Child) : PlaceNode(next.Child);
            if (next.Parent == NotPlaced)
            {
                _roots[place] = number;
            }
            else
            {
                TreeNode parent = _nodes[next.Parent];
                _nodes[next.Parent] = next.IsTrue ? parent with { TrueChild = number } : parent with { FalseChild = number };
            }
            if (number >= 0)
            {
                Depth = Math.Max(Depth, next.Depth + 1);
                TreeNode node = nodes[next.Child];
                pending.Push((node.FalseChild, number, false, next.Depth + 1));
                pending.Push((node.TrueChild, number, true, next.Depth + 1));
            }
        }
    }

    /// <summary>The weights of the leaves placed, by their new numbers.</summary>
    public ImmutableArray<TreeLeafWeight> Weights(IReadOnlyList<TreeLeafWeight> weights, int numTargets)
    {
        List<TreeLeafWeight> placed = [];
        foreach (TreeLeafWeight weight in weights)
        {
            if (weight.Target < 0 || weight.Target >= numTargets)
            {
                throw TreeEnsemble.Invalid($"a leaf has the target {weight.Target}; there are {numTargets}");
            }
            if (_leaves.TryGetValue(weight.Leaf, out int leaf))
            {
                placed.Add(weight with { Leaf = leaf });
            }
        }
        return [.. placed.OrderBy(weight => weight.Leaf)];
    }

    private int PlaceLeaf(int leaf)
    {
        int number = _leaves.Count;
        return _leaves.TryAdd(leaf, number) ? number : throw TreeEnsemble.Invalid($"leaf {leaf} has several parents");
    }

    private int PlaceNode(int index)
    {
        if (index >= nodes.Count)
        {
            throw TreeEnsemble.Invalid($"a child is node {index}; there are {nodes.Count}");
        }
        if (_visited[index])
        {
            throw TreeEnsemble.Invalid($"node {index} has several parents or itself below it");
        }
        _visited[index] = true;
        TreeNode node = nodes[index];
        if (node.Feature < 0 || node.Feature >= numFeatures)
        {
            throw TreeEnsemble.Invalid($"node {index} tests the feature {node.Feature}; there are {numFeatures}");
        }
        bool isMember = node.Mode is TreeNodeMode.Member or TreeNodeMode.IntegerMember;
        if (isMember ? !(node.Threshold >= 0 && node.Threshold < numSets) : double.IsNaN(node.Threshold))
        {
            throw TreeEnsemble.Invalid(isMember ? $"node {index} tests the set {node.Threshold}; there are {numSets}" : $"the threshold of node {index} is NaN");
        }
        _nodes.Add(node);
        return _nodes.Count - 1;
    }
}
