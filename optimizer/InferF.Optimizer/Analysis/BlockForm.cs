using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;

namespace InferF.Optimizer.Analysis;

/// <summary>The block-algebra form of a model expression (<c>optimizer/docs/BlockAlgebra.md</c>).</summary>
internal abstract record BlockForm(ElementType Type, int Width)
{
    /// <summary>Tables it depends on.</summary>
    public abstract TableSet Tables { get; }
}

/// <summary>
/// <c>Concat[b₁…bₙ]</c>: ordered column blocks, each local to some tables; with one block, <c>Local(T)</c>.
/// <paramref name="Whole"/> is the same matrix computed in one piece.
/// </summary>
internal sealed record ConcatForm(ImmutableArray<ModelValue> Blocks, ModelValue Whole) : BlockForm(Whole.Type, Whole.Width)
{
    /// <inheritdoc/>
    public override TableSet Tables => Whole.Tables;

    /// <summary>The form of a value that is one block.</summary>
    public static ConcatForm Local(ModelValue value) => new([value], value);
}

/// <summary><c>Sum{t₁…tₙ; c}</c>: a linear function of blocks without a finisher yet.</summary>
internal sealed record SumForm(ElementType Type, int Width, ImmutableArray<SumTerm> Terms, ImmutableArray<LinearWhole> Wholes, ConstantTensor? Bias)
    : BlockForm(Type, Width)
{
    /// <inheritdoc/>
    public override TableSet Tables => Terms.Aggregate(TableSet.Empty, (set, term) => set | term.Value.Tables);

    /// <summary>True for a sum of products with weights and of whole values; false if it comes from a reduction or a distance, whose parts nothing but the sum is made of.</summary>
    public bool IsLinear { get; init; } = true;
}
