namespace InferF.Testing;

/// <summary>Reproducible random trees over a few features, written as any of the tree operators of ai.onnx.ml.</summary>
public sealed class RandomTrees
{
    private const int NumFeatures = 3;
    private static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"];

    private readonly Random _random;
    private readonly List<Node> _nodes = [];
    private readonly List<(int Tree, int Node, int Target, float Weight)> _weights = [];
    private readonly int _targets;
    private readonly int _weightsPerLeaf;
    private readonly bool _nonNegative;
    private readonly bool _withSets;

    /// <param name="seed">Same seed, same trees.</param>
    /// <param name="numTrees">Number of trees.</param>
    /// <param name="depth">Tests on the longest path.</param>
    /// <param name="targets">Number of targets or classes.</param>
    /// <param name="weightsPerLeaf">How many targets a leaf carries.</param>
    /// <param name="nonNegative">No weight is below 0.</param>
    /// <param name="withSets">Some tests are for sets, which only version 5 can write.</param>
    public RandomTrees(int seed, int numTrees, int depth, int targets, int weightsPerLeaf, bool nonNegative = false, bool withSets = false)
    {
        (_random, _targets, _weightsPerLeaf, _nonNegative, _withSets) = (new Random(seed), targets, weightsPerLeaf, nonNegative, withSets);
        for (int tree = 0; tree < numTrees; tree++)
        {
            Grow(tree, depth, isRoot: true);
        }
    }

    /// <summary>All leaves carry this target instead of a random one.</summary>
    public int? OnlyTarget { get; init; }

    /// <summary>Rows of three features that often equal a threshold; some are NaN if the type has it.</summary>
    /// <param name="type"><c>float</c>, <c>double</c>, <c>int64</c> or <c>int32</c>.</param>
    /// <param name="rows">Number of rows.</param>
    public Array Rows(string type, int rows)
    {
        var random = new Random(99);
        double[] values = [.. Enumerable.Range(0, rows * NumFeatures).Select(_ => random.Next(8) == 0 ? double.NaN : (random.Next(13) - 6) / 2.0)];
        return type switch
        {
            "float" => Array.ConvertAll(values, value => (float)value),
            "double" => values,
            _ => Array.ConvertAll(values, value => double.IsNaN(value) ? 0L : (long)value),
        };
    }

    /// <summary>A TreeEnsembleRegressor from <c>x</c> to <c>y</c>.</summary>
    public OnnxBuilder Regressor(string type, string transform, string aggregate, bool hasBase, bool asTensor = false)
    {
        List<(string, object)> attributes = [.. Lists("target", asTensor), ("post_transform", transform), ("aggregate_function", aggregate), ("n_targets", _targets)];
        if (hasBase)
        {
            AddNumbers(attributes, "base_values", [.. Enumerable.Range(0, _targets).Select(t => 0.125f + t)], asTensor);
        }
        return new OnnxBuilder().Input("x", type, OnnxBuilder.Open, NumFeatures).MlNode("TreeEnsembleRegressor", ["x"], ["y"], [.. attributes]).Output("y");
    }

    /// <summary>A TreeEnsembleClassifier from <c>x</c> to <c>label</c> and <c>scores</c>.</summary>
    public OnnxBuilder Classifier(string type, string transform, int classes, int bases, bool strings = false)
    {
        List<(string, object)> attributes = [.. Lists("class", asTensor: false), ("post_transform", transform)];
        attributes.Add(strings
            ? ("classlabels_strings", Enumerable.Range(0, classes).Select(c => $"class{c}").ToArray())
            : ("classlabels_int64s", Enumerable.Range(0, classes).Select(c => 7L + c).ToArray()));
        if (bases > 0)
        {
            attributes.Add(("base_values", Enumerable.Range(0, bases).Select(b => 0.25f - (b * 0.375f)).ToArray()));
        }
        return new OnnxBuilder().Input("x", type, OnnxBuilder.Open, NumFeatures).MlNode("TreeEnsembleClassifier", ["x"], ["label", "scores"], [.. attributes])
            .Output("label", strings ? "string" : "int64").Output("scores");
    }

    /// <summary>A TreeEnsemble of version 5 from <c>x</c> to <c>y</c>.</summary>
    public OnnxBuilder Ensemble(string type, int aggregate, int transform, string output)
    {
        Node[] inner = [.. _nodes.Where(node => !node.IsLeaf)];
        Node[] leaves = [.. _nodes.Where(node => node.IsLeaf)];
        Dictionary<(int, int), int> places = inner.Select((node, i) => (node, i)).Concat(leaves.Select((node, i) => (node, i)))
            .ToDictionary(pair => (pair.node.Tree, pair.node.Id), pair => pair.i);
        HashSet<(int, int)> isLeaf = [.. leaves.Select(leaf => (leaf.Tree, leaf.Id))];
        var weights = _weights.GroupBy(weight => (weight.Tree, weight.Node)).ToDictionary(group => group.Key, group => group.First());
        long[] Of(Func<Node, long> value) => [.. inner.Select(value)];
        float[] members = [.. inner.Where(node => node.Mode == "BRANCH_MEMBER").SelectMany(node => node.Members.Append(float.NaN))];
        return new OnnxBuilder(21, 5).Input("x", type, OnnxBuilder.Open, NumFeatures).MlNode("TreeEnsemble", ["x"], ["y"],
            ("aggregate_function", aggregate), ("post_transform", transform), ("n_targets", _targets),
            ("nodes_modes", new OnnxConstant(inner.Select(node => (byte)Array.IndexOf(s_modes, node.Mode)).ToArray(), inner.Length)),
            ("nodes_splits", Numbers(type, [.. inner.Select(node => node.Value)])),
            ("nodes_featureids", Of(node => node.Feature)),
            ("nodes_truenodeids", Of(node => places[(node.Tree, node.True)])), ("nodes_falsenodeids", Of(node => places[(node.Tree, node.False)])),
            ("nodes_trueleafs", Of(node => isLeaf.Contains((node.Tree, node.True)) ? 1 : 0)), ("nodes_falseleafs", Of(node => isLeaf.Contains((node.Tree, node.False)) ? 1 : 0)),
            ("nodes_missing_value_tracks_true", Of(node => node.Tracks ? 1 : 0)),
            ("membership_values", Numbers(type, members.Length > 0 ? members : [float.NaN])),
            ("tree_roots", _nodes.Where(node => node.Id == 0).Select(node => (long)places[(node.Tree, 0)]).ToArray()),
            ("leaf_targetids", leaves.Select(leaf => (long)weights[(leaf.Tree, leaf.Id)].Target).ToArray()),
            ("leaf_weights", Numbers(type, [.. leaves.Select(leaf => weights[(leaf.Tree, leaf.Id)].Weight)]))).Output("y", output);
    }

    private static OnnxConstant Numbers(string type, float[] values) => type == "double"
        ? new OnnxConstant(Array.ConvertAll(values, value => (double)value), values.Length)
        : new OnnxConstant(values, values.Length);

    private static void AddNumbers(List<(string, object)> attributes, string name, float[] values, bool asTensor) => attributes.Add(asTensor
        ? ($"{name}_as_tensor", new OnnxConstant(Array.ConvertAll(values, value => (double)value), values.Length))
        : (name, values));

    private List<(string, object)> Lists(string prefix, bool asTensor)
    {
        (int Tree, int Node, int Target, float Weight)[] weights = [.. _weights.Select(weight => OnlyTarget is { } only ? weight with { Target = only } : weight)];
        long[] Of(Func<Node, long> value) => [.. _nodes.Select(value)];
        List<(string, object)> attributes =
        [
            ("nodes_treeids", Of(node => node.Tree)), ("nodes_nodeids", Of(node => node.Id)), ("nodes_modes", _nodes.Select(node => node.Mode).ToArray()),
            ("nodes_featureids", Of(node => node.Feature)), ("nodes_truenodeids", Of(node => node.True)), ("nodes_falsenodeids", Of(node => node.False)),
            ("nodes_missing_value_tracks_true", Of(node => node.Tracks ? 1 : 0)),
            ($"{prefix}_ids", weights.Select(weight => (long)weight.Target).ToArray()), ($"{prefix}_treeids", weights.Select(weight => (long)weight.Tree).ToArray()),
            ($"{prefix}_nodeids", weights.Select(weight => (long)weight.Node).ToArray()),
        ];
        AddNumbers(attributes, "nodes_values", [.. _nodes.Select(node => node.Value)], asTensor);
        AddNumbers(attributes, $"{prefix}_weights", [.. weights.Select(weight => weight.Weight)], asTensor);
        return attributes;
    }

    private int Grow(int tree, int depth, bool isRoot)
    {
        int id = isRoot ? 0 : _nodes[^1].Tree == tree ? _nodes.Count(node => node.Tree == tree) : 0;
        int place = _nodes.Count;
        if (depth == 0 || (!isRoot && _random.Next(5) == 0))
        {
            _nodes.Add(new Node(tree, id, "LEAF", 0, 0, 0, 0, false, []));
            int first = _random.Next(_targets);
            for (int i = 0; i < _weightsPerLeaf; i++)
            {
                float weight = _random.Next(-8, 9) / 16f;
                _weights.Add((tree, id, (first + i) % _targets, _nonNegative ? Math.Abs(weight) : weight));
            }
            return id;
        }
        string mode = s_modes[_random.Next(_withSets ? 7 : 6)];
        float[] members = [.. Enumerable.Range(0, 3).Select(_ => (float)_random.Next(-3, 4)).Distinct()];
        _nodes.Add(new Node(tree, id, mode, _random.Next(NumFeatures), _random.Next(-6, 7) / 2f, 0, 0, _random.Next(3) == 0, members));
        int isTrue = Grow(tree, depth - 1, isRoot: false);
        int isFalse = Grow(tree, depth - 1, isRoot: false);
        _nodes[place] = _nodes[place] with { True = isTrue, False = isFalse };
        return id;
    }

    private sealed record Node(int Tree, int Id, string Mode, int Feature, float Value, int True, int False, bool Tracks, float[] Members)
    {
        public bool IsLeaf => Mode == "LEAF";
    }
}
