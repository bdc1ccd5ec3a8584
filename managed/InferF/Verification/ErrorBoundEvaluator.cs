using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using InferF.Plan.Model;

namespace InferF.Verification;

/// <summary>
/// Evaluates a model expression row by row and, beside every floating-point element, a bound on how far two correct evaluations of it in
/// the model's own precision may lie apart when they add the terms of its sums in different orders.
/// </summary>
/// <remarks>
/// <para>Rounding analysis after Higham, "Accuracy and Stability of Numerical Algorithms" (2nd ed., 2002), section 3.1: any order of summing D
/// terms is off by at most D·u·S to first order, with unit roundoff u (2⁻²⁴ or 2⁻⁵³) and S = Σ|w·x| + |c|, so two orders differ by at most
/// 2·D·u·S. Errors that arrive with the arguments are carried through: by |w| through a linear layer, by the Lipschitz constant through an
/// activation (1 for ReLU and tanh, 1/4 for the logistic function, 2·p per element for softmax).</para>
/// <para>Transcendental functions add <see cref="FunctionUlps"/> units for the different approximations in use.</para>
/// </remarks>
internal sealed class ErrorBoundEvaluator
{
    // Approximations of exp, tanh and the logistic function in common single-precision kernels are good to a few units in the last place
    // of 1; twice that for two implementations.
    private const double FunctionUlps = 16;

    private readonly Dictionary<TensorExpr, Block> _blocks = new(ReferenceEqualityComparer.Instance);
    private readonly ConditionalWeakTable<ConstantTensor, Array> _magnitudes;
    private readonly IReadOnlyList<Array> _inputs;
    private readonly int _rows;

    /// <summary>Prepares the evaluation of <paramref name="rows"/> rows.</summary>
    /// <param name="inputs">By model input: row-major <c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="magnitudes">Cache of |weights|, shared between blocks of one model.</param>
    public ErrorBoundEvaluator(IReadOnlyList<Array> inputs, int rows, ConditionalWeakTable<ConstantTensor, Array> magnitudes) =>
        (_inputs, _rows, _magnitudes) = (inputs, rows, magnitudes);

    /// <summary>The values (rows × width) of an expression and the bounds on their elements (null for integers and text, which are exact
    /// unless an element of <see cref="Block.Uncertain"/> says otherwise).</summary>
    public Block Evaluate(TensorExpr expression)
    {
        if (!_blocks.TryGetValue(expression, out Block? block))
        {
            block = Compute(expression);
            _blocks.Add(expression, block);
        }
        return block;
    }

    /// <summary>Result of <see cref="Evaluate"/>.</summary>
    /// <param name="Values"><c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</param>
    /// <param name="Errors">For floats: the bounds, of the same type as the values.</param>
    /// <param name="Uncertain">For integers and text: true where a rounding error upstream may select another value; null if nowhere.</param>
    internal sealed record Block(Array Values, Array? Errors, bool[]? Uncertain);

    private Block Compute(TensorExpr expression)
    {
        switch (expression)
        {
            case InputExpr input:
                return input.Type switch
                {
                    ElementType.Float32 => new Block(_inputs[input.Index], new float[_rows * input.Width], null),
                    ElementType.Float64 => new Block(_inputs[input.Index], new double[_rows * input.Width], null),
                    _ => new Block(_inputs[input.Index], null, null),
                };
            case ConcatExpr or SliceExpr:
                return CopyColumns(expression);
            case CastExpr cast:
                return Cast(cast);
            case OneHotExpr oneHot:
                return OneHot(oneHot);
            case SelectLabelExpr label:
                return label.Arguments[0].Type == ElementType.Float64 ? SelectLabel<double>(label) : SelectLabel<float>(label);
            case BinaryExpr or ConstantBinaryExpr or ImputeExpr when expression.Type == ElementType.Int64:
                return Integer(expression);
        }
        return expression.Type == ElementType.Float64 ? Float<double>(expression) : Float<float>(expression);
    }

    private Block Float<T>(TensorExpr expression)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Block argument = Evaluate(expression.Arguments[0]);
        T[] x = (T[])argument.Values;
        T[] e = (T[])argument.Errors!;
        int width = expression.Width;
        T[] y = new T[_rows * width];
        T[] f = new T[_rows * width];
        T u = UnitRoundoff<T>();
        T function = T.CreateChecked(FunctionUlps) * u;
        switch (expression)
        {
            case LinearExpr linear:
                Linear(linear, x, e, y, f);
                break;
            case UnaryExpr unary:
                T alpha = T.CreateChecked(unary.Alpha);
                if (unary.Function == UnaryFunction.SoftmaxZero)
                {
                    SoftmaxRows(x, e, y, f, width, skipZeros: true);
                    break;
                }
                for (int i = 0; i < y.Length; i++)
                {
                    (y[i], f[i]) = unary.Function switch
                    {
                        UnaryFunction.Relu => (x[i] < T.Zero ? T.Zero : x[i], e[i]),
                        UnaryFunction.LeakyRelu => (x[i] < T.Zero ? alpha * x[i] : x[i], e[i] * T.Max(T.One, T.Abs(alpha)) + u * T.Abs(x[i])),
                        UnaryFunction.Sigmoid => (T.One / (T.One + T.Exp(-x[i])), e[i] / T.CreateChecked(4) + function),
                        UnaryFunction.Tanh => (T.Tanh(x[i]), e[i] + function),
                        UnaryFunction.Probit => Probit(x[i], e[i]),
                        _ => throw new InvalidOperationException($"Unknown function {unary.Function}."),
                    };
                }
                break;
            case BinaryExpr binary:
                Block right = Evaluate(binary.Arguments[1]);
                Arithmetic(binary.Function, x, e, binary.Arguments[0].Width, (T[])right.Values, (T[])right.Errors!, binary.Arguments[1].Width, y, f, width);
                break;
            case ConstantBinaryExpr constant:
                T[] c = (T[])constant.Constant.Data;
                T[] exact = new T[c.Length];
                if (constant.ConstantOnLeft)
                {
                    Arithmetic(constant.Function, c, exact, -c.Length, x, e, expression.Arguments[0].Width, y, f, width);
                }
                else
                {
                    Arithmetic(constant.Function, x, e, expression.Arguments[0].Width, c, exact, -c.Length, y, f, width);
                }
                break;
            case SoftmaxExpr:
                SoftmaxRows(x, e, y, f, width, skipZeros: false);
                break;
            case ImputeExpr impute:
                T replaced = T.CreateTruncating(impute.Replaced);
                T[] imputed = (T[])impute.Imputed.Data;
                for (int i = 0; i < y.Length; i++)
                {
                    bool hit = T.IsNaN(replaced) ? T.IsNaN(x[i]) : x[i] == replaced;
                    (y[i], f[i]) = hit ? (imputed[imputed.Length == 1 ? 0 : i % width], T.Zero) : (x[i], e[i]);
                }
                break;
            case NormalizeExpr normalize:
                NormalizeRows(normalize.Norm, x, e, y, f, width);
                break;
            default:
                throw new InvalidOperationException($"Unknown expression {expression.GetType().Name}.");
        }
        return new Block(y, f, null);
    }

    private void Linear<T>(LinearExpr linear, T[] x, T[] e, T[] y, T[] f)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int depth = linear.Arguments[0].Width;
        int width = linear.Width;
        T[] weight = (T[])linear.Weight.Data;
        T[] magnitude = (T[])_magnitudes.GetValue(linear.Weight, w =>
        {
            T[] abs = new T[w.Data.Length];
            TensorPrimitives.Abs((T[])w.Data, abs);
            return abs;
        });
        // Two sums of D = depth + 1 terms in different orders (see the remarks on the class).
        T perTerm = T.CreateChecked(2.0 * (depth + 1)) * UnitRoundoff<T>();
        for (int row = 0; row < _rows; row++)
        {
            Span<T> value = y.AsSpan(row * width, width);
            Span<T> error = f.AsSpan(row * width, width);
            if (linear.Bias is { } bias)
            {
                ((T[])bias.Data).CopyTo(value);
                for (int j = 0; j < width; j++)
                {
                    error[j] = perTerm * T.Abs(value[j]);
                }
            }
            for (int i = 0; i < depth; i++)
            {
                T xi = x[row * depth + i];
                TensorPrimitives.MultiplyAdd(weight.AsSpan(i * width, width), xi, value, value);
                TensorPrimitives.MultiplyAdd(magnitude.AsSpan(i * width, width), perTerm * T.Abs(xi) + e[row * depth + i], error, error);
            }
        }
    }

    // A negative width marks a constant that is the same for every row.
    private void Arithmetic<T>(
        BinaryFunction op, T[] a, T[] ea, int widthA, T[] b, T[] eb, int widthB, T[] y, T[] f, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T u = UnitRoundoff<T>() * T.CreateChecked(2);
        for (int row = 0; row < _rows; row++)
        {
            for (int j = 0; j < width; j++)
            {
                int ia = Index(row, j, widthA);
                int ib = Index(row, j, widthB);
                (T p, T q, T ep, T eq) = (a[ia], b[ib], ea[ia], eb[ib]);
                (T value, T error) = op switch
                {
                    BinaryFunction.Add => (p + q, ep + eq),
                    BinaryFunction.Subtract => (p - q, ep + eq),
                    BinaryFunction.Multiply => (p * q, T.Abs(p) * eq + T.Abs(q) * ep + ep * eq),
                    // |a/b − a'/b'| ≤ (|b|·ea + |a|·eb) / (|b|·(|b| − eb)); unbounded if b may be zero.
                    BinaryFunction.Divide => (p / q, eq >= T.Abs(q) && eq > T.Zero
                        ? T.PositiveInfinity
                        : (T.Abs(q) * ep + T.Abs(p) * eq) / (T.Abs(q) * (T.Abs(q) - eq))),
                    _ => throw new InvalidOperationException($"Unknown function {op}."),
                };
                // Scaling and shifting may have been moved across a sum: relative to its operands, not its result.
                T scale = op is BinaryFunction.Add or BinaryFunction.Subtract ? T.Abs(p) + T.Abs(q) : T.Abs(value);
                y[row * width + j] = value;
                f[row * width + j] = error + u * scale;
            }
        }

        static int Index(int row, int column, int operandWidth) => operandWidth switch
        {
            -1 => 0,
            < 0 => column,
            1 => row,
            _ => row * operandWidth + column,
        };
    }

    private void SoftmaxRows<T>(T[] x, T[] e, T[] y, T[] f, int width, bool skipZeros)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // ai.onnx.ml SOFTMAX_ZERO: magnitudes up to 1e-7 are left out of the sum and stay proportional to themselves.
        T threshold = T.CreateChecked(1e-7f);
        T function = T.CreateChecked(FunctionUlps + 2 * width) * UnitRoundoff<T>();
        for (int row = 0; row < _rows; row++)
        {
            ReadOnlySpan<T> input = x.AsSpan(row * width, width);
            ReadOnlySpan<T> inputErrors = e.AsSpan(row * width, width);
            T max = TensorPrimitives.Max(input);
            T worst = TensorPrimitives.Max(inputErrors);
            T sum = T.Zero;
            bool uncertain = false;
            for (int j = 0; j < width; j++)
            {
                bool isZero = skipZeros && T.Abs(input[j]) <= threshold;
                uncertain |= skipZeros && T.Abs(T.Abs(input[j]) - threshold) <= inputErrors[j];
                T value = isZero ? input[j] * T.Exp(-max) : T.Exp(input[j] - max);
                y[row * width + j] = value;
                sum += isZero ? T.Zero : value;
            }
            for (int j = 0; j < width; j++)
            {
                T p = y[row * width + j] / sum;
                y[row * width + j] = p;
                // ∂pᵢ/∂xⱼ = pᵢ(δᵢⱼ − pⱼ), so |Δpᵢ| ≤ 2·pᵢ·max|Δx| to first order; expm1 keeps it valid for large errors. What is left out
                // of the sum is no probability and may be large: its rounding is relative to itself, and its error that of a product.
                bool isZero = skipZeros && T.Abs(input[j]) <= threshold;
                T carried = T.Abs(p) * T.ExpM1(T.CreateChecked(2) * worst);
                f[row * width + j] = uncertain ? T.PositiveInfinity
                    : isZero ? carried + inputErrors[j] * T.Exp(-max) / sum + function * (T.One + T.Abs(p))
                    : T.Min(T.One, carried) + function;
            }
        }
    }

    private void NormalizeRows<T>(Norm norm, T[] x, T[] e, T[] y, T[] f, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T u = T.CreateChecked(4.0 + 2 * width) * UnitRoundoff<T>();
        for (int row = 0; row < _rows; row++)
        {
            ReadOnlySpan<T> input = x.AsSpan(row * width, width);
            T error = TensorPrimitives.Sum<T>(e.AsSpan(row * width, width));
            T length = norm switch
            {
                Norm.Max => TensorPrimitives.Max(input),
                Norm.L1 => TensorPrimitives.SumOfMagnitudes(input),
                _ => T.Sqrt(TensorPrimitives.SumOfSquares(input)),
            };
            for (int j = 0; j < width; j++)
            {
                T value = length == T.Zero ? input[j] : input[j] / length;
                y[row * width + j] = value;
                f[row * width + j] = length == T.Zero ? error : (e[row * width + j] + T.Abs(value) * error) / T.Abs(length) + u * T.Abs(value);
            }
        }
    }

    // √2 · erf⁻¹(2x − 1) by Winitzki, "A handy approximation for the error function and its inverse" (2008), with the constants of ONNX Runtime.
    private static (T Value, T Error) Probit<T>(T x, T e)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The smaller root of a difference of nearly equal numbers: a rounding error of either is amplified as the root approaches zero.
        T rounding = T.CreateChecked(FunctionUlps) * UnitRoundoff<T>();
        (T low, _) = Value(x - e);
        (T high, _) = Value(x + e);
        (T value, T own) = Value(x);
        T spread = T.Max(T.Abs(high - value), T.Abs(value - low));
        return (value, T.IsNaN(spread) ? T.PositiveInfinity : spread + own + rounding * (T.One + T.Abs(value)));

        (T Value, T Error) Value(T p)
        {
            T root2 = T.CreateChecked(1.41421356f);
            T z = T.CreateChecked(2) * p - T.One;
            T log = T.Log((T.One - z) * (T.One + z));
            T v = T.CreateChecked(2 / (3.14159f * 0.147f)) + T.CreateChecked(0.5) * log;
            T square = -v + T.Sqrt(v * v - T.CreateChecked(1 / 0.147f) * log);
            T root = T.Sqrt(square);
            T delta = rounding * (T.One + T.Abs(v));
            T error = T.Sqrt(square + delta) - T.Sqrt(T.Max(T.Zero, square - delta));
            return (root2 * (z < T.Zero ? -root : root), root2 * error);
        }
    }

    private Block CopyColumns(TensorExpr expression)
    {
        int width = expression.Width;
        Array values = NewArray(expression.Type, _rows * width);
        Array? errors = IsFloat(expression.Type) ? NewArray(expression.Type, _rows * width) : null;
        bool[]? uncertain = null;
        int to = 0;
        foreach (TensorExpr argument in expression.Arguments)
        {
            Block block = Evaluate(argument);
            (int from, int count) = expression is SliceExpr slice ? (slice.Start, width) : (0, argument.Width);
            for (int row = 0; row < _rows; row++)
            {
                int source = row * argument.Width + from;
                int target = row * width + to;
                Array.Copy(block.Values, source, values, target, count);
                if (errors is not null)
                {
                    Array.Copy(block.Errors!, source, errors, target, count);
                }
                if (block.Uncertain is not null)
                {
                    uncertain ??= new bool[_rows * width];
                    Array.Copy(block.Uncertain, source, uncertain, target, count);
                }
            }
            to += count;
        }
        return new Block(values, errors, uncertain);
    }

    private Block Cast(CastExpr cast)
    {
        Block argument = Evaluate(cast.Arguments[0]);
        int count = argument.Values.Length;
        double[] errors = new double[count];
        if (argument.Errors is { } incoming)
        {
            for (int i = 0; i < count; i++)
            {
                errors[i] = incoming is float[] single ? single[i] : ((double[])incoming)[i];
            }
        }
        if (IsFloat(cast.Type))
        {
            Array values = NewArray(cast.Type, count);
            Array bounds = NewArray(cast.Type, count);
            for (int i = 0; i < count; i++)
            {
                double x = ToDouble(argument.Values, i);
                if (cast.Type == ElementType.Float32)
                {
                    float value = argument.Values is long[] integers ? integers[i] : (float)x;
                    ((float[])values)[i] = value;
                    ((float[])bounds)[i] = errors[i] == 0 ? 0 : (float)(errors[i] + Math.Abs(x) * 6e-8);
                }
                else
                {
                    ((double[])values)[i] = x;
                    ((double[])bounds)[i] = errors[i];
                }
            }
            return new Block(values, bounds, null);
        }
        long[] whole = new long[count];
        bool[]? uncertain = argument.Uncertain;
        for (int i = 0; i < count; i++)
        {
            if (argument.Values is long[] integers)
            {
                whole[i] = Wrap(cast, integers[i]);
                continue;
            }
            double x = ToDouble(argument.Values, i);
            whole[i] = cast.Boolean ? (x != 0 ? 1 : 0) : Wrap(cast, (long)x);
            if (errors[i] > 0 && (cast.Boolean ? Math.Abs(x) <= errors[i] : Math.Truncate(x - errors[i]) != Math.Truncate(x + errors[i])))
            {
                (uncertain ??= new bool[count])[i] = true;
            }
        }
        return new Block(whole, null, uncertain);
    }

    private static long Wrap(CastExpr cast, long value) => (cast.Boolean, cast.IntegerBits, cast.IntegerUnsigned) switch
    {
        (true, _, _) => value != 0 ? 1 : 0,
        (_, 8, false) => (sbyte)value,
        (_, 8, true) => (byte)value,
        (_, 16, false) => (short)value,
        (_, 16, true) => (ushort)value,
        (_, 32, false) => (int)value,
        (_, 32, true) => (uint)value,
        _ => value,
    };

    private Block OneHot(OneHotExpr expression)
    {
        Block argument = Evaluate(expression.Arguments[0]);
        int k = expression.Categories.Columns;
        float[] values = new float[_rows * expression.Width];
        float[] errors = new float[values.Length];
        for (int i = 0; i < argument.Values.Length; i++)
        {
            int hit = expression.Categories.Type == ElementType.String
                ? Array.IndexOf((string[])expression.Categories.Data, ((string[])argument.Values)[i])
                : Array.IndexOf((long[])expression.Categories.Data, argument.Values is long[] integers ? integers[i] : (long)ToDouble(argument.Values, i));
            if (hit >= 0)
            {
                values[i * k + hit] = 1;
            }
            bool uncertain = argument.Uncertain?[i] ?? (argument.Errors is float[] f ? f[i] > 0 : argument.Errors is double[] d && d[i] > 0);
            if (uncertain)
            {
                errors.AsSpan(i * k, k).Fill(1);
            }
        }
        return new Block(values, errors, null);
    }

    private Block SelectLabel<T>(SelectLabelExpr expression)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Block argument = Evaluate(expression.Arguments[0]);
        int width = expression.Arguments[0].Width;
        T[] scores = (T[])argument.Values;
        T[] errors = (T[])argument.Errors!;
        Array labels = NewArray(expression.Type, _rows);
        bool[] uncertain = new bool[_rows];
        for (int row = 0; row < _rows; row++)
        {
            int chosen = 0;
            if (expression.Threshold is { } threshold)
            {
                T limit = T.CreateChecked(threshold);
                chosen = scores[row] > limit ? 1 : 0;
                uncertain[row] = T.Abs(scores[row] - limit) <= errors[row];
            }
            else
            {
                for (int j = 1; j < width; j++)
                {
                    if (scores[row * width + j] > scores[row * width + chosen])
                    {
                        chosen = j;
                    }
                }
                for (int j = 0; j < width; j++)
                {
                    int at = row * width + j;
                    int best = row * width + chosen;
                    uncertain[row] |= j != chosen && scores[best] - scores[at] <= errors[best] + errors[at] && errors[best] + errors[at] > T.Zero;
                }
            }
            Array.Copy(expression.Labels.Data, chosen, labels, row, 1);
        }
        return new Block(labels, null, uncertain);
    }

    private Block Integer(TensorExpr expression)
    {
        Block left = Evaluate(expression.Arguments[0]);
        long[] a = (long[])left.Values;
        long[] result = new long[_rows * expression.Width];
        bool[]? uncertain = left.Uncertain;
        if (expression is ImputeExpr impute)
        {
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = a[i] == (long)impute.Replaced ? impute.Imputed.Int64[impute.Imputed.Columns == 1 ? 0 : i % expression.Width] : a[i];
            }
            return new Block(result, null, uncertain);
        }
        ConstantBinaryExpr? constant = expression as ConstantBinaryExpr;
        BinaryFunction function = constant?.Function ?? ((BinaryExpr)expression).Function;
        Block? right = constant is null ? Evaluate(expression.Arguments[1]) : null;
        for (int row = 0; row < _rows; row++)
        {
            for (int j = 0; j < expression.Width; j++)
            {
                long p = a[expression.Arguments[0].Width == 1 ? row : row * expression.Width + j];
                long q = constant is not null
                    ? constant.Constant.Int64[constant.Constant.Columns == 1 ? 0 : j]
                    : ((long[])right!.Values)[expression.Arguments[1].Width == 1 ? row : row * expression.Width + j];
                if (constant is { ConstantOnLeft: true })
                {
                    (p, q) = (q, p);
                }
                result[row * expression.Width + j] = function switch
                {
                    BinaryFunction.Add => unchecked(p + q),
                    BinaryFunction.Subtract => unchecked(p - q),
                    BinaryFunction.Multiply => unchecked(p * q),
                    // −1 apart: the most negative number has no positive counterpart.
                    _ => q == 0 ? 0 : q == -1 ? unchecked(-p) : p / q,
                };
            }
        }
        if (right?.Uncertain is not null || (uncertain is not null && uncertain.Length != result.Length))
        {
            uncertain = new bool[result.Length];
            Array.Fill(uncertain, true);
        }
        return new Block(result, null, uncertain);
    }

    private static T UnitRoundoff<T>()
        where T : IBinaryFloatingPointIeee754<T> => T.CreateChecked(typeof(T) == typeof(float) ? Math.Pow(2, -24) : Math.Pow(2, -53));

    private static bool IsFloat(ElementType type) => type is ElementType.Float32 or ElementType.Float64;

    private static Array NewArray(ElementType type, int length) => type switch
    {
        ElementType.Float32 => new float[length],
        ElementType.Float64 => new double[length],
        ElementType.Int64 => new long[length],
        _ => new string[length],
    };

    private static double ToDouble(Array values, int index) => values switch
    {
        float[] f => f[index],
        double[] d => d[index],
        long[] l => l[index],
        _ => throw new InvalidOperationException("Text has no numeric value."),
    };
}
