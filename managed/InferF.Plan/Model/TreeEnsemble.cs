using System.Collections.Immutable;
using System.Numerics;

namespace InferF.Plan.Model;

/// <summary>How an inner node of a tree decides; the feature is compared in the ensemble's feature type.</summary>
public enum TreeNodeMode
{
    /// <summary>x ≤ threshold.</summary>
    LessOrEqual,
    /// <summary>x &lt; threshold.</summary>
    Less,
    /// <summary>x ≥ threshold.</summary>
    GreaterOrEqual,
    /// <summary>x &gt; threshold.</summary>
    Greater,
    /// <summary>x = threshold.</summary>
    Equal,
    /// <summary>x ≠ threshold; true for NaN.</summary>
    NotEqual,
    /// <summary>x is an element of a set.</summary>
    Member,
    /// <summary>x truncated to an integer is an element of a set; false for NaN and for x below 0.</summary>
    IntegerMember,
}

/// <summary>How the leaves that a row reaches become one score per target.</summary>
public enum TreeAggregate
{
    /// <summary>Sum over the trees.</summary>
    Sum,
    /// <summary>Sum over the trees, divided by their number.</summary>
    Average,
    /// <summary>Smallest weight of the leaves that carry the target.</summary>
    Min,
    /// <summary>Largest weight of the leaves that carry the target.</summary>
    Max,
}

/// <summary>An inner node. Children: the index of a node, or <c>~leaf</c> for a leaf.</summary>
/// <param name="Feature">Column of the input.</param>
/// <param name="Mode">How it decides.</param>
/// <param name="Threshold">What the feature is compared with; of the member modes, the index of the set.</param>
/// <param name="TrueChild">Where rows go for which the test is true.</param>
/// <param name="FalseChild">Where the others go.</param>
/// <param name="MissingIsTrue">A NaN goes to <paramref name="TrueChild"/> whatever the test says; otherwise the test decides, which is false for NaN
/// except for <see cref="TreeNodeMode.NotEqual"/>.</param>
/// <param name="MissingIsFalse">A NaN goes to <paramref name="FalseChild"/> whatever the test says.</param>
/// <param name="ZeroIsMissing">Values of a magnitude up to 1e-35 are treated like NaN (LightGBM's zero_as_missing).</param>
public readonly record struct TreeNode(
    int Feature, TreeNodeMode Mode, double Threshold, int TrueChild, int FalseChild, bool MissingIsTrue = false, bool MissingIsFalse = false, bool ZeroIsMissing = false);

/// <summary>A weight that a leaf adds to a target.</summary>
/// <param name="Leaf">Index of the leaf.</param>
/// <param name="Target">Index of the target.</param>
/// <param name="Weight">The weight.</param>
public readonly record struct TreeLeafWeight(int Leaf, int Target, double Weight);

/// <summary>
/// An ensemble of decision trees. Immutable and normalized: nodes and leaves are numbered tree by tree, in depth-first order with the true child
/// first, so that the leaves of a true subtree are consecutive and the exit leaf of a row is the first one that no test has ruled out
/// (Lucchese et al., "QuickScorer", SIGIR 2015, section 3).
/// </summary>
public sealed class TreeEnsemble
{
    private const int MaskWordBits = 64;

    private TreeEnsemble(ElementType featureType, int numFeatures, int numTargets)
    {
        (FeatureType, NumFeatures, NumTargets) = (featureType, numFeatures, numTargets);
    }

    /// <summary>Float32 or Float64: the type features and thresholds are compared in.</summary>
    public ElementType FeatureType { get; }

    /// <summary>Columns of the input.</summary>
    public int NumFeatures { get; }

    /// <summary>Columns of the result.</summary>
    public int NumTargets { get; }

    /// <summary>How leaves are combined.</summary>
    public TreeAggregate Aggregate { get; private init; }

    /// <summary>Number of trees.</summary>
    public int NumTrees => Roots.Length;

    /// <summary>By tree: its root, an index into <see cref="Nodes"/> or <c>~leaf</c>.</summary>
    public ImmutableArray<int> Roots { get; private init; } = [];

    /// <summary>The inner nodes, tree by tree, depth first.</summary>
    public ImmutableArray<TreeNode> Nodes { get; private init; } = [];

    /// <summary>By tree: its first leaf; one entry more than trees.</summary>
    public ImmutableArray<int> FirstLeaves { get; private init; } = [];

    /// <summary>Number of leaves of all trees.</summary>
    public int NumLeaves => FirstLeaves[^1];

    /// <summary>The weights, ordered by leaf.</summary>
    public ImmutableArray<TreeLeafWeight> Weights { get; private init; } = [];

    /// <summary>The sets of the member modes, each sorted and without repetition; integers for <see cref="TreeNodeMode.IntegerMember"/>.</summary>
    public ImmutableArray<ImmutableArray<double>> Sets { get; private init; } = [];

    /// <summary>By target: what is added to the aggregate; empty for none.</summary>
    public ImmutableArray<double> BaseValues { get; private init; } = [];

    /// <summary>Deepest path, counted in inner nodes.</summary>
    public int Depth { get; private init; }

    /// <summary>Checks and normalizes an ensemble.</summary>
    /// <param name="featureType">Float32 or Float64.</param>
    /// <param name="numFeatures">Columns of the input.</param>
    /// <param name="numTargets">Columns of the result.</param>
    /// <param name="roots">By tree: index of a node, or <c>~leaf</c>.</param>
    /// <param name="nodes">The nodes in any order.</param>
    /// <param name="weights">The weights in any order; leaves that no tree reaches are dropped.</param>
    /// <param name="sets">Sets of the member modes.</param>
    /// <param name="aggregate">How leaves are combined.</param>
    /// <param name="baseValues">By target, or empty.</param>
    /// <exception cref="InferFException"><see cref="InferFErrorCode.InvalidModel"/>: a child, a feature, a target or a set does not exist, a node has several
    /// parents (or itself below it), a threshold of an ordered comparison is NaN, or there is no tree.</exception>
    public static TreeEnsemble Create(
        ElementType featureType,
        int numFeatures,
        int numTargets,
        IReadOnlyList<int> roots,
        IReadOnlyList<TreeNode> nodes,
        IReadOnlyList<TreeLeafWeight> weights,
        IReadOnlyList<IReadOnlyList<double>>? sets = null,
        TreeAggregate aggregate = TreeAggregate.Sum,
        IReadOnlyList<double>? baseValues = null)
    {
        TreeNormalizer normalizer = new(numFeatures, nodes, sets?.Count ?? 0);
        foreach (int root in roots)
        {
            normalizer.AddTree(root);
        }
        if (roots.Count == 0 || numFeatures < 1 || numTargets < 1)
        {
            throw Invalid($"at least one tree, feature and target are expected, found {roots.Count}, {numFeatures} and {numTargets}");
        }
        if (baseValues is { Count: > 0 } && baseValues.Count != numTargets)
        {
            throw Invalid($"there are {baseValues.Count} base values for {numTargets} targets");
        }
        return new TreeEnsemble(featureType, numFeatures, numTargets)
        {
            Aggregate = aggregate,
            Roots = normalizer.Roots,
            Nodes = normalizer.Nodes,
            FirstLeaves = normalizer.FirstLeaves,
            Weights = normalizer.Weights(weights, numTargets),
            Sets = [.. (sets ?? []).Select(set => set.Distinct().Order().ToImmutableArray())],
            BaseValues = [.. baseValues ?? []],
            Depth = normalizer.Depth,
        };
    }

    /// <summary>64-bit words of a row's leaf mask, in the layout that <c>plan.proto</c> describes.</summary>
    public long MaskWords
    {
        get
        {
            int mostLeaves = Enumerable.Range(0, NumTrees).Max(tree => FirstLeaves[tree + 1] - FirstLeaves[tree]);
            if (mostLeaves > MaskWordBits)
            {
                return Enumerable.Range(0, NumTrees).Sum(tree => (FirstLeaves[tree + 1] - FirstLeaves[tree] + MaskWordBits - 1L) / MaskWordBits);
            }
            long fieldBits = Math.Max(8, BitOperations.RoundUpToPowerOf2((uint)mostLeaves));
            return (NumTrees * fieldBits + MaskWordBits - 1) / MaskWordBits;
        }
    }

    /// <summary>The same trees over features in another order.</summary>
    /// <param name="numFeatures">Number of columns of the new input.</param>
    /// <param name="positions">By feature: its new column; anything for a feature that no node tests.</param>
    public TreeEnsemble WithFeatures(int numFeatures, IReadOnlyList<int> positions) => new(FeatureType, numFeatures, NumTargets)
    {
        Aggregate = Aggregate,
        Roots = Roots,
        Nodes = [.. Nodes.Select(node => node with { Feature = positions[node.Feature] })],
        FirstLeaves = FirstLeaves,
        Weights = Weights,
        Sets = Sets,
        BaseValues = BaseValues,
        Depth = Depth,
    };

    internal static InferFException Invalid(string reason) => new(InferFErrorCode.InvalidModel, $"Invalid tree ensemble: {reason}.");
}

/// <summary>Scores of a tree ensemble, one column per target. Comparisons are exact in the ensemble's feature type; sums round.</summary>
/// <param name="argument">The features: Float32 or Float64, as the ensemble's feature type.</param>
/// <param name="ensemble">The trees.</param>
/// <param name="type">Float32 or Float64: type of the scores.</param>
public sealed class TreeEnsembleExpr(TensorExpr argument, TreeEnsemble ensemble, ElementType type) : TensorExpr(type, ensemble.NumTargets, argument)
{
    /// <summary>The trees.</summary>
    public TreeEnsemble Ensemble { get; } = ensemble;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new TreeEnsembleExpr(arguments[0], Ensemble, Type) { Origin = Origin };
}
