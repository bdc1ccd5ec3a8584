using InferF.Plan.Model;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Random tree ensembles with every mode of node and every way to treat missing values.</summary>
public sealed class RandomTrees(Random random, int numFeatures)
{
    private readonly List<TreeNode> _nodes = [];
    private readonly List<double[]> _sets = [];
    private readonly List<int> _leafTrees = [];
    private readonly List<int> _roots = [];
    private int _leaves;

    /// <summary>One target per tree, whose score is the number of the exit leaf.</summary>
    public TreeEnsemble ExitLeaves()
    {
        Grow();
        return TreeEnsemble.Create(
            ElementType.Float32, numFeatures, _roots.Count, _roots, _nodes, [.. _leafTrees.Select((tree, leaf) => new TreeLeafWeight(leaf, tree, leaf))], _sets);
    }

    /// <summary>Random weights, aggregates and base values.</summary>
    public TreeEnsemble Scores(int numTargets)
    {
        Grow();
        List<TreeLeafWeight> weights =
            [.. Enumerable.Range(0, 2 * _leafTrees.Count).Select(_ => new TreeLeafWeight(random.Next(_leafTrees.Count), random.Next(numTargets), random.Next(-32, 33) / 8.0))];
        double[]? baseValues = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, numTargets).Select(_ => random.Next(-8, 9) / 4.0)];
        return TreeEnsemble.Create(ElementType.Float32, numFeatures, numTargets, _roots, _nodes, weights, _sets, (TreeAggregate)random.Next(4), baseValues);
    }

    private void Grow()
    {
        _nodes.Clear();
        _sets.Clear();
        _leafTrees.Clear();
        _leaves = 0;
        _roots.Clear();
        int depth = random.Next(5) == 0 ? 9 : random.Next(0, 6);
        int trees = random.Next(1, 9);
        for (int tree = 0; tree < trees; tree++)
        {
            _roots.Add(Subtree(depth));
            // Leaves are numbered as they are made.
            _leafTrees.AddRange(Enumerable.Repeat(tree, _leaves - _leafTrees.Count));
        }
    }

    private int Subtree(int depth)
    {
        if (depth == 0 || random.Next(8) == 0)
        {
            return ~_leaves++;
        }
        int number = _nodes.Count;
        _nodes.Add(default);
        TreeNodeMode mode = random.Next(2) == 0 ? TreeNodeMode.LessOrEqual : (TreeNodeMode)random.Next(8);
        double threshold = random.Next(12) == 0 ? (random.Next(2) == 0 ? double.NegativeInfinity : double.PositiveInfinity) : random.Next(-16, 17) / 8.0;
        if (mode is TreeNodeMode.Member or TreeNodeMode.IntegerMember)
        {
            threshold = _sets.Count;
            _sets.Add([.. Enumerable.Range(0, random.Next(0, 6)).Select(_ => mode == TreeNodeMode.Member ? random.Next(-16, 17) / 8.0 : random.Next(0, 3)).Distinct()]);
        }
        int missing = random.Next(3);
        int trueChild = Subtree(depth - 1);
        int falseChild = Subtree(depth - 1);
        _nodes[number] = new TreeNode(random.Next(numFeatures), mode, threshold, trueChild, falseChild, missing == 1, missing == 2, random.Next(6) == 0);
        return number;
    }
}
