using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>Every element becomes one column per category, 1 where equal and 0 elsewhere: width(argument) · k, Float32.</summary>
public sealed class OneHotExpr(TensorExpr argument, ConstantTensor categories, bool unknownIsError)
    : TensorExpr(ElementType.Float32, argument.Width * categories.Columns, argument)
{
    /// <summary>[1 × k], Int64 or String. Float arguments are truncated to integers first.</summary>
    public ConstantTensor Categories { get; } = categories;

    /// <summary>An element in no category is an error instead of all zeros.</summary>
    public bool UnknownIsError { get; } = unknownIsError;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new OneHotExpr(arguments[0], Categories, UnknownIsError) { Origin = Origin };
}

/// <summary>Replaces each element by the value of the equal key (ai.onnx.ml LabelEncoder); an element equal to no key gets the default.</summary>
/// <param name="argument">Elements of the keys' type.</param>
/// <param name="keys">[1 × k], any type, of which the first of equal ones counts; NaN equals NaN.</param>
/// <param name="values">[1 × k], of the result's type.</param>
/// <param name="defaultValue">[1 × 1], of the result's type.</param>
public sealed class LabelEncodeExpr(TensorExpr argument, ConstantTensor keys, ConstantTensor values, ConstantTensor defaultValue)
    : TensorExpr(values.Type, argument.Width, argument)
{
    /// <summary>[1 × k].</summary>
    public ConstantTensor Keys { get; } = keys;

    /// <summary>[1 × k].</summary>
    public ConstantTensor Values { get; } = values;

    /// <summary>[1 × 1].</summary>
    public ConstantTensor DefaultValue { get; } = defaultValue;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new LabelEncodeExpr(arguments[0], Keys, Values, DefaultValue) { Origin = Origin };
}

/// <summary>
/// Replaces each id by a row of a constant table (ONNX Gather from a constant along axis 0): width(argument) · d columns. A negative id counts
/// from the end; an id outside of the table is an error.
/// </summary>
/// <param name="argument">Int64.</param>
/// <param name="table">[ids × d], any type.</param>
public sealed class EmbeddingExpr(TensorExpr argument, ConstantTensor table) : TensorExpr(table.Type, argument.Width * table.Columns, argument)
{
    /// <summary>[ids × d].</summary>
    public ConstantTensor Table { get; } = table;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new EmbeddingExpr(arguments[0], Table) { Origin = Origin };
}

/// <summary>The label of the largest score, or, with a threshold, labels[1] iff the single score exceeds it.</summary>
public sealed class SelectLabelExpr(TensorExpr scores, ConstantTensor labels, double? threshold) : TensorExpr(labels.Type, 1, scores)
{
    /// <summary>[1 × k], Int64 or String.</summary>
    public ConstantTensor Labels { get; } = labels;

    /// <summary>Set for a single score and two labels.</summary>
    public double? Threshold { get; } = threshold;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new SelectLabelExpr(arguments[0], Labels, Threshold) { Origin = Origin };
}
