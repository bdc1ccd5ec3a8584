using System.Collections.Immutable;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Tests.Support;

/// <summary>Tree ensembles on one row, after the comments of plan.proto: by walking, and by masks of the leaves that tests leave.</summary>
public sealed class TreeMath
{
    private const int WordBits = 64;

    private readonly TreeEnsemble _trees;
    private readonly int[] _firstBits;

    public TreeMath(TreeEnsemble trees)
    {
        _trees = trees;
        int largest = Enumerable.Range(0, trees.NumTrees).Max(Leaves);
        int field = new[] { 8, 16, 32, 64 }.FirstOrDefault(bits => bits >= largest);
        _firstBits = new int[trees.NumTrees + 1];
        for (int tree = 0; tree < trees.NumTrees; tree++)
        {
            _firstBits[tree + 1] = _firstBits[tree] + (field > 0 ? field : (Leaves(tree) + WordBits - 1) / WordBits * WordBits);
        }
    }

    public int MaskWords => (_firstBits[^1] + WordBits - 1) / WordBits;

    /// <summary>Reads an ensemble back from a plan.</summary>
    public static TreeEnsemble Read(Proto.TreeEnsemble written, ImmutableArray<ConstantTensor> tensors)
    {
        long[] Integers(uint index) => (long[])tensors[(int)index].Data;
        double[] Numbers(uint index) => (double[])tensors[(int)index].Data;
        List<TreeNode> nodes = [];
        for (int n = 0; written.HasNodes && n < tensors[(int)written.Nodes].Rows; n++)
        {
            long[] fields = Integers(written.Nodes)[(4 * n)..(4 * n + 4)];
            nodes.Add(new TreeNode(
                (int)fields[0], (TreeNodeMode)(fields[1] & 15), Numbers(written.Thresholds)[n], (int)fields[2], (int)fields[3], (fields[1] & 16) != 0, (fields[1] & 32) != 0, (fields[1] & 64) != 0));
        }
        long[] offsets = written.HasSetOffsets ? Integers(written.SetOffsets) : [0];
        List<double[]> sets = [.. offsets.Skip(1).Select((end, s) => (written.HasSetMembers ? Numbers(written.SetMembers) : [])[(int)offsets[s]..(int)end])];
        List<TreeLeafWeight> weights = written.HasWeights
            ? [.. Numbers(written.Weights).Select((weight, i) => new TreeLeafWeight((int)Integers(written.WeightLeaves)[i], (int)Integers(written.WeightTargets)[i], weight))]
            : [];
        TreeEnsemble trees = TreeEnsemble.Create(
            (ElementType)(written.FeatureType - 1), (int)written.NumFeatures, (int)written.NumTargets, [.. Integers(written.Roots).Select(root => (int)root)], nodes, weights, sets,
            (TreeAggregate)(int)written.Aggregate, written.HasBaseValues ? Numbers(written.BaseValues) : null);
        Assert.Equal(Integers(written.FirstLeaves), trees.FirstLeaves.Select(leaf => (long)leaf));
        Assert.Equal(nodes, trees.Nodes);
        return trees;
    }

    public object[] Walk(object[] features)
    {
        int[] exits = new int[_trees.NumTrees];
        for (int tree = 0; tree < exits.Length; tree++)
        {
            int child = _trees.Roots[tree];
            while (child >= 0)
            {
                TreeNode node = _trees.Nodes[child];
                child = Passes(node, (double)features[node.Feature]) ? node.TrueChild : node.FalseChild;
            }
            exits[tree] = ~child;
        }
        return Scores(exits);
    }

    /// <summary>The leaves that tests on some features leave, packed as plan.proto says.</summary>
    public object[] Mask(object[] features, int firstFeature)
    {
        long[] words = new long[MaskWords];
        for (int tree = 0; tree < _trees.NumTrees; tree++)
        {
            HashSet<int> left = [.. Enumerable.Range(_trees.FirstLeaves[tree], Leaves(tree))];
            foreach (TreeNode node in NodesOf(tree))
            {
                if (node.Feature >= firstFeature && node.Feature < firstFeature + features.Length && !Passes(node, (double)features[node.Feature - firstFeature]))
                {
                    left.ExceptWith(LeavesUnder(node.TrueChild));
                }
            }
            foreach (int leaf in left)
            {
                int bit = _firstBits[tree] + leaf - _trees.FirstLeaves[tree];
                words[bit / WordBits] |= 1L << (bit % WordBits);
            }
        }
        return [.. words.Select(word => (object)word)];
    }

    public static object[] And(IEnumerable<object[]> masks) => masks.Aggregate((left, right) => [.. left.Zip(right, (a, b) => (object)((long)a & (long)b))]);

    public object[] Score(object[] mask) => Scores([.. Enumerable.Range(0, _trees.NumTrees).Select(tree => Enumerable.Range(0, Leaves(tree))
        .Where(leaf => ((long)mask[(_firstBits[tree] + leaf) / WordBits] >> ((_firstBits[tree] + leaf) % WordBits) & 1) != 0)
        .Min() + _trees.FirstLeaves[tree])]);

    private int Leaves(int tree) => _trees.FirstLeaves[tree + 1] - _trees.FirstLeaves[tree];

    private IEnumerable<TreeNode> NodesOf(int tree) => Under(_trees.Roots[tree]).Where(child => child >= 0).Select(child => _trees.Nodes[child]);

    private IEnumerable<int> LeavesUnder(int root) => Under(root).Where(child => child < 0).Select(child => ~child);

    private IEnumerable<int> Under(int root)
    {
        Stack<int> pending = new([root]);
        while (pending.TryPop(out int child))
        {
            yield return child;
            if (child >= 0)
            {
                pending.Push(_trees.Nodes[child].FalseChild);
                pending.Push(_trees.Nodes[child].TrueChild);
            }
        }
    }

    private bool Passes(TreeNode node, double value)
    {
        double x = node.ZeroIsMissing && Math.Abs(value) <= 1e-35f ? double.NaN : value;
        if (double.IsNaN(x) && (node.MissingIsTrue || node.MissingIsFalse))
        {
            return node.MissingIsTrue;
        }
        return node.Mode switch
        {
            TreeNodeMode.LessOrEqual => x <= node.Threshold,
            TreeNodeMode.Less => x < node.Threshold,
            TreeNodeMode.GreaterOrEqual => x >= node.Threshold,
            TreeNodeMode.Greater => x > node.Threshold,
            TreeNodeMode.Equal => x == node.Threshold,
            TreeNodeMode.NotEqual => x != node.Threshold,
            TreeNodeMode.Member => _trees.Sets[(int)node.Threshold].Any(member => member == x),
            _ => x >= 0 && _trees.Sets[(int)node.Threshold].Any(member => member == Math.Truncate(x)),
        };
    }

    private object[] Scores(int[] exits)
    {
        double?[] scores = new double?[_trees.NumTargets];
        foreach (TreeLeafWeight weight in exits.SelectMany(leaf => _trees.Weights.Where(weight => weight.Leaf == leaf)))
        {
            scores[weight.Target] = (_trees.Aggregate, scores[weight.Target]) switch
            {
                (_, null) => weight.Weight,
                (TreeAggregate.Min, double score) => Math.Min(score, weight.Weight),
                (TreeAggregate.Max, double score) => Math.Max(score, weight.Weight),
                (_, double score) => score + weight.Weight,
            };
        }
        int divisor = _trees.Aggregate == TreeAggregate.Average ? _trees.NumTrees : 1;
        return [.. scores.Select((score, target) => (object)((score ?? 0) / divisor + (_trees.BaseValues.IsEmpty ? 0 : _trees.BaseValues[target])))];
    }
}
