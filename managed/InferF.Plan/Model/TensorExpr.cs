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

/// <summary>Element-wise (or, for <see cref="UnaryFunction.SoftmaxZero"/>, row-wise) functions of one argument.</summary>
public enum UnaryFunction
{
    /// <summary>max(x, 0); NaN stays NaN.</summary>
    Relu,
    /// <summary>x if x ≥ 0, otherwise alpha · x.</summary>
    LeakyRelu,
    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid,
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
    /// <summary>Inverse normal distribution function, as ai.onnx.ml's post-transform PROBIT.</summary>
    Probit,
    /// <summary>Softmax over the row that leaves zeros at zero, as ai.onnx.ml's post-transform SOFTMAX_ZERO.</summary>
    SoftmaxZero,
}

/// <summary>An element-wise function.</summary>
public sealed class UnaryExpr(UnaryFunction function, TensorExpr argument, float alpha = 0) : TensorExpr(argument.Type, argument.Width, argument)
{
    /// <summary>Which function.</summary>
    public UnaryFunction Function { get; } = function;

    /// <summary>Slope of <see cref="UnaryFunction.LeakyRelu"/>.</summary>
    public float Alpha { get; } = alpha;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new UnaryExpr(Function, arguments[0], Alpha) { Origin = Origin };
}

/// <summary>Arithmetic functions of two arguments.</summary>
public enum BinaryFunction
{
    /// <summary>a + b.</summary>
    Add,
    /// <summary>a − b.</summary>
    Subtract,
    /// <summary>a · b.</summary>
    Multiply,
    /// <summary>a / b.</summary>
    Divide,
}

/// <summary>Element-wise arithmetic of two values of one type; a side of width 1 is broadcast.</summary>
public sealed class BinaryExpr(BinaryFunction function, TensorExpr left, TensorExpr right)
    : TensorExpr(left.Type, Math.Max(left.Width, right.Width), left, right)
{
    /// <summary>Which function.</summary>
    public BinaryFunction Function { get; } = function;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new BinaryExpr(Function, arguments[0], arguments[1]) { Origin = Origin };
}

/// <summary>Element-wise arithmetic of a value and a constant [1 × k] or [1 × 1]; a value of width 1 is broadcast over a wider constant.</summary>
public sealed class ConstantBinaryExpr(BinaryFunction function, TensorExpr argument, ConstantTensor constant, bool constantOnLeft = false)
    : TensorExpr(argument.Type, Math.Max(argument.Width, constant.Columns), argument)
{
    /// <summary>Which function.</summary>
    public BinaryFunction Function { get; } = function;

    /// <summary>[1 × width] or [1 × 1], of the argument's type.</summary>
    public ConstantTensor Constant { get; } = constant;

    /// <summary>The constant is the left operand.</summary>
    public bool ConstantOnLeft { get; } = constantOnLeft;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new ConstantBinaryExpr(Function, arguments[0], Constant, ConstantOnLeft) { Origin = Origin };
}

/// <summary>Numeric conversion; to an integer narrower than 64 bits it wraps, to a boolean it gives 0 or 1.</summary>
public sealed class CastExpr(TensorExpr argument, ElementType type, int integerBits = 0, bool integerUnsigned = false, bool boolean = false)
    : TensorExpr(type, argument.Width, argument)
{
    /// <summary>8, 16 or 32 to wrap; 0 otherwise.</summary>
    public int IntegerBits { get; } = integerBits;

    /// <summary>The narrow integer is unsigned.</summary>
    public bool IntegerUnsigned { get; } = integerUnsigned;

    /// <summary>The result is 0 or 1.</summary>
    public bool Boolean { get; } = boolean;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new CastExpr(arguments[0], Type, IntegerBits, IntegerUnsigned, Boolean) { Origin = Origin };
}

/// <summary>Softmax over the row.</summary>
public sealed class SoftmaxExpr(TensorExpr argument) : TensorExpr(argument.Type, argument.Width, argument)
{
    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new SoftmaxExpr(arguments[0]) { Origin = Origin };
}

/// <summary>Replaces elements equal to <see cref="Replaced"/> by a constant per column.</summary>
public sealed class ImputeExpr(TensorExpr argument, ConstantTensor imputed, double replaced) : TensorExpr(argument.Type, argument.Width, argument)
{
    /// <summary>[1 × width] or [1 × 1], of the argument's type.</summary>
    public ConstantTensor Imputed { get; } = imputed;

    /// <summary>The value to replace; NaN replaces NaNs. For Int64 an integer below 2^53 in magnitude.</summary>
    public double Replaced { get; } = replaced;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new ImputeExpr(arguments[0], Imputed, Replaced) { Origin = Origin };
}

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

/// <summary>Row norms.</summary>
public enum Norm
{
    /// <summary>Largest element (of signed values, as ai.onnx.ml defines it).</summary>
    Max,
    /// <summary>Sum of magnitudes.</summary>
    L1,
    /// <summary>Euclidean length.</summary>
    L2,
}

/// <summary>Divides each row by its norm.</summary>
public sealed class NormalizeExpr(TensorExpr argument, Norm norm) : TensorExpr(argument.Type, argument.Width, argument)
{
    /// <summary>Which norm.</summary>
    public Norm Norm { get; } = norm;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new NormalizeExpr(arguments[0], Norm) { Origin = Origin };
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
