using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>Functions of one or two elements, written down as their definitions read; floats in double.</summary>
public static class ElementFunctions
{
    /// <summary>A function of a float.</summary>
    public static double Unary(UnaryExpr unary, double x)
    {
        (double alpha, double beta) = (unary.Alpha, unary.Beta);
        return unary.Function switch
        {
            UnaryFunction.Relu => x < 0 ? 0 : x,
            UnaryFunction.LeakyRelu => x < 0 ? x * alpha : x,
            UnaryFunction.Sigmoid => Sigmoid(x),
            UnaryFunction.Tanh => Math.Tanh(x),
            UnaryFunction.Probit => Probit((float)x),
            UnaryFunction.Exp => Math.Exp(x),
            UnaryFunction.Log => Math.Log(x),
            UnaryFunction.Sqrt => Math.Sqrt(x),
            UnaryFunction.Abs => Math.Abs(x),
            UnaryFunction.Negate => -x,
            UnaryFunction.Reciprocal => 1 / x,
            UnaryFunction.Floor => Math.Floor(x),
            UnaryFunction.Ceil => Math.Ceiling(x),
            UnaryFunction.Round => Math.Round(x, MidpointRounding.ToEven),
            UnaryFunction.Sign => x > 0 ? 1 : x < 0 ? -1 : x,
            UnaryFunction.Erf => Erf(x),
            UnaryFunction.Gelu => x / 2 * (1 + Erf(x / Math.Sqrt(2))),
            UnaryFunction.GeluTanh => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
            UnaryFunction.Elu => x >= 0 ? x : alpha * (Math.Exp(x) - 1),
            UnaryFunction.Selu => x > 0 ? beta * x : beta * ((alpha * Math.Exp(x)) - alpha),
            UnaryFunction.Celu => Math.Max(0, x) + Math.Min(0, alpha * (Math.Exp(x / alpha) - 1)),
            UnaryFunction.Softplus => Softplus(x),
            UnaryFunction.Softsign => x / (1 + Math.Abs(x)),
            UnaryFunction.HardSigmoid => Math.Max(0, Math.Min(1, (alpha * x) + beta)),
            UnaryFunction.HardSwish => x * Math.Max(0, Math.Min(1, (x / 6) + 0.5)),
            UnaryFunction.ThresholdedRelu => x > alpha ? x : double.IsNaN(x) ? x : 0,
            UnaryFunction.Swish => x * Sigmoid(alpha * x),
            UnaryFunction.Mish => x * Math.Tanh(Softplus(x)),
            UnaryFunction.Sin => Math.Sin(x),
            UnaryFunction.Cos => Math.Cos(x),
            UnaryFunction.Tan => Math.Tan(x),
            UnaryFunction.Atan => Math.Atan(x),
            _ => throw new NotSupportedException($"{unary.Function}"),
        };
    }

    /// <summary>A function of an integer.</summary>
    public static long Unary(UnaryFunction function, long x) => function switch
    {
        UnaryFunction.Relu => x < 0 ? 0 : x,
        UnaryFunction.Abs => x < 0 ? unchecked(-x) : x,
        UnaryFunction.Negate => unchecked(-x),
        UnaryFunction.Sign => Math.Sign(x),
        UnaryFunction.Not => x == 0 ? 1 : 0,
        _ => throw new NotSupportedException($"{function}"),
    };

    /// <summary>A test on a float: 0 or 1.</summary>
    public static long Test(UnaryExpr unary, double x) => unary.Function switch
    {
        UnaryFunction.IsNaN => double.IsNaN(x) ? 1 : 0,
        UnaryFunction.IsInfinity => (double.IsNegativeInfinity(x) && unary.Alpha != 0) || (double.IsPositiveInfinity(x) && unary.Beta != 0) ? 1 : 0,
        _ => throw new NotSupportedException($"{unary.Function}"),
    };

    /// <summary>Arithmetic on floats.</summary>
    public static double Binary(BinaryFunction function, double a, double b) => function switch
    {
        BinaryFunction.Add => a + b,
        BinaryFunction.Subtract => a - b,
        BinaryFunction.Multiply => a * b,
        BinaryFunction.Divide => a / b,
        BinaryFunction.Max => Math.Max(a, b),
        BinaryFunction.Min => Math.Min(a, b),
        BinaryFunction.Power => Math.Pow(a, b),
        BinaryFunction.Modulo => Modulo(a, b),
        BinaryFunction.Remainder => a % b,
        _ => throw new NotSupportedException($"{function}"),
    };

    /// <summary>Arithmetic, comparisons and logic on integers.</summary>
    /// <exception cref="DivideByZeroException">Division by zero.</exception>
    public static long Binary(BinaryFunction function, long a, long b, bool isUnsigned)
    {
        (ulong ua, ulong ub) = unchecked(((ulong)a, (ulong)b));
        int order = isUnsigned ? ua.CompareTo(ub) : a.CompareTo(b);
        return unchecked(function switch
        {
            BinaryFunction.Add => a + b,
            BinaryFunction.Subtract => a - b,
            BinaryFunction.Multiply => a * b,
            BinaryFunction.Divide => isUnsigned ? (long)(ua / ub) : b == -1 ? -a : a / b,
            BinaryFunction.Max => order >= 0 ? a : b,
            BinaryFunction.Min => order <= 0 ? a : b,
            BinaryFunction.Remainder => isUnsigned ? (long)(ua % ub) : b == -1 ? 0 : a % b,
            BinaryFunction.Modulo => isUnsigned ? (long)(ua % ub) : b == -1 ? 0 : FloorModulo(a, b),
            BinaryFunction.Equal => a == b ? 1 : 0,
            BinaryFunction.Less => order < 0 ? 1 : 0,
            BinaryFunction.LessOrEqual => order <= 0 ? 1 : 0,
            BinaryFunction.Greater => order > 0 ? 1 : 0,
            BinaryFunction.GreaterOrEqual => order >= 0 ? 1 : 0,
            BinaryFunction.And => a != 0 && b != 0 ? 1 : 0,
            BinaryFunction.Or => a != 0 || b != 0 ? 1 : 0,
            BinaryFunction.Xor => a != 0 ^ b != 0 ? 1 : 0,
            _ => throw new NotSupportedException($"{function}"),
        });
    }

    /// <summary>Comparison of floats: 0 or 1.</summary>
    public static long Compare(BinaryFunction function, double a, double b)
    {
        bool holds = function switch
        {
            BinaryFunction.Equal => a == b,
            BinaryFunction.Less => a < b,
            BinaryFunction.LessOrEqual => a <= b,
            BinaryFunction.Greater => a > b,
            BinaryFunction.GreaterOrEqual => a >= b,
            _ => throw new NotSupportedException($"{function}"),
        };
        return holds ? 1 : 0;
    }

    /// <summary>The error function by its series with positive terms, erf x = 2/√π · e^−x² · Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)) (DLMF 7.6.2); beyond 6 it is
    /// 1 to the last bit.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 6)
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }
        double term = x;
        double sum = 0;
        for (int n = 1; sum + term != sum; n++)
        {
            sum += term;
            term *= 2 * x * x / ((2 * n) + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // Math.Max and Math.Min, as everywhere here, give NaN if either is.
    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double Modulo(double a, double b)
    {
        double remainder = a % b;
        return remainder != 0 && remainder < 0 != b < 0 ? remainder + b : remainder;
    }

    private static long FloorModulo(long a, long b)
    {
        long remainder = a % b;
        return remainder != 0 && remainder < 0 != b < 0 ? remainder + b : remainder;
    }

    // Winitzki, "A handy approximation for the error function and its inverse" (2008), with the constant a = 0.147 that ONNX Runtime
    // uses; in float, because the reference computes it so.
    private static float Probit(float p)
    {
        float x = (2 * p) - 1;
        float log = MathF.Log((1 - x) * (1 + x));
        float v = (2 / (3.14159f * 0.147f)) + (0.5f * log);
        float root = MathF.Sqrt(-v + MathF.Sqrt((v * v) - (1 / 0.147f * log)));
        return 1.41421356f * (x < 0 ? -root : root);
    }
}
