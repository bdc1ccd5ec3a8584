using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Functions of one element.</summary>
internal static class UnaryBounds
{
    // Largest slope of x·Φ(x) and of its tanh form, at x ≈ √2: 1.129.
    private const double GeluSlope = 1.13;

    // Largest slope of x·σ(αx), for any α: 1.0999; of x·tanh(softplus x): 1.0885.
    private const double SwishSlope = 1.1;

    /// <summary>Evaluates the function on every element.</summary>
    public static Block Evaluate(UnaryExpr unary, Block argument)
    {
        int count = argument.Count;
        if (argument.Type == ElementType.Int64)
        {
            return Integers(unary.Function, argument);
        }
        if (unary.Type == ElementType.Int64)
        {
            return Tests(unary, argument);
        }
        Rounding rounding = new(unary.Type);
        double[] y = new double[count];
        double[] f = new double[count];
        for (int i = 0; i < count; i++)
        {
            (y[i], f[i]) = Element(unary, argument.Floats[i], argument.Errors![i], rounding);
        }
        return Block.Rounded(unary.Type, y, f);
    }

    private static (double Value, double Error) Element(UnaryExpr unary, double x, double e, Rounding rounding)
    {
        (double alpha, double beta) = (unary.Alpha, unary.Beta);
        double magnitude = Math.Abs(x);
        double function = rounding.Function;
        switch (unary.Function)
        {
            case UnaryFunction.Relu:
                return (x < 0 ? 0 : x, e);
            case UnaryFunction.LeakyRelu:
                return (x < 0 ? alpha * x : x, e * Math.Max(1, Math.Abs(alpha)) + (x < 0 ? 2 * rounding.Unit * Math.Abs(alpha * x) : 0));
            case UnaryFunction.Sigmoid:
                // Slope at most 1/4.
                return (Sigmoid(x), e / 4 + function);
            case UnaryFunction.Tanh:
                return (Math.Tanh(x), e + function);
            case UnaryFunction.Probit:
                return Probit(x, e, rounding);
            case UnaryFunction.Exp:
                return Monotone(Math.Exp, x, e, rounding, relative: function, absolute: rounding.Underflow);
            case UnaryFunction.Log:
                return Monotone(Math.Log, x, e, rounding, relative: function, absolute: function);
            case UnaryFunction.Sqrt:
                return Root(x, e, rounding);
            case UnaryFunction.Abs:
                return (magnitude, e);
            case UnaryFunction.Negate:
                return (-x, e);
            case UnaryFunction.Reciprocal:
                return BinaryBounds.Quotient(1, 0, x, e, rounding);
            case UnaryFunction.Floor:
                return Step(Math.Floor, x, e);
            case UnaryFunction.Ceil:
                return Step(Math.Ceiling, x, e);
            case UnaryFunction.Round:
                return Step(v => Math.Round(v, MidpointRounding.ToEven), x, e);
            case UnaryFunction.Sign:
                return Step(v => v > 0 ? 1 : v < 0 ? -1 : v, x, e);
            case UnaryFunction.Erf:
                return Monotone(SpecialFunctions.Erf, x, e, rounding, relative: 0, absolute: function);
            case UnaryFunction.Gelu:
                return Sloped(x / 2 * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2))), GeluSlope, x, e, function * magnitude);
            case UnaryFunction.GeluTanh:
                return Sloped(x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), GeluSlope, x, e, function * magnitude);
            case UnaryFunction.Elu:
                return Sloped(x >= 0 ? x : alpha * (Math.Exp(x) - 1), Math.Max(1, Math.Abs(alpha)), x, e, x >= 0 ? 0 : function * Math.Abs(alpha));
            case UnaryFunction.Selu:
                double seluSlope = Math.Abs(beta) * Math.Max(1, Math.Abs(alpha));
                return Sloped(x > 0 ? beta * x : beta * (alpha * Math.Exp(x) - alpha), seluSlope, x, e, function * (x > 0 ? Math.Abs(beta * x) : Math.Abs(alpha * beta)));
            case UnaryFunction.Celu:
                return Sloped(Math.Max(0, x) + Math.Min(0, alpha * (Math.Exp(x / alpha) - 1)), 1, x, e, x >= 0 ? 0 : function * Math.Abs(alpha));
            case UnaryFunction.Softplus:
                return Sloped(SpecialFunctions.Softplus(x), 1, x, e, function * (1 + Math.Max(x, 0)));
            case UnaryFunction.Softsign:
                return Sloped(x / (1 + magnitude), 1, x, e, 4 * rounding.Unit);
            case UnaryFunction.HardSigmoid:
                return Sloped(Clamp(alpha * x + beta), Math.Abs(alpha), x, e, 4 * rounding.Unit * (Math.Abs(alpha * x) + Math.Abs(beta)));
            case UnaryFunction.HardSwish:
                return Sloped(x * Clamp(x / 6 + 0.5), 1.5, x, e, 8 * rounding.Unit * magnitude);
            case UnaryFunction.ThresholdedRelu:
                double kept = x > alpha || double.IsNaN(x) ? x : 0;
                // A jump by alpha where the threshold lies within the error.
                return (kept, e == 0 ? 0 : Math.Abs(x - alpha) > e ? (kept == 0 ? 0 : e) : magnitude + e);
            case UnaryFunction.Swish:
                return Sloped(x * Sigmoid(alpha * x), SwishSlope, x, e, function * magnitude);
            case UnaryFunction.Mish:
                return Sloped(x * Math.Tanh(SpecialFunctions.Softplus(x)), SwishSlope, x, e, function * magnitude);
            // The reduction of the argument to a period costs u·|x| where it is done in working precision.
            case UnaryFunction.Sin:
                return Sloped(Math.Sin(x), 1, x, e, Math.Min(2, function * (1 + magnitude)));
            case UnaryFunction.Cos:
                return Sloped(Math.Cos(x), 1, x, e, Math.Min(2, function * (1 + magnitude)));
            case UnaryFunction.Tan:
                double tangent = Math.Tan(x);
                double reach = e + function * (1 + magnitude);
                // Slope 1 + tan²; monotone unless a pole lies within reach.
                bool pole = Math.Floor((x - reach) / Math.PI + 0.5) != Math.Floor((x + reach) / Math.PI + 0.5);
                return (tangent, !double.IsFinite(x) ? e : pole ? double.PositiveInfinity : Math.Max(Math.Abs(Math.Tan(x + reach) - tangent), Math.Abs(tangent - Math.Tan(x - reach))));
            case UnaryFunction.Atan:
                return Sloped(Math.Atan(x), 1, x, e, function);
            default:
                throw new InferFException(InferFErrorCode.Internal, $"The verification has no rule for a function. Function {unary.Function}.");
        }
    }

    // A monotone function: its values at the ends of the interval, and what its approximations lose.
    private static (double Value, double Error) Monotone(Func<double, double> g, double x, double e, Rounding rounding, double relative, double absolute)
    {
        double y = g(x);
        double spread = e == 0 ? 0 : Spread(g(x - e), y, g(x + e));
        if (!double.IsFinite(y) || double.IsInfinity(x))
        {
            return (y, spread);
        }
        return (y, rounding.UnlessOverflow(spread + relative * Math.Abs(y) + absolute, Math.Abs(y)));
    }

    // A function that is exact on exact arguments and jumps.
    private static (double Value, double Error) Step(Func<double, double> g, double x, double e) => (g(x), e == 0 ? 0 : Spread(g(x - e), g(x), g(x + e)));

    private static double Spread(double low, double y, double high)
    {
        double spread = Math.Max(Math.Abs(high - y), Math.Abs(y - low));
        return double.IsNaN(spread) ? double.PositiveInfinity : spread;
    }

    // A function with a largest slope; what is not finite is so in every evaluation of an exact argument.
    private static (double Value, double Error) Sloped(double y, double slope, double x, double e, double own) =>
        (y, double.IsFinite(x) ? slope * e + own : e);

    private static (double Value, double Error) Root(double x, double e, Rounding rounding)
    {
        double y = Math.Sqrt(x);
        if (!double.IsFinite(y))
        {
            // Negative by a rounding error: zero in one evaluation, NaN in another.
            return (y, e == 0 ? 0 : double.PositiveInfinity);
        }
        double carried = e == 0 ? 0 : x - e < 0 ? double.PositiveInfinity : Math.Max(Math.Sqrt(x + e) - y, y - Math.Sqrt(x - e));
        return (y, carried + 2 * rounding.Unit * y);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Clamp(double x) => Math.Max(0, Math.Min(1, x));

    // √2 · erf⁻¹(2x − 1) by Winitzki, "A handy approximation for the error function and its inverse" (2008), with the constants of ONNX Runtime.
    private static (double Value, double Error) Probit(double x, double e, Rounding unit)
    {
        // The smaller root of a difference of nearly equal numbers: a rounding error of either is amplified as the root approaches zero.
        double rounding = unit.Function;
        (double low, _) = Value(x - e);
        (double high, _) = Value(x + e);
        (double value, double own) = Value(x);
        double spread = Math.Max(Math.Abs(high - value), Math.Abs(value - low));
        return (value, double.IsNaN(spread) ? double.PositiveInfinity : spread + own + rounding * (1 + Math.Abs(value)));

        (double Value, double Error) Value(double p)
        {
            double z = 2 * p - 1;
            double log = Math.Log((1 - z) * (1 + z));
            double v = 2 / (3.14159f * 0.147f) + 0.5 * log;
            double square = -v + Math.Sqrt(v * v - 1 / 0.147f * log);
            double root = Math.Sqrt(square);
            double delta = rounding * (1 + Math.Abs(v));
            double error = Math.Sqrt(square + delta) - Math.Sqrt(Math.Max(0, square - delta));
            return (1.41421356f * (z < 0 ? -root : root), 1.41421356f * error);
        }
    }

    private static Block Integers(UnaryFunction function, Block argument)
    {
        long[] y = new long[argument.Count];
        double[] f = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            (long x, double e) = (argument.Integers[i], argument.Errors![i]);
            y[i] = function switch
            {
                UnaryFunction.Relu => Math.Max(x, 0),
                UnaryFunction.Abs => x < 0 ? unchecked(-x) : x,
                UnaryFunction.Negate => unchecked(-x),
                UnaryFunction.Sign => Math.Sign(x),
                UnaryFunction.Not => x == 0 ? 1 : 0,
                _ => throw new InferFException(InferFErrorCode.Internal, $"The verification has no rule for a function of integers. Function {function}."),
            };
            f[i] = function switch
            {
                UnaryFunction.Sign => e == 0 ? 0 : Spread(Math.Sign(x - e), y[i], Math.Sign(x + e)),
                UnaryFunction.Not => ColumnBounds.MayChangeTruth(argument, i) ? 1 : 0,
                _ => e,
            };
        }
        return new Block(ElementType.Int64, y, f);
    }

    private static Block Tests(UnaryExpr unary, Block argument)
    {
        long[] y = new long[argument.Count];
        double[] f = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            double x = argument.Floats[i];
            y[i] = unary.Function == UnaryFunction.IsNaN
                ? double.IsNaN(x) ? 1 : 0
                : (double.IsNegativeInfinity(x) && unary.Alpha != 0) || (double.IsPositiveInfinity(x) && unary.Beta != 0) ? 1 : 0;
            // Only an element without a bound may be finite here and not there.
            f[i] = double.IsFinite(argument.Errors![i]) ? 0 : 1;
        }
        return new Block(ElementType.Int64, y, f);
    }
}
