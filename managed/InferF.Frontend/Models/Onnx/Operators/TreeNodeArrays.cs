using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Reads the attributes of TreeEnsemble (ai.onnx.ml 5): arrays of inner nodes, arrays of leaves, and the sets of BRANCH_MEMBER, each ended by a NaN.</summary>
internal static class TreeNodeArrays
{
    /// <summary>Reads the trees.</summary>
    public static TreeUnfolding Read(OperatorContext context, OnnxType type, int numTargets)
    {
        long[] modes = Modes(context);
        int count = modes.Length;
        double[] splits = Tensor(context, "nodes_splits", type, count);
        long[] features = Integers(context, "nodes_featureids", count);
        long[] trueIds = Integers(context, "nodes_truenodeids", count);
        long[] falseIds = Integers(context, "nodes_falsenodeids", count);
        long[] trueLeafs = Integers(context, "nodes_trueleafs", count);
        long[] falseLeafs = Integers(context, "nodes_falseleafs", count);
        long[] tracks = context.Attributes.Has("nodes_missing_value_tracks_true")
            ? Integers(context, "nodes_missing_value_tracks_true", count)
            : [];
        long[] targets = context.Attributes.Integers("leaf_targetids");
        double[] weights = Tensor(context, "leaf_weights", type, targets.Length);
        if (Array.FindIndex(targets, target => target < 0 || target >= numTargets) is >= 0 and int wrong)
        {
            throw context.Invalid($"leaf_targetids holds {targets[wrong]}; there are {numTargets}");
        }

        List<double[]> sets = [];
        using IEnumerator<double[]> members = Sets(context, type).GetEnumerator();
        var truncated = new TruncatedMembership(count);
        var nodes = new TreeNode[count];
        for (int i = 0; i < count; i++)
        {
            var node = new TreeNode(
                TreeNodeLists.Feature(context, features[i]), Mode(context, modes[i]), splits[i],
                Child(context, i, trueIds[i], trueLeafs[i], count, targets.Length),
                Child(context, i, falseIds[i], falseLeafs[i], count, targets.Length),
                MissingIsTrue: tracks.Length > 0 && tracks[i] == 1);
            if (node.Mode == TreeNodeMode.Member)
            {
                double[] set = members.MoveNext() && members.Current.Length > 0
                    ? members.Current
                    : throw context.Invalid($"membership_values has no values for node {i}");
                if (TruncatedMembership.Applies(set))
                {
                    node = truncated.Replace(i, node, set, sets);
                }
                else
                {
                    node = node with { Threshold = sets.Count };
                    sets.Add(set);
                }
            }
            nodes[i] = node;
        }

        LeafWeight[][] leaves = [.. targets.Select((target, i) => new[] { new LeafWeight((int)target, weights[i]) })];
        var unfolding = new TreeUnfolding(context, [.. nodes, .. truncated.Nodes], leaves, sets, i => $"node {truncated.OwnerOf(i)}");
        foreach (long root in context.Attributes.Integers("tree_roots"))
        {
            if (root < 0 || root >= count)
            {
                throw context.Invalid($"tree_roots holds {root}; there are {count} nodes");
            }

            // A tree that is a single leaf is written as a node that leads to this leaf either way.
            TreeNode node = nodes[root];
            unfolding.AddTree(node.TrueChild < 0 && node.TrueChild == node.FalseChild ? node.TrueChild : (int)root);
        }
        return unfolding;
    }

    private static int Child(OperatorContext context, int node, long child, long isLeaf, int numNodes, int numLeaves)
    {
        int limit = isLeaf != 0 ? numLeaves : numNodes;
        if (child < 0 || child >= limit)
        {
            throw context.Invalid($"node {node} leads to {(isLeaf != 0 ? "leaf" : "node")} {child}; there are {limit}");
        }
        return isLeaf != 0 ? ~(int)child : (int)child;
    }

    private static IEnumerable<double[]> Sets(OperatorContext context, OnnxType type)
    {
        double[] values = context.Attributes.Tensor("membership_values") is { } proto
            ? TreeNodeLists.Numbers(context, "membership_values", context.Decode(proto), type)
            : [];
        int start = 0;
        while (start < values.Length)
        {
            int end = Array.FindIndex(values, start, double.IsNaN);
            end = end < 0 ? values.Length : end;
            yield return values[start..end];
            start = end + 1;
        }
    }

    private static long[] Modes(OperatorContext context)
    {
        TensorProto proto = context.Attributes.Tensor("nodes_modes") ?? throw context.Invalid("nodes_modes is missing");
        OnnxTensor tensor = context.Decode(proto);
        return tensor.Data as long[] ?? throw context.Invalid($"the tensor of nodes_modes has type {tensor.Type}, expected uint8");
    }

    private static TreeNodeMode Mode(OperatorContext context, long mode) => mode switch
    {
        0 => TreeNodeMode.LessOrEqual,
        1 => TreeNodeMode.Less,
        2 => TreeNodeMode.GreaterOrEqual,
        3 => TreeNodeMode.Greater,
        4 => TreeNodeMode.Equal,
        5 => TreeNodeMode.NotEqual,
        6 => TreeNodeMode.Member,
        _ => throw context.Invalid($"nodes_modes holds {mode}; 0 to 6 are possible"),
    };

    private static double[] Tensor(OperatorContext context, string name, OnnxType type, int count)
    {
        TensorProto proto = context.Attributes.Tensor(name) ?? throw context.Invalid($"{name} is missing");
        double[] numbers = TreeNodeLists.Numbers(context, name, context.Decode(proto), type);
        RequireLength(context, count, name, numbers.Length);
        return numbers;
    }

    private static long[] Integers(OperatorContext context, string name, int count)
    {
        long[] numbers = context.Attributes.Integers(name);
        RequireLength(context, count, name, numbers.Length);
        return numbers;
    }

    private static void RequireLength(OperatorContext context, int expected, string name, int found)
    {
        if (found != expected)
        {
            throw context.Invalid($"{name} must have {expected} elements, found {found}");
        }
    }
}
