using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Placement;

/// <summary>A term of a placed sum.</summary>
internal readonly record struct PlacedTerm(PlacedValue Value, ConstantTensor? Weight, int WeightRow);

/// <summary>The sum of a placed value: final, or a partial result without bias and activation.</summary>
internal sealed record PlacedSum(ImmutableArray<PlacedTerm> Terms, ConstantTensor? Bias, Proto.Activation Activation, float Alpha);

/// <summary>What a placed value of a tree ensemble is.</summary>
internal enum TreeRole
{
    /// <summary>The leaves that the tests on one group's features leave.</summary>
    Mask,
    /// <summary>The intersection of masks.</summary>
    Intersection,
    /// <summary>Scores from masks.</summary>
    Score,
    /// <summary>Scores by walking the trees.</summary>
    Traversal,
}

/// <summary>The tree ensemble of a placed value.</summary>
/// <param name="Role">What is computed.</param>
/// <param name="Ensemble">The trees.</param>
/// <param name="FirstFeature">Of a mask: the first feature of the ensemble that its argument holds.</param>
/// <param name="Tests">Of a mask: tests applied.</param>
internal sealed record PlacedTree(TreeRole Role, TreeEnsemble Ensemble, int FirstFeature = 0, int Tests = 0)
{
    /// <summary>True for what is a leaf mask.</summary>
    public bool IsMask => Role is TreeRole.Mask or TreeRole.Intersection;
}

/// <summary>A value of the plan: computed at one relational node from values at that node or below. Becomes one <c>Value</c> of the fragment.</summary>
internal sealed class PlacedValue
{
    /// <summary>Position in the plan's list of values; arguments come before users.</summary>
    public required int Index { get; init; }

    /// <summary>Relational node on whose rows it is computed.</summary>
    public required int Node { get; init; }

    /// <summary>The model's value; of a partial sum, the sum it is a part of.</summary>
    public required ModelValue Source { get; init; }

    /// <summary>Values read, for every operation except sums.</summary>
    public ImmutableArray<PlacedValue> Arguments { get; init; } = [];

    /// <summary>Set for sums.</summary>
    public PlacedSum? Sum { get; init; }

    /// <summary>Set for tree ensembles and their masks.</summary>
    public PlacedTree? Tree { get; init; }

    /// <summary>Tables it depends on.</summary>
    public required TableSet Tables { get; init; }

    /// <summary>True for a result of only some of its source's groups.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Bytes of an element in half precision.</summary>
    public const int NarrowBytes = 2;

    /// <summary>True for its argument, a partial sum, in half precision.</summary>
    public bool IsNarrow { get; init; }

    /// <summary>True if it is read at another node or by an output, so that all of its rows are stored.</summary>
    public bool Escapes { get; set; }

    /// <summary>Type of the elements.</summary>
    public ElementType Type => Tree is { IsMask: true } ? ElementType.Int64 : Source.Type;

    /// <summary>Columns.</summary>
    public int Width => Tree is { IsMask: true } && Source.Operation is TreeOperation trees ? trees.MaskWords : Source.Width;

    /// <summary>Bytes of one row.</summary>
    public int RowBytes => Width * (IsNarrow ? NarrowBytes : ModelValue.ElementBytes(Type));
}
