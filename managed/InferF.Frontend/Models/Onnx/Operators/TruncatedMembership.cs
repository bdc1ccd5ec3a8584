using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// BRANCH_MEMBER as ONNX Runtime runs it: a set within [0, 30] is compared exactly, any other set of integers with the feature truncated towards
/// zero. The plan's <see cref="TreeNodeMode.IntegerMember"/> truncates from 0 on; below 0 intervals say the same.
/// </summary>
internal sealed class TruncatedMembership(int numNodes)
{
    private const double LargestExact = 30;

    private readonly List<int> _owners = [];

    /// <summary>Nodes to append to those of the file.</summary>
    public List<TreeNode> Nodes { get; } = [];

    /// <summary>True if ONNX Runtime truncates before it compares with this set.</summary>
    public static bool Applies(double[] members) =>
        members.Any(member => member is < 0 or > LargestExact) && members.All(member => member == Math.Truncate(member));

    /// <summary>The node of the file that an appended node belongs to.</summary>
    public int OwnerOf(int node) => node < numNodes ? node : _owners[node - numNodes];

    /// <summary>Replaces a test for a set by one that truncates.</summary>
    /// <param name="index">Number of the node in the file.</param>
    /// <param name="node">The node, without its set.</param>
    /// <param name="members">The set, integers.</param>
    /// <param name="sets">Receives the set of the members from 0 on.</param>
    public TreeNode Replace(int index, TreeNode node, double[] members, List<double[]> sets)
    {
        int rest = node.FalseChild;
        foreach ((double low, double high) in Runs([.. members.Where(member => member < 0).Distinct().Order()]))
        {
            // trunc(x) is in [low, high] below 0 exactly if low - 1 < x <= high. Higher runs are tested first.
            int inside = Append(index, node with { Mode = TreeNodeMode.Greater, Threshold = low - 1, FalseChild = rest, MissingIsTrue = false });
            rest = Append(index, node with { Mode = TreeNodeMode.Greater, Threshold = high, TrueChild = node.FalseChild, FalseChild = inside, MissingIsTrue = false });
        }
        if (members.Contains(0))
        {
            int belowZero = Append(index, node with { Mode = TreeNodeMode.Less, Threshold = 0, MissingIsTrue = false });
            rest = Append(index, node with { Mode = TreeNodeMode.Greater, Threshold = -1, TrueChild = belowZero, FalseChild = rest, MissingIsTrue = false });
        }
        double[] nonNegative = [.. members.Where(member => member >= 0)];
        if (nonNegative.Length == 0)
        {
            // Never true: it only decides where a NaN goes.
            return node with { Mode = TreeNodeMode.Greater, Threshold = double.PositiveInfinity, FalseChild = rest };
        }
        sets.Add(nonNegative);
        return node with { Mode = TreeNodeMode.IntegerMember, Threshold = sets.Count - 1, FalseChild = rest };
    }

    private int Append(int owner, TreeNode node)
    {
        Nodes.Add(node);
        _owners.Add(owner);
        return numNodes + Nodes.Count - 1;
    }

    private static IEnumerable<(double Low, double High)> Runs(double[] ascending)
    {
        for (int start = 0; start < ascending.Length;)
        {
            int end = start;
            while (end + 1 < ascending.Length && ascending[end + 1] == ascending[end] + 1)
            {
                end++;
            }
            yield return (ascending[start], ascending[end]);
            start = end + 1;
        }
    }
}
