using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>
/// A node of a model's expression DAG: a matrix with one row per scored row and <see cref="Width"/> columns. Immutable; identity is by
/// reference, so that a value with several users is one object. The operators mirror the messages of <c>plan.proto</c>, whose
/// comments define their semantics exactly.
/// </summary>
public abstract class TensorExpr
{
    private protected TensorExpr(ElementType type, int width, params ImmutableArray<TensorExpr> arguments)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Type, Width, Arguments) = (type, width, arguments);
    }

    /// <summary>Type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>Number of columns, at least 1.</summary>
    public int Width { get; }

    /// <summary>The expressions this one reads, in order.</summary>
    public ImmutableArray<TensorExpr> Arguments { get; }

    /// <summary>The model node this expression comes from: its operator and name, for messages and coverage, e.g. <c>Gemm 'fc1'</c>.</summary>
    public string Origin { get; init; } = "";

    /// <summary>Rebuilds this operator over other arguments of the same types and widths (or, for row-wise linear operators, compatible ones).</summary>
    /// <param name="arguments">As many as <see cref="Arguments"/>.</param>
    public abstract TensorExpr With(ImmutableArray<TensorExpr> arguments);
}

/// <summary>A model input: the columns bound to it, in order.</summary>
public sealed class InputExpr(int index, ElementType type, int width) : TensorExpr(type, width)
{
    /// <summary>Index into <see cref="ModelGraph.Inputs"/>.</summary>
    public int Index { get; } = index;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => this;
}

/// <summary>Columns of all parts, in order.</summary>
public sealed class ConcatExpr(ImmutableArray<TensorExpr> parts) : TensorExpr(parts[0].Type, parts.Sum(p => p.Width), parts)
{
    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new ConcatExpr(arguments) { Origin = Origin };
}

/// <summary>Columns <c>[Start, Start + Width)</c> of the argument.</summary>
public sealed class SliceExpr(TensorExpr argument, int start, int width) : TensorExpr(argument.Type, width, argument)
{
    /// <summary>First column taken.</summary>
    public int Start { get; } = start;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new SliceExpr(arguments[0], Start, Width) { Origin = Origin };
}

/// <summary>Columns of the argument in any order, repeated or left out: result column j is argument column <c>Indices[j]</c>.</summary>
/// <remarks>Transposition, strided slices, broadcasting and look-ups by constant positions of a row's elements are all of this kind.</remarks>
public sealed class SelectColumnsExpr(TensorExpr argument, ConstantTensor indices) : TensorExpr(argument.Type, indices.Columns, argument)
{
    /// <summary>[1 × width], Int64, each in [0, argument width).</summary>
    public ConstantTensor Indices { get; } = indices;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new SelectColumnsExpr(arguments[0], Indices) { Origin = Origin };
}

/// <summary>The same constant row for every scored row. It has no arguments.</summary>
public sealed class ConstantExpr(ConstantTensor tensor) : TensorExpr(tensor.Type, tensor.Columns)
{
    /// <summary>[1 × width].</summary>
    public ConstantTensor Tensor { get; } = tensor;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => this;
}

/// <summary>x · Weight + Bias, with Weight [x.Width × Width] and Bias [1 × Width]; Float32 or Float64.</summary>
public sealed class LinearExpr(TensorExpr argument, ConstantTensor weight, ConstantTensor? bias) : TensorExpr(argument.Type, weight.Columns, argument)
{
    /// <summary>[argument width × width].</summary>
    public ConstantTensor Weight { get; } = weight;

    /// <summary>[1 × width], or null for zero.</summary>
    public ConstantTensor? Bias { get; } = bias;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new LinearExpr(arguments[0], Weight, Bias) { Origin = Origin };
}
