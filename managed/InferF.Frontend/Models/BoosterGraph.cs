using System.Collections.Immutable;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models;

/// <summary>
/// The model graph of a booster's own file: one input per feature, so that columns bind by the features' names, the trees over the features that some tree tests,
/// and whatever the objective makes of the scores.
/// </summary>
internal sealed class BoosterGraph
{
    /// <summary>Most features a booster may have.</summary>
    public const int MaxFeatures = 1 << 16;

    /// <summary>Name of the one output.</summary>
    public const string OutputName = "prediction";

    private readonly ElementType _type;
    private readonly ImmutableArray<ModelInput> _inputs;
    private readonly List<int> _roots = [];
    private readonly List<TreeNode> _nodes = [];
    private readonly List<TreeLeafWeight> _weights = [];
    private readonly List<IReadOnlyList<double>> _sets = [];
    private int _numLeaves;

    /// <param name="library">Name of the library, for messages and the origin of expressions.</param>
    /// <param name="type">Type features are compared and scores are added in.</param>
    /// <param name="features">Names of the features.</param>
    /// <exception cref="InferFException">Two features have one name, or there are none or too many.</exception>
    public BoosterGraph(string library, ElementType type, IReadOnlyList<string> features)
    {
        (Origin, _type) = ($"{library} trees", type);
        if (features.Count is 0 or > MaxFeatures)
        {
            throw ModelErrors.Unsupported($"A {library} model must have 1 to {MaxFeatures} features. Found {features.Count}.");
        }
        if (features.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw ModelErrors.Invalid($"Two features of the model have one name. Name '{twice.Key}'.");
        }
        _inputs =
        [
            .. features.Select(name => new ModelInput(name, type, 1, type == ElementType.Float64 ? "double" : "float") { TakesMissing = true, TrailingShape = [1] }),
        ];
    }

    /// <summary>What expressions say about where they come from.</summary>
    public string Origin { get; }

    /// <summary>Number of features.</summary>
    public int NumFeatures => _inputs.Length;

    /// <summary>Number of trees added.</summary>
    public int NumTrees => _roots.Count;

    /// <summary>Adds a tree.</summary>
    /// <param name="nodes">Its inner nodes, the root first; a child is the index of a node of this tree or <c>~leaf</c>. Thresholds of member tests index <paramref name="sets"/>.</param>
    /// <param name="leaves">Its leaves' weights; a tree without nodes has exactly one.</param>
    /// <param name="sets">Its sets.</param>
    /// <param name="target">The target its leaves carry.</param>
    public void AddTree(IReadOnlyList<TreeNode> nodes, IReadOnlyList<double> leaves, IReadOnlyList<IReadOnlyList<double>> sets, int target)
    {
        (int firstNode, int firstLeaf, int firstSet) = (_nodes.Count, _numLeaves, _sets.Count);
        _roots.Add(nodes.Count == 0 ? ~firstLeaf : firstNode);
        foreach (TreeNode node in nodes)
        {
            bool isMember = node.Mode is TreeNodeMode.Member or TreeNodeMode.IntegerMember;
            _nodes.Add(node with
            {
                TrueChild = Shift(node.TrueChild),
                FalseChild = Shift(node.FalseChild),
                Threshold = isMember ? node.Threshold + firstSet : node.Threshold,
            });
        }
        foreach (double leaf in leaves)
        {
            _weights.Add(new TreeLeafWeight(_numLeaves++, target, leaf));
        }
        _sets.AddRange(sets);

        int Shift(int child) => child >= 0 ? child + firstNode : ~(~child + firstLeaf);
    }

    /// <summary>The scores of all trees, one per target.</summary>
    /// <param name="numTargets">Number of targets.</param>
    /// <param name="aggregate">Sum or average.</param>
    /// <param name="baseValues">By target, or empty.</param>
    /// <param name="prepare">Applied to each feature that some tree tests.</param>
    public TensorExpr Scores(int numTargets, TreeAggregate aggregate, IReadOnlyList<double> baseValues, Func<int, TensorExpr, TensorExpr> prepare)
    {
        if (_nodes.FindIndex(node => node.Feature < 0 || node.Feature >= NumFeatures) is >= 0 and int wrong)
        {
            throw ModelErrors.Invalid($"A tree tests a feature that does not exist. Feature {_nodes[wrong].Feature}, the model has {NumFeatures}.");
        }
        int[] used = [.. _nodes.Select(node => node.Feature).Distinct().Order()];
        used = used.Length == 0 ? [0] : used;
        var places = new Dictionary<int, int>();
        foreach (int feature in used)
        {
            places.Add(feature, places.Count);
        }
        TensorExpr[] features = [.. used.Select(feature => prepare(feature, Input(feature)))];
        TensorExpr all = features.Length == 1 ? features[0] : new ConcatExpr([.. features]) { Origin = Origin };
        TreeNode[] nodes = [.. _nodes.Select(node => node with { Feature = places[node.Feature] })];
        var ensemble = TreeEnsemble.Create(_type, used.Length, numTargets, _roots, nodes, _weights, _sets, aggregate, baseValues);
        if (ensemble.Depth > ModelLimits.MaxTreeDepth)
        {
            throw ModelErrors.Unsupported($"A tree is deeper than {ModelLimits.MaxTreeDepth} tests. Depth {ensemble.Depth}.");
        }
        return new TreeEnsembleExpr(all, ensemble, _type) { Origin = Origin };
    }

    /// <summary>All features in one row, for linear models.</summary>
    public TensorExpr AllFeatures()
    {
        TensorExpr[] all = [.. Enumerable.Range(0, NumFeatures).Select(Input)];
        return all.Length == 1 ? all[0] : new ConcatExpr([.. all]) { Origin = Origin };
    }

    /// <summary>The model.</summary>
    public ModelGraph Finish(string name, TensorExpr prediction) =>
        new(name, _inputs, [new ModelOutput(OutputName, prediction) { FileType = TypeName(prediction.Type) }]);

    /// <summary>A constant of one element in the type of the scores.</summary>
    public ConstantTensor Constant(string name, double value) => _type == ElementType.Float64
        ? ConstantTensor.Create(name, 1, 1, new[] { value })
        : ConstantTensor.Create(name, 1, 1, new[] { (float)value });

    /// <summary>A function of the scores and a constant.</summary>
    public TensorExpr WithConstant(BinaryFunction function, TensorExpr argument, string name, double value) =>
        new ConstantBinaryExpr(function, argument, Constant(name, value)) { Origin = Origin };

    /// <summary>A function of the scores.</summary>
    public TensorExpr Apply(UnaryFunction function, TensorExpr argument) => new UnaryExpr(function, argument) { Origin = Origin };

    private InputExpr Input(int feature) => new(feature, _type, 1) { Origin = Origin };

    private static string TypeName(ElementType type) => type switch
    {
        ElementType.Float64 => "double",
        ElementType.Float32 => "float",
        _ => "int64",
    };
}
