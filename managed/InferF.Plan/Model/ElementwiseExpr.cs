using System.Collections.Immutable;

namespace InferF.Plan.Model;

/// <summary>Functions of one element (or, for <see cref="SoftmaxZero"/>, of a row). α and β are <see cref="UnaryExpr.Alpha"/> and <see cref="UnaryExpr.Beta"/>.</summary>
public enum UnaryFunction
{
    /// <summary>max(x, 0); NaN stays NaN. Also for Int64.</summary>
    Relu,
    /// <summary>x if x ≥ 0, otherwise α·x.</summary>
    LeakyRelu,
    /// <summary>1 / (1 + e^−x).</summary>
    Sigmoid,
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
    /// <summary>Inverse normal distribution function, as ai.onnx.ml's post-transform PROBIT.</summary>
    Probit,
    /// <summary>Softmax over the row that leaves zeros at zero, as ai.onnx.ml's post-transform SOFTMAX_ZERO.</summary>
    SoftmaxZero,
    /// <summary>e^x.</summary>
    Exp,
    /// <summary>Natural logarithm.</summary>
    Log,
    /// <summary>Square root.</summary>
    Sqrt,
    /// <summary>|x|. Also for Int64.</summary>
    Abs,
    /// <summary>−x. Also for Int64.</summary>
    Negate,
    /// <summary>1 / x.</summary>
    Reciprocal,
    /// <summary>Largest integer not above x.</summary>
    Floor,
    /// <summary>Smallest integer not below x.</summary>
    Ceil,
    /// <summary>Nearest integer, halves to even.</summary>
    Round,
    /// <summary>−1, 0 or 1; NaN stays NaN. Also for Int64.</summary>
    Sign,
    /// <summary>Error function.</summary>
    Erf,
    /// <summary>x·Φ(x) = x/2 · (1 + erf(x/√2)).</summary>
    Gelu,
    /// <summary>x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))).</summary>
    GeluTanh,
    /// <summary>x if x ≥ 0, otherwise α·(e^x − 1).</summary>
    Elu,
    /// <summary>β·x if x > 0, otherwise β·(α·e^x − α); β is ONNX's gamma.</summary>
    Selu,
    /// <summary>max(0, x) + min(0, α·(e^(x/α) − 1)).</summary>
    Celu,
    /// <summary>log(1 + e^x), without overflow.</summary>
    Softplus,
    /// <summary>x / (1 + |x|).</summary>
    Softsign,
    /// <summary>max(0, min(1, α·x + β)).</summary>
    HardSigmoid,
    /// <summary>x · max(0, min(1, x/6 + 1/2)).</summary>
    HardSwish,
    /// <summary>x if x > α, otherwise 0.</summary>
    ThresholdedRelu,
    /// <summary>x · sigmoid(α·x).</summary>
    Swish,
    /// <summary>x · tanh(softplus(x)).</summary>
    Mish,
    /// <summary>Sine.</summary>
    Sin,
    /// <summary>Cosine.</summary>
    Cos,
    /// <summary>Tangent.</summary>
    Tan,
    /// <summary>Inverse tangent.</summary>
    Atan,
    /// <summary>1 if x is NaN, otherwise 0: Int64.</summary>
    IsNaN,
    /// <summary>1 if x is an infinity, otherwise 0: Int64. α ≠ 0 counts negative infinity, β ≠ 0 positive.</summary>
    IsInfinity,
    /// <summary>1 if x is 0, otherwise 0: Int64 to Int64.</summary>
    Not,
}

/// <summary>An element-wise function.</summary>
public sealed class UnaryExpr(UnaryFunction function, TensorExpr argument, float alpha = 0, float beta = 0)
    : TensorExpr(function is UnaryFunction.IsNaN or UnaryFunction.IsInfinity ? ElementType.Int64 : argument.Type, argument.Width, argument)
{
    /// <summary>Which function.</summary>
    public UnaryFunction Function { get; } = function;

    /// <summary>First parameter of the function.</summary>
    public float Alpha { get; } = alpha;

    /// <summary>Second parameter of the function.</summary>
    public float Beta { get; } = beta;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new UnaryExpr(Function, arguments[0], Alpha, Beta) { Origin = Origin };
}

/// <summary>Functions of two elements of one type.</summary>
public enum BinaryFunction
{
    /// <summary>a + b; Int64 wraps.</summary>
    Add,
    /// <summary>a − b; Int64 wraps.</summary>
    Subtract,
    /// <summary>a · b; Int64 wraps.</summary>
    Multiply,
    /// <summary>a / b; of integers truncated, a zero divisor is an error.</summary>
    Divide,
    /// <summary>The larger; NaN if either is.</summary>
    Max,
    /// <summary>The smaller; NaN if either is.</summary>
    Min,
    /// <summary>a to the power of b; floats only.</summary>
    Power,
    /// <summary>a − b·⌊a/b⌋, with the sign of b; of integers, a zero divisor is an error.</summary>
    Modulo,
    /// <summary>Remainder of the truncated quotient, with the sign of a, as C's fmod and %.</summary>
    Remainder,
    /// <summary>1 if a = b, otherwise 0: Int64, of any type. NaN equals nothing.</summary>
    Equal,
    /// <summary>1 if a &lt; b, otherwise 0: Int64, of numbers.</summary>
    Less,
    /// <summary>1 if a ≤ b, otherwise 0: Int64, of numbers.</summary>
    LessOrEqual,
    /// <summary>1 if a &gt; b, otherwise 0: Int64, of numbers.</summary>
    Greater,
    /// <summary>1 if a ≥ b, otherwise 0: Int64, of numbers.</summary>
    GreaterOrEqual,
    /// <summary>1 if both are not 0, otherwise 0; Int64.</summary>
    And,
    /// <summary>1 if either is not 0, otherwise 0; Int64.</summary>
    Or,
    /// <summary>1 if exactly one is not 0, otherwise 0; Int64.</summary>
    Xor,
}

/// <summary>Element-wise functions of two values of one type; a side of width 1 is broadcast.</summary>
public sealed class BinaryExpr(BinaryFunction function, TensorExpr left, TensorExpr right, bool isUnsigned = false)
    : TensorExpr(ResultType(function, left.Type), Math.Max(left.Width, right.Width), left, right)
{
    /// <summary>Which function.</summary>
    public BinaryFunction Function { get; } = function;

    /// <summary>Int64 operands are the bits of unsigned 64-bit integers; matters to division, order and remainders.</summary>
    public bool IsUnsigned { get; } = isUnsigned;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new BinaryExpr(Function, arguments[0], arguments[1], IsUnsigned) { Origin = Origin };

    /// <summary>True for functions whose result is a truth value of type Int64 whatever the operands' type.</summary>
    public static bool IsPredicate(BinaryFunction function) => function >= BinaryFunction.Equal;

    internal static ElementType ResultType(BinaryFunction function, ElementType operands) => IsPredicate(function) ? ElementType.Int64 : operands;
}

/// <summary>Element-wise functions of a value and a constant [1 × k] or [1 × 1]; a value of width 1 is broadcast over a wider constant.</summary>
public sealed class ConstantBinaryExpr(
    BinaryFunction function, TensorExpr argument, ConstantTensor constant, bool constantOnLeft = false, bool isUnsigned = false)
    : TensorExpr(BinaryExpr.ResultType(function, argument.Type), Math.Max(argument.Width, constant.Columns), argument)
{
    /// <summary>Which function.</summary>
    public BinaryFunction Function { get; } = function;

    /// <summary>[1 × width] or [1 × 1], of the argument's type.</summary>
    public ConstantTensor Constant { get; } = constant;

    /// <summary>The constant is the left operand.</summary>
    public bool ConstantOnLeft { get; } = constantOnLeft;

    /// <summary>As <see cref="BinaryExpr.IsUnsigned"/>.</summary>
    public bool IsUnsigned { get; } = isUnsigned;

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) =>
        new ConstantBinaryExpr(Function, arguments[0], Constant, ConstantOnLeft, IsUnsigned) { Origin = Origin };
}

/// <summary>Element by element the left value where the condition is not 0, otherwise the right one; arguments of width 1 are broadcast.</summary>
public sealed class WhereExpr(TensorExpr condition, TensorExpr left, TensorExpr right)
    : TensorExpr(left.Type, Math.Max(condition.Width, Math.Max(left.Width, right.Width)), condition, left, right)
{
    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new WhereExpr(arguments[0], arguments[1], arguments[2]) { Origin = Origin };
}

/// <summary>Float formats narrower than Float32 that a conversion may round to. The result is represented as Float32.</summary>
public enum FloatFormat
{
    /// <summary>The result type itself.</summary>
    None,
    /// <summary>IEEE 754 binary16.</summary>
    Float16,
    /// <summary>Upper half of binary32.</summary>
    BFloat16,
    /// <summary>Float8 of 4 exponent and 3 mantissa bits, finite and NaN only.</summary>
    Float8E4M3FN,
    /// <summary>Float8 of 4 exponent and 3 mantissa bits, bias 8, no negative zero.</summary>
    Float8E4M3FNUZ,
    /// <summary>Float8 of 5 exponent and 2 mantissa bits.</summary>
    Float8E5M2,
    /// <summary>Float8 of 5 exponent and 2 mantissa bits, bias 16, no negative zero.</summary>
    Float8E5M2FNUZ,
    /// <summary>Float4 of 2 exponent and 1 mantissa bits.</summary>
    Float4E2M1,
    /// <summary>Powers of two of 8 exponent bits.</summary>
    Float8E8M0,
}

/// <summary>How <see cref="FloatFormat.Float8E8M0"/> rounds.</summary>
public enum ScaleRounding
{
    /// <summary>To the next larger power of two.</summary>
    Up,
    /// <summary>To the next smaller power of two.</summary>
    Down,
    /// <summary>To the nearest power of two, halves up.</summary>
    Nearest,
}

/// <summary>
/// Conversion between numeric types, and of text to numbers; to an integer narrower than 64 bits it wraps, to a boolean it gives 0 or 1, to a
/// narrow float format it rounds to nearest even (ONNX Cast).
/// </summary>
public sealed class CastExpr(TensorExpr argument, ElementType type, int integerBits = 0, bool integerUnsigned = false, bool boolean = false)
    : TensorExpr(type, argument.Width, argument)
{
    /// <summary>2, 4, 8, 16 or 32 to wrap; 0 otherwise.</summary>
    public int IntegerBits { get; } = integerBits;

    /// <summary>The integer result is unsigned; with <see cref="IntegerBits"/> 0, of 64 bits.</summary>
    public bool IntegerUnsigned { get; } = integerUnsigned;

    /// <summary>The result is 0 or 1.</summary>
    public bool Boolean { get; } = boolean;

    /// <summary>The Int64 argument holds the bits of unsigned 64-bit integers.</summary>
    public bool ArgumentUnsigned { get; init; }

    /// <summary>Float format whose values the result is limited to.</summary>
    public FloatFormat FloatFormat { get; init; }

    /// <summary>Values out of the range of a float8 format become its largest, otherwise NaN or infinity.</summary>
    public bool Saturate { get; init; } = true;

    /// <summary>Rounding of <see cref="FloatFormat.Float8E8M0"/>.</summary>
    public ScaleRounding ScaleRounding { get; init; }

    /// <inheritdoc/>
    public override TensorExpr With(ImmutableArray<TensorExpr> arguments) => new CastExpr(arguments[0], Type, IntegerBits, IntegerUnsigned, Boolean)
    {
        ArgumentUnsigned = ArgumentUnsigned, FloatFormat = FloatFormat, Saturate = Saturate, ScaleRounding = ScaleRounding, Origin = Origin,
    };
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
