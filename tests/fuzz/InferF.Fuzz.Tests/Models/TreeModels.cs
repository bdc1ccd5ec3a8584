using InferF.Testing;

namespace InferF.Fuzz.Tests.Models;

/// <summary>Random tree ensembles: 1 to 500 trees of depth 1 to 12, every mode, missing-value tracks, one to several targets or classes, float and double,
/// in every form the operators of ai.onnx.ml have.</summary>
internal sealed class TreeModels
{
    private const int MostNodes = 6000;
    private static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER"];

    private readonly ModelDraft _draft;
    private readonly List<Node> _nodes = [];
    private readonly bool _mixedModes;
    private readonly bool _withSets;
    private readonly int _features;
    private readonly int _mostNodesPerTree;

    private TreeModels(ModelDraft draft, int features, int trees, int depth, bool mixedModes, bool withSets)
    {
        (_draft, _features, _mixedModes, _withSets, _mostNodesPerTree) = (draft, features, mixedModes, withSets, Math.Max(3, MostNodes / trees));
        for (int tree = 0; tree < trees; tree++)
        {
            int first = _nodes.Count;
            Grow(tree, first, depth);
        }
    }

    /// <summary>Adds an ensemble.</summary>
    public static void Build(ModelDraft draft)
    {
        Random random = draft.Random;
        int form = random.Next(5);
        if (form == 4)
        {
            draft.UseMlOpset(5);
        }
        string type = draft.Once(5) ? "double" : "float";
        (string x, int width) = draft.Input(type, draft.Numbers());
        // Half of all ensembles have at most 22 trees.
        int trees = form == 1 ? random.Next(1, 30) : (int)Math.Exp(random.NextDouble() * Math.Log(501));
        TreeModels forest = new(draft, width, Math.Max(1, trees), random.Next(1, 13), draft.Once(3), withSets: form == 4);
        switch (form)
        {
            case 0:
                forest.Regressor(x, type, random.Next(1, 4), draft.Pick("SUM", "SUM", "AVERAGE", "MIN", "MAX"), draft.Pick("NONE", "NONE", "LOGISTIC"));
                break;
            case 1:
                forest.LeafNumbers(x);
                break;
            case 4:
                forest.Ensemble(x, type, random.Next(1, 4));
                break;
            default:
                forest.Classifier(x, random.Next(2, 5));
                break;
        }
    }

    // One target per tree, whose weights number the tree's leaves: the scores are the exit leaves, exactly.
    private void LeafNumbers(string x)
    {
        int trees = _nodes[^1].Tree + 1;
        int leaf = 0;
        Weight[] weights = [.. _nodes.Where(n => n.IsLeaf).Select(n => new Weight(n, n.Tree, ++leaf))];
        Add("TreeEnsembleRegressor", x, [.. Lists("target", weights, asTensor: false), ("n_targets", trees)], trees);
    }

    private void Regressor(string x, string type, int targets, string aggregate, string transform)
    {
        List<(string, object)> attributes = [.. Lists("target", Weights(targets, perLeaf: _draft.Once(2) ? targets : 1), type == "double"), ("n_targets", targets), ("aggregate_function", aggregate), ("post_transform", transform)];
        if (_draft.Once(2))
        {
            attributes.Add(type == "double" ? ("base_values_as_tensor", Numbers("double", Values(targets))) : ("base_values", Values(targets)));
        }
        Add("TreeEnsembleRegressor", x, attributes, targets);
    }

    private void Classifier(string x, int classes)
    {
        bool single = classes == 2 && _draft.Once(2);
        List<(string, object)> attributes =
        [
            .. Lists("class", single ? Weights(1, 1) : Weights(classes, _draft.Once(2) ? classes : 1), asTensor: false),
            ("post_transform", _draft.Pick("NONE", "LOGISTIC", "SOFTMAX")),
        ];
        bool texts = _draft.Once(2);
        attributes.Add(texts
            ? ("classlabels_strings", Enumerable.Range(0, classes).Select(c => $"class{c}").ToArray())
            : ("classlabels_int64s", Enumerable.Range(0, classes).Select(c => 7L - 3 * c).ToArray()));
        (string label, string scores) = (_draft.NewName(), _draft.NewName());
        _draft.Builder.MlNode("TreeEnsembleClassifier", [x], [label, scores], [.. attributes])
            .Output(label, texts ? "string" : "int64", OnnxBuilder.Open).Output(scores, "float", OnnxBuilder.Open, classes);
    }

    private void Ensemble(string x, string type, int targets)
    {
        Node[] inner = [.. _nodes.Where(node => !node.IsLeaf)];
        Node[] leaves = [.. _nodes.Where(node => node.IsLeaf)];
        Dictionary<int, int> places = inner.Select((node, i) => (node, i)).Concat(leaves.Select((node, i) => (node, i))).ToDictionary(pair => pair.node.Index, pair => pair.i);
        long[] Of(Func<Node, long> value) => [.. inner.Select(value)];
        bool IsLeaf(int index) => _nodes[index].IsLeaf;
        float[] members = [.. inner.Where(node => node.Mode == "BRANCH_MEMBER").SelectMany(node => node.Members.Append(float.NaN))];
        Weight[] weights = Weights(targets, 1);
        Add(
            "TreeEnsemble", x,
            [
                ("aggregate_function", _draft.Pick(0, 1, 2, 3)), ("post_transform", 0), ("n_targets", targets),
                ("nodes_modes", new OnnxConstant(inner.Select(node => (byte)Array.IndexOf(s_modes, node.Mode)).ToArray(), inner.Length)),
                ("nodes_splits", Numbers(type, [.. inner.Select(node => node.Value)])),
                ("nodes_featureids", Of(node => node.Feature)),
                ("nodes_truenodeids", Of(node => places[node.True])), ("nodes_falsenodeids", Of(node => places[node.False])),
                ("nodes_trueleafs", Of(node => IsLeaf(node.True) ? 1 : 0)), ("nodes_falseleafs", Of(node => IsLeaf(node.False) ? 1 : 0)),
                ("nodes_missing_value_tracks_true", Of(node => node.Tracks ? 1 : 0)),
                ("membership_values", Numbers(type, members.Length > 0 ? members : [float.NaN])),
                ("tree_roots", _nodes.Where(node => node.Id == 0).Select(node => (long)places[node.Index]).ToArray()),
                ("leaf_targetids", weights.Select(weight => (long)weight.Target).ToArray()),
                ("leaf_weights", Numbers(type, [.. weights.Select(weight => weight.Value)])),
            ],
            targets, type);
    }

    private void Add(string op, string x, List<(string, object)> attributes, int targets, string type = "float")
    {
        string y = _draft.MlNode(op, [x], [.. attributes]);
        _draft.Output(y, targets, type);
    }

    private static OnnxConstant Numbers(string type, float[] values) => type == "double"
        ? new OnnxConstant(Array.ConvertAll(values, value => (double)value), values.Length)
        : new OnnxConstant(values, values.Length);

    private float[] Values(int count) => _draft.Uniform(count, 1);

    private Weight[] Weights(int targets, int perLeaf) =>
        [.. _nodes.Where(n => n.IsLeaf).SelectMany(n => Enumerable.Range(_draft.Random.Next(targets), perLeaf).Select(t => new Weight(n, t % targets, Values(1)[0])))];

    private List<(string, object)> Lists(string prefix, Weight[] weights, bool asTensor)
    {
        long[] Of(Func<Node, long> value) => [.. _nodes.Select(value)];
        float[] thresholds = [.. _nodes.Select(node => node.Value)];
        float[] values = [.. weights.Select(w => w.Value)];
        return
        [
            ("nodes_treeids", Of(node => node.Tree)), ("nodes_nodeids", Of(node => node.Id)), ("nodes_modes", _nodes.Select(node => node.Mode).ToArray()),
            ("nodes_featureids", Of(node => node.Feature)),
            ("nodes_truenodeids", Of(node => node.IsLeaf ? 0 : _nodes[node.True].Id)), ("nodes_falsenodeids", Of(node => node.IsLeaf ? 0 : _nodes[node.False].Id)),
            ("nodes_missing_value_tracks_true", Of(node => node.Tracks ? 1 : 0)),
            ($"{prefix}_ids", weights.Select(w => (long)w.Target).ToArray()), ($"{prefix}_treeids", weights.Select(w => (long)w.Leaf.Tree).ToArray()),
            ($"{prefix}_nodeids", weights.Select(w => (long)w.Leaf.Id).ToArray()),
            asTensor ? ("nodes_values_as_tensor", Numbers("double", thresholds)) : ("nodes_values", thresholds),
            asTensor ? ($"{prefix}_weights_as_tensor", Numbers("double", values)) : ($"{prefix}_weights", values),
        ];
    }

    // A root is an inner node, so that every version of the operators can write it.
    private int Grow(int tree, int first, int depth)
    {
        Random random = _draft.Random;
        int index = _nodes.Count;
        int id = index - first;
        if (depth == 0 || (id > 0 && (random.Next(6) == 0 || id >= _mostNodesPerTree)))
        {
            _nodes.Add(new Node(index, tree, id, "LEAF", 0, 0, 0, 0, false, []));
            return index;
        }
        string mode = _withSets && random.Next(6) == 0 ? "BRANCH_MEMBER" : _mixedModes ? s_modes[random.Next(6)] : "BRANCH_LEQ";
        float[] members = [.. Enumerable.Range(0, 3).Select(_ => (float)random.Next(-3, 4)).Distinct()];
        // The features are rounded in the same way, so that some equal a threshold.
        float threshold = (float)Math.Round(random.NextDouble() * 4 - 2, random.Next(3));
        _nodes.Add(new Node(index, tree, id, mode, random.Next(_features), threshold, 0, 0, random.Next(3) == 0, members));
        int isTrue = Grow(tree, first, depth - 1);
        int isFalse = Grow(tree, first, depth - 1);
        _nodes[index] = _nodes[index] with { True = isTrue, False = isFalse };
        return index;
    }

    private sealed record Node(int Index, int Tree, int Id, string Mode, int Feature, float Value, int True, int False, bool Tracks, float[] Members)
    {
        public bool IsLeaf => Mode == "LEAF";
    }

    private sealed record Weight(Node Leaf, int Target, float Value);
}
