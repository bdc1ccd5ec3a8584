using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// Reads the attributes of TreeEnsembleClassifier and TreeEnsembleRegressor (ai.onnx.ml 1 to 3): lists with an entry per node, leaves included,
/// and lists with an entry per weight. What the specification leaves open is as in ONNX Runtime: the first node listed of a tree is its root; weights of
/// inner nodes do not count; with a single target only the first weight of a leaf does, and a leaf without any has its entry in nodes_values.
/// </summary>
internal static class TreeNodeLists
{
    /// <summary>Reads the trees.</summary>
    /// <param name="context">The node.</param>
    /// <param name="prefix"><c>class</c> or <c>target</c>.</param>
    /// <param name="type">float or double: the type thresholds and weights have.</param>
    /// <param name="numTargets">Number of classes or targets.</param>
    public static TreeUnfolding Read(OperatorContext context, string prefix, OnnxType type, int numTargets)
    {
        long[] treeIds = context.Attributes.Integers("nodes_treeids");
        int count = treeIds.Length;
        if (count == 0)
        {
            throw context.Invalid("nodes_treeids is empty: there is no tree");
        }
        long[] nodeIds = OfLength(context, count, "nodes_nodeids", context.Attributes.Integers);
        string[] modes = OfLength(context, count, "nodes_modes", context.Attributes.Texts);
        long[] features = OfLength(context, count, "nodes_featureids", context.Attributes.Integers);
        long[] trueIds = OfLength(context, count, "nodes_truenodeids", context.Attributes.Integers);
        long[] falseIds = OfLength(context, count, "nodes_falsenodeids", context.Attributes.Integers);
        double[] values = OfLength(context, count, "nodes_values", name => Numbers(context, name, type));
        long[] tracks = context.Attributes.Integers("nodes_missing_value_tracks_true");
        if (tracks.Length > 0)
        {
            RequireLength(context, count, "nodes_missing_value_tracks_true", tracks.Length);
        }

        // Positions become places: inner nodes count up from 0, leaves down from ~0.
        var places = new Dictionary<(long Tree, long Node), int>(count);
        int numNodes = 0;
        int numLeaves = 0;
        TreeNodeMode?[] tests = [.. modes.Select(mode => Mode(context, mode))];
        for (int i = 0; i < count; i++)
        {
            int place = tests[i] is null ? ~numLeaves++ : numNodes++;
            if (!places.TryAdd((treeIds[i], nodeIds[i]), place))
            {
                throw context.Invalid($"node {nodeIds[i]} of tree {treeIds[i]} is listed twice");
            }
        }
        var nodes = new TreeNode[numNodes];
        var positions = new int[numNodes];
        for (int i = 0; i < count; i++)
        {
            int place = places[(treeIds[i], nodeIds[i])];
            if (tests[i] is { } test)
            {
                positions[place] = i;
                nodes[place] = new TreeNode(
                    Feature(context, features[i]), test, values[i],
                    Child(context, places, treeIds[i], nodeIds[i], trueIds[i]), Child(context, places, treeIds[i], nodeIds[i], falseIds[i]),
                    MissingIsTrue: tracks.Length > 0 && tracks[i] == 1);
            }
        }

        List<LeafWeight>[] leaves = ReadWeights(context, prefix, type, numTargets, places, numLeaves);
        for (int i = 0; i < count; i++)
        {
            if (tests[i] is null && leaves[~places[(treeIds[i], nodeIds[i])]] is { Count: 0 } bare)
            {
                if (prefix == "class" && numTargets > 1)
                {
                    throw OperatorContext.Unsupported($"leaf {nodeIds[i]} of tree {treeIds[i]} has no weight for any class");
                }
                if (numTargets == 1)
                {
                    bare.Add(new LeafWeight(0, values[i]));
                }
            }
        }
        var unfolding = new TreeUnfolding(context, nodes, leaves, [], i => $"node {nodeIds[positions[i]]} of tree {treeIds[positions[i]]}");
        var started = new HashSet<long>();
        for (int i = 0; i < count; i++)
        {
            if (i == 0 || treeIds[i] != treeIds[i - 1])
            {
                if (!started.Add(treeIds[i]))
                {
                    throw OperatorContext.Unsupported($"the nodes of tree {treeIds[i]} are not listed together");
                }
                unfolding.AddTree(places[(treeIds[i], nodeIds[i])]);
            }
        }
        return unfolding;
    }

    /// <summary>The numbers of an attribute that is a list of floats or, named <c>…_as_tensor</c>, a tensor.</summary>
    public static double[] Numbers(OperatorContext context, string name, OnnxType type)
    {
        float[] floats = context.Attributes.Floats(name);
        if (context.Attributes.Tensor($"{name}_as_tensor") is not { } proto)
        {
            return Array.ConvertAll(floats, value => (double)value);
        }
        if (floats.Length > 0)
        {
            throw context.Invalid($"{name} and {name}_as_tensor exclude each other");
        }
        return Numbers(context, name, context.Decode(proto), type);
    }

    /// <summary>The numbers of a tensor of the type the node computes in.</summary>
    public static double[] Numbers(OperatorContext context, string name, OnnxTensor tensor, OnnxType type)
    {
        if (tensor.Type != type)
        {
            throw context.Invalid($"the tensor of {name} has type {tensor.Type}, expected {type}");
        }
        return tensor.Data as double[] ?? Array.ConvertAll((float[])tensor.Data, value => (double)value);
    }

    /// <summary>Checks the number of a feature; whether the input has it is checked with the trees.</summary>
    public static int Feature(OperatorContext context, long feature) => feature is >= 0 and < int.MaxValue
        ? (int)feature
        : throw context.Invalid($"a test of the feature {feature}");

    private static List<LeafWeight>[] ReadWeights(
        OperatorContext context, string prefix, OnnxType type, int numTargets, Dictionary<(long Tree, long Node), int> places, int numLeaves)
    {
        long[] targets = context.Attributes.Integers($"{prefix}_ids");
        long[] nodeIds = OfLength(context, targets.Length, $"{prefix}_nodeids", context.Attributes.Integers);
        long[] treeIds = OfLength(context, targets.Length, $"{prefix}_treeids", context.Attributes.Integers);
        double[] weights = OfLength(context, targets.Length, $"{prefix}_weights", name => Numbers(context, name, type));
        List<LeafWeight>[] leaves = [.. Enumerable.Range(0, numLeaves).Select(_ => new List<LeafWeight>())];
        for (int i = 0; i < targets.Length; i++)
        {
            if (!places.TryGetValue((treeIds[i], nodeIds[i]), out int place))
            {
                throw context.Invalid($"a weight belongs to node {nodeIds[i]} of tree {treeIds[i]}, which does not exist");
            }
            if (targets[i] < 0 || targets[i] >= numTargets)
            {
                throw context.Invalid($"{prefix}_ids holds {targets[i]}; there are {numTargets}");
            }
            if (place >= 0 || (numTargets == 1 && leaves[~place].Count > 0))
            {
                continue;
            }
            leaves[~place].Add(new LeafWeight((int)targets[i], weights[i]));
        }
        return leaves;
    }

    private static int Child(OperatorContext context, Dictionary<(long Tree, long Node), int> places, long tree, long node, long child) =>
        places.TryGetValue((tree, child), out int place)
            ? place
            : throw context.Invalid($"node {node} of tree {tree} leads to node {child}, which does not exist");

    private static TreeNodeMode? Mode(OperatorContext context, string text) => text switch
    {
        "LEAF" => null,
        "BRANCH_LEQ" => TreeNodeMode.LessOrEqual,
        "BRANCH_LT" => TreeNodeMode.Less,
        "BRANCH_GTE" => TreeNodeMode.GreaterOrEqual,
        "BRANCH_GT" => TreeNodeMode.Greater,
        "BRANCH_EQ" => TreeNodeMode.Equal,
        "BRANCH_NEQ" => TreeNodeMode.NotEqual,
        _ => throw context.Invalid($"nodes_modes holds '{text}'; BRANCH_LEQ, BRANCH_LT, BRANCH_GTE, BRANCH_GT, BRANCH_EQ, BRANCH_NEQ and LEAF are possible"),
    };

    private static T[] OfLength<T>(OperatorContext context, int count, string name, Func<string, T[]> read)
    {
        T[] list = read(name);
        RequireLength(context, count, name, list.Length);
        return list;
    }

    private static void RequireLength(OperatorContext context, int expected, string name, int found)
    {
        if (found != expected)
        {
            throw context.Invalid($"{name} must have {expected} elements, found {found}");
        }
    }
}
