using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using InferF.Plan.Query;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Analysis;

/// <summary>What a <see cref="ModelValue"/> does.</summary>
internal abstract record Operation;

/// <summary>
/// An operation whose inputs are grouped by the tables they depend on: each group gives a partial result, which may be computed at a relational node of its
/// own, and partial results may be combined on the way to the final one.
/// </summary>
internal abstract record GroupedOperation : Operation
{
    /// <summary>The distinct table sets, in order of first appearance.</summary>
    public abstract ImmutableArray<TableSet> Groups { get; }

    /// <summary>The inputs of a group.</summary>
    public abstract ImmutableArray<ModelValue> InputsOf(TableSet group);
}

/// <summary>Raw columns as a matrix.</summary>
internal sealed record LoadOperation(ImmutableArray<Feature> Features, Proto.NullPolicy Nulls, double NullConstant) : Operation;

/// <summary>
/// Columns of all arguments, in order. <paramref name="Whole"/>, if set, is the same matrix computed in one piece, for when no argument
/// is computed below the node where it is needed.
/// </summary>
internal sealed record ConcatOperation(ModelValue? Whole) : Operation;

/// <summary>Columns from <paramref name="Start"/>.</summary>
internal sealed record SliceOperation(int Start) : Operation;

/// <summary>The operator of <paramref name="Template"/>, with its constants, over other arguments.</summary>
internal sealed record ApplyOperation(TensorExpr Template) : Operation;

/// <summary>
/// activation(bias + Σ terms): the factorized form. The terms are grouped by the tables they depend on, and each group may be computed at another
/// relational node.
/// </summary>
internal sealed record SumOperation(
    ImmutableArray<SumTerm> Terms, ImmutableArray<LinearWhole> Wholes, ConstantTensor? Bias, Proto.Activation Activation, float Alpha) : GroupedOperation
{
    /// <inheritdoc/>
    public override ImmutableArray<TableSet> Groups { get; } = [.. Terms.Select(term => term.Value.Tables).Distinct()];

    /// <summary>True if partial results of build sides are kept in half precision.</summary>
    public bool IsNarrow { get; init; }

    /// <inheritdoc/>
    public override ImmutableArray<ModelValue> InputsOf(TableSet group) => [.. Terms.Where(term => term.Value.Tables == group).Select(term => term.Value)];
}

/// <summary>A term: the value itself without a weight, otherwise value · Weight[WeightRow : WeightRow + width, :].</summary>
/// <param name="Value">The block.</param>
/// <param name="Weight">[rows × width of the sum], or null.</param>
/// <param name="WeightRow">First row of the weight that applies.</param>
/// <param name="Whole">Index into <see cref="SumOperation.Wholes"/>: the undivided product this term is a part of, or −1.</param>
internal readonly record struct SumTerm(ModelValue Value, ConstantTensor? Weight, int WeightRow, int Whole);

/// <summary>The sum of all terms that refer to it, undivided: a product x · W, or without a weight the value itself.</summary>
internal readonly record struct LinearWhole(ModelValue Value, ConstantTensor? Weight);

/// <summary>A matrix of the model, not yet placed: it may be computed at any relational node that covers <see cref="Tables"/>. Identity is by reference.</summary>
internal sealed class ModelValue
{
    /// <summary>Creates a value.</summary>
    public ModelValue(Operation operation, ElementType type, int width, TableSet tables, ImmutableArray<ModelValue> arguments, string origin)
    {
        (Operation, Type, Width, Tables, Arguments, Origin) = (operation, type, width, tables, arguments, origin);
    }

    /// <summary>What it does.</summary>
    public Operation Operation { get; }

    /// <summary>Type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Tables it depends on; none for constants, all tables of the query if it must not be computed below the root.</summary>
    public TableSet Tables { get; }

    /// <summary>Values it reads. For sums, those of the terms.</summary>
    public ImmutableArray<ModelValue> Arguments { get; }

    /// <summary>Model operators it comes from.</summary>
    public string Origin { get; }

    /// <summary>Bytes of one row.</summary>
    public int RowBytes => Width * ElementBytes(Type);

    /// <summary>Bytes of one element; 16 for strings, which are views.</summary>
    public static int ElementBytes(ElementType type) => type switch
    {
        ElementType.Float32 => 4,
        ElementType.Bytes => 1,
        ElementType.String => 16,
        _ => 8,
    };
}
