using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>What a leaf adds, in the order of the file.</summary>
internal readonly record struct LeafWeight(int Target, double Weight);

/// <summary>
/// Turns the node graphs that files hold into trees. Exporters let several nodes share a child, most of all where they spell a test for a set as a
/// chain of equalities with one true child: such a chain becomes one test for a set, any other shared node is copied, within a limit.
/// </summary>
internal sealed class TreeUnfolding
{
    // Copies of shared nodes per ensemble. No exporter needs any once chains are folded.
    private const int MaxCopies = 1 << 20;

    private readonly OperatorContext _context;
    private readonly IReadOnlyList<TreeNode> _graph;
    private readonly IReadOnlyList<IReadOnlyList<LeafWeight>> _leaves;
    private readonly Func<int, string> _describe;
    private readonly bool[] _onPath;
    private readonly List<int> _roots = [];
    private readonly List<TreeNode> _nodes = [];
    private readonly List<TreeLeafWeight> _weights = [];
    private readonly List<IReadOnlyList<double>> _sets;
    private readonly HashSet<int> _guaranteed = [];
    private readonly HashSet<int> _carried = [];
    private readonly long _maxWeights;
    private int _numLeaves;

    /// <param name="context">The operator, for messages.</param>
    /// <param name="graph">The inner nodes; a child is the index of a node or <c>~leaf</c>.</param>
    /// <param name="leaves">By leaf: what it adds.</param>
    /// <param name="sets">Sets of the member modes.</param>
    /// <param name="describe">Names an inner node in messages.</param>
    public TreeUnfolding(
        OperatorContext context,
        IReadOnlyList<TreeNode> graph,
        IReadOnlyList<IReadOnlyList<LeafWeight>> leaves,
        IEnumerable<IReadOnlyList<double>> sets,
        Func<int, string> describe)
    {
        (_context, _graph, _leaves, _describe) = (context, graph, leaves, describe);
        _onPath = new bool[graph.Count];
        _maxWeights = MaxCopies + leaves.Sum(leaf => (long)leaf.Count);
        _sets = [.. sets];
    }

    /// <summary>True if every row reaches a leaf that carries the target.</summary>
    public bool AlwaysHas(int target) => _guaranteed.Contains(target);

    /// <summary>True if no leaf carries the target.</summary>
    public bool NeverHas(int target) => !_carried.Contains(target);

    /// <summary>Adds the tree below a root: the index of a node or <c>~leaf</c>.</summary>
    public void AddTree(int root)
    {
        _roots.Add(0);
        HashSet<int>? common = null;
        var pending = new Stack<Step>();
        pending.Push(new Step(root, Parent: -1, IsTrue: false, Depth: 0));
        while (pending.TryPop(out Step step))
        {
            if (step.IsExit)
            {
                _onPath[step.Child] = false;
                continue;
            }
            if (step.Child < 0)
            {
                IReadOnlyList<LeafWeight> weights = _leaves[~step.Child];
                Link(step, ~PlaceLeaf(weights));
                if (common is null)
                {
                    common = [.. weights.Select(weight => weight.Target)];
                }
                else if (common.Count > 0)
                {
                    common.IntersectWith(weights.Select(weight => weight.Target));
                }
                continue;
            }
            if (step.Depth >= ModelLimits.MaxTreeDepth)
            {
                throw OperatorContext.Unsupported($"a tree is deeper than {ModelLimits.MaxTreeDepth} nodes", Refusal.Final);
            }
            PlaceNode(step, pending);
        }
        _guaranteed.UnionWith(common ?? []);
    }

    /// <summary>The ensemble of the trees added.</summary>
    /// <param name="featureType">Type the features are compared in.</param>
    /// <param name="numFeatures">Columns of the input.</param>
    /// <param name="numTargets">Columns of the result.</param>
    /// <param name="aggregate">How leaves are combined.</param>
    /// <param name="baseValues">By target, or empty.</param>
    /// <param name="presenceOf">Targets for which a further column counts the leaves that carry them.</param>
    public TreeEnsemble Build(
        ElementType featureType,
        int numFeatures,
        int numTargets,
        TreeAggregate aggregate,
        IReadOnlyList<double> baseValues,
        IReadOnlyList<int> presenceOf)
    {
        Dictionary<int, int> columns = presenceOf.Select((target, i) => (target, i)).ToDictionary(pair => pair.target, pair => numTargets + pair.i);
        IEnumerable<TreeLeafWeight> presences = _weights
            .Where(weight => columns.ContainsKey(weight.Target))
            .Select(weight => new TreeLeafWeight(weight.Leaf, columns[weight.Target], 1));
        double[] bases = baseValues.Count == 0 ? [] : [.. baseValues, .. presenceOf.Select(_ => 0.0)];
        try
        {
            return TreeEnsemble.Create(
                featureType, numFeatures, numTargets + presenceOf.Count, _roots, _nodes, [.. _weights, .. presences], _sets, aggregate, bases);
        }
        catch (InferFException e) when (e.Code == InferFErrorCode.InvalidModel)
        {
            throw _context.Invalid(e.Message.TrimEnd('.'));
        }
    }

    private void PlaceNode(Step step, Stack<Step> pending)
    {
        TreeNode node = _graph[step.Child];
        Enter(step.Child, pending);
        int last = step.Child;
        if (node.Mode == TreeNodeMode.Equal && ContinuesChain(node, node.FalseChild))
        {
            var members = new List<double> { node.Threshold };
            while (ContinuesChain(node, _graph[last].FalseChild))
            {
                last = _graph[last].FalseChild;
                Enter(last, pending);
                members.Add(_graph[last].Threshold);
                if (_graph[last].MissingIsTrue && !node.MissingIsTrue)
                {
                    // ONNX Runtime looks at the first test's flag where it joins the chain and at each one's where it does not.
                    throw OperatorContext.Unsupported($"{_describe(last)} tracks missing values, an earlier equality of its chain does not");
                }
            }
            node = node with { Mode = TreeNodeMode.Member, Threshold = _sets.Count, FalseChild = _graph[last].FalseChild };
            _sets.Add(members);
        }
        int number = _nodes.Count;
        _nodes.Add(node);
        Link(step, number);
        pending.Push(new Step(node.FalseChild, number, IsTrue: false, step.Depth + 1));
        pending.Push(new Step(node.TrueChild, number, IsTrue: true, step.Depth + 1));
    }

    // A test of the same feature for another number that leads to the same true child.
    private bool ContinuesChain(TreeNode node, int next) => next >= 0
        && _graph[next] is { Mode: TreeNodeMode.Equal } other
        && other.Feature == node.Feature && other.TrueChild == node.TrueChild && !double.IsNaN(other.Threshold);

    private void Enter(int index, Stack<Step> pending)
    {
        if (_onPath[index])
        {
            throw _context.Invalid($"{_describe(index)} has itself below it");
        }
        if (_nodes.Count >= _graph.Count + MaxCopies)
        {
            throw TooManyCopies();
        }
        _onPath[index] = true;
        pending.Push(new Step(index, Parent: -1, IsTrue: false, Depth: 0, IsExit: true));
    }

    private int PlaceLeaf(IReadOnlyList<LeafWeight> weights)
    {
        if (_weights.Count + weights.Count > _maxWeights)
        {
            throw TooManyCopies();
        }
        int leaf = _numLeaves++;
        foreach (LeafWeight weight in weights)
        {
            _weights.Add(new TreeLeafWeight(leaf, weight.Target, weight.Weight));
            _carried.Add(weight.Target);
        }
        return leaf;
    }

    private static UnsupportedNodeException TooManyCopies() =>
        OperatorContext.Unsupported($"its trees share nodes in a way that would need more than {MaxCopies} copies", Refusal.Final);

    private void Link(Step step, int number)
    {
        if (step.Parent < 0)
        {
            _roots[^1] = number;
        }
        else
        {
            TreeNode parent = _nodes[step.Parent];
            _nodes[step.Parent] = step.IsTrue ? parent with { TrueChild = number } : parent with { FalseChild = number };
        }
    }

    private readonly record struct Step(int Child, int Parent, bool IsTrue, int Depth, bool IsExit = false);
}
