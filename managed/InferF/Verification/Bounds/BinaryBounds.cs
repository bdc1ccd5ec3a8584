using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Functions of two elements, one of which may be constant.</summary>
internal static class BinaryBounds
{
    /// <summary>Evaluates a function of an expression and a constant.</summary>
    public static Block Evaluate(ConstantBinaryExpr binary, Block argument, int rows)
    {
        Block constant = ColumnBounds.Repeat(binary.Constant, rows);
        return binary.ConstantOnLeft
            ? Evaluate(binary, binary.Function, binary.IsUnsigned, constant, argument, rows)
            : Evaluate(binary, binary.Function, binary.IsUnsigned, argument, constant, rows);
    }

    /// <summary>Evaluates a function of two blocks, either of which may have one column only.</summary>
    public static Block Evaluate(TensorExpr expression, BinaryFunction function, bool isUnsigned, Block left, Block right, int rows)
    {
        int count = rows * expression.Width;
        int widthLeft = left.Count / Math.Max(1, rows);
        int widthRight = right.Count / Math.Max(1, rows);
        double[] f = new double[count];
        Rounding rounding = new(left.Type);
        if (expression.Type == ElementType.Int64)
        {
            long[] truths = new long[count];
            for (int i = 0; i < count; i++)
            {
                int a = ColumnBounds.Broadcast(i, expression.Width, widthLeft);
                int b = ColumnBounds.Broadcast(i, expression.Width, widthRight);
                (truths[i], f[i]) = left.Type switch
                {
                    ElementType.String => (left.Texts[a] == right.Texts[b] ? 1 : 0, left.MayDiffer(a) || right.MayDiffer(b) ? 1 : 0),
                    ElementType.Int64 => Integers(function, isUnsigned, left.Integers[a], left.Errors![a], right.Integers[b], right.Errors![b]),
                    _ => Predicate(function, left.Floats[a], left.Errors![a], right.Floats[b], right.Errors![b]),
                };
            }
            return new Block(ElementType.Int64, truths, f);
        }
        double[] y = new double[count];
        for (int i = 0; i < count; i++)
        {
            int a = ColumnBounds.Broadcast(i, expression.Width, widthLeft);
            int b = ColumnBounds.Broadcast(i, expression.Width, widthRight);
            (y[i], f[i]) = Floats(function, left.Floats[a], left.Errors![a], right.Floats[b], right.Errors![b], rounding);
        }
        return Block.Rounded(expression.Type, y, f);
    }

    /// <summary>|a/b − a'/b'| ≤ (|b|·ea + |a|·eb) / (|b|·(|b| − eb)); unbounded if b may be zero.</summary>
    public static (double Value, double Error) Quotient(double a, double ea, double b, double eb, Rounding rounding)
    {
        double y = a / b;
        (double p, double q) = (Math.Abs(a), Math.Abs(b));
        if (eb > 0 && !(eb < q))
        {
            return (y, double.PositiveInfinity);
        }
        if (q == 0)
        {
            // The sign of an infinity is that of a, which must be certain.
            return (y, ea > 0 && !(p > ea) ? double.PositiveInfinity : 0);
        }
        double carried = ea == 0 && eb == 0 ? 0 : (ea + Math.Abs(y) * eb) / (q - eb);
        return (y, rounding.UnlessOverflow(carried + 2 * rounding.Unit * Math.Abs(y), Math.Abs(y)));
    }

    private static (double Value, double Error) Floats(BinaryFunction function, double a, double ea, double b, double eb, Rounding rounding)
    {
        double unit = 2 * rounding.Unit;
        (double p, double q) = (Math.Abs(a), Math.Abs(b));
        switch (function)
        {
            // Scaling and shifting may have been moved across a sum: relative to the operands, not the result.
            case BinaryFunction.Add:
                return (a + b, rounding.UnlessOverflow(ea + eb + unit * (p + q), Math.Max(p, q)));
            case BinaryFunction.Subtract:
                return (a - b, rounding.UnlessOverflow(ea + eb + unit * (p + q), Math.Max(p, q)));
            case BinaryFunction.Multiply:
                double product = a * b;
                double carried = ea == 0 && eb == 0 ? 0 : p * eb + q * ea + ea * eb;
                return (product, rounding.UnlessOverflow(carried + unit * Math.Abs(product), Math.Abs(product)));
            case BinaryFunction.Divide:
                return Quotient(a, ea, b, eb, rounding);
            case BinaryFunction.Max or BinaryFunction.Min:
                double chosen = function == BinaryFunction.Max ? Math.Max(a, b) : Math.Min(a, b);
                return (chosen, Math.Abs(a - b) > ea + eb ? (chosen.Equals(a) ? ea : eb) : Math.Max(ea, eb));
            case BinaryFunction.Power:
                return Power(a, ea, b, eb, rounding);
            default:
                return Remainder(function, a, ea, b, eb, unit);
        }
    }

    private static (double Value, double Error) Power(double a, double ea, double b, double eb, Rounding rounding)
    {
        double y = Math.Pow(a, b);
        double carried = 0;
        if (ea != 0 || eb != 0)
        {
            if (a - ea > 0)
            {
                // Monotone in either operand: the extremes are at the corners.
                double[] corners = [Math.Pow(a - ea, b - eb), Math.Pow(a - ea, b + eb), Math.Pow(a + ea, b - eb), Math.Pow(a + ea, b + eb)];
                carried = corners.Max(c => Math.Abs(c - y));
            }
            else
            {
                // Slope b·|a|ᵇ⁻¹ of a polynomial; other exponents have no value on one side of zero.
                carried = eb == 0 && b >= 1 && b == Math.Floor(b) ? b * Math.Pow(Math.Abs(a) + ea, b - 1) * ea : double.PositiveInfinity;
            }
            carried = double.IsNaN(carried) ? double.PositiveInfinity : carried;
        }
        if (!double.IsFinite(y))
        {
            return (y, carried);
        }
        // e^(b·ln a) amplifies the rounding of its exponent.
        double exponent = y == 0 || a == 0 ? 0 : Math.Abs(b * Math.Log(Math.Abs(a)));
        return (y, rounding.UnlessOverflow(carried + (rounding.Function + 4 * rounding.Unit * exponent) * Math.Abs(y) + rounding.Underflow, Math.Abs(y)));
    }

    private static (double Value, double Error) Remainder(BinaryFunction function, double a, double ea, double b, double eb, double unit)
    {
        double remainder = a % b;
        if (function == BinaryFunction.Modulo && remainder != 0 && remainder < 0 != b < 0)
        {
            remainder += b;
        }
        if (ea == 0 && eb == 0)
        {
            return (remainder, double.IsFinite(remainder) ? unit * Math.Abs(b) : 0);
        }
        double q = Math.Abs(b);
        // The quotient's integer part, if the errors leave it certain; otherwise anything below the divisor.
        double reach = q > eb ? (ea + Math.Abs(a / b) * eb) / (q - eb) : double.PositiveInfinity;
        double quotient = a / b;
        bool certain = Math.Floor(quotient - reach) == Math.Floor(quotient + reach);
        double error = certain ? ea + (Math.Abs(quotient) + 1) * eb + unit * (Math.Abs(a) + q) : 2 * (q + eb);
        return (remainder, double.IsNaN(error) ? double.PositiveInfinity : error);
    }

    private static (long Value, double Error) Predicate(BinaryFunction function, double a, double ea, double b, double eb)
    {
        bool holds = function switch
        {
            BinaryFunction.Equal => a == b,
            BinaryFunction.Less => a < b,
            BinaryFunction.LessOrEqual => a <= b,
            BinaryFunction.Greater => a > b,
            _ => a >= b,
        };
        bool open = !(ea == 0 && eb == 0) && !(Math.Abs(a - b) > ea + eb);
        return (holds ? 1 : 0, open ? 1 : 0);
    }

    private static (long Value, double Error) Integers(BinaryFunction function, bool isUnsigned, long a, double ea, long b, double eb)
    {
        (ulong ua, ulong ub) = unchecked(((ulong)a, (ulong)b));
        int order = isUnsigned ? ua.CompareTo(ub) : a.CompareTo(b);
        bool exact = ea == 0 && eb == 0;
        if (BinaryExpr.IsPredicate(function))
        {
            (bool p, bool q) = (a != 0, b != 0);
            bool holds = function switch
            {
                BinaryFunction.Equal => a == b,
                BinaryFunction.Less => order < 0,
                BinaryFunction.LessOrEqual => order <= 0,
                BinaryFunction.Greater => order > 0,
                BinaryFunction.GreaterOrEqual => order >= 0,
                BinaryFunction.And => p && q,
                BinaryFunction.Or => p || q,
                _ => p ^ q,
            };
            bool logical = function is BinaryFunction.And or BinaryFunction.Or or BinaryFunction.Xor;
            bool open = !exact && (logical ? !(Math.Abs((double)a) > ea) || !(Math.Abs((double)b) > eb) : isUnsigned || !(Math.Abs((double)a - b) > ea + eb));
            return (holds ? 1 : 0, open ? 1 : 0);
        }
        if (b == 0 && function is (BinaryFunction.Divide or BinaryFunction.Modulo or BinaryFunction.Remainder))
        {
            return eb == 0
                ? throw new InferFException(InferFErrorCode.InvalidData, "An integer of the model is divided by zero.")
                : (0, double.PositiveInfinity);
        }
        long y = unchecked(function switch
        {
            BinaryFunction.Add => a + b,
            BinaryFunction.Subtract => a - b,
            BinaryFunction.Multiply => a * b,
            BinaryFunction.Max => order >= 0 ? a : b,
            BinaryFunction.Min => order <= 0 ? a : b,
            // −1 apart: the most negative number has no positive counterpart.
            BinaryFunction.Divide => isUnsigned ? (long)(ua / ub) : b == -1 ? -a : a / b,
            BinaryFunction.Remainder => isUnsigned ? (long)(ua % ub) : b == -1 ? 0 : a % b,
            _ => isUnsigned ? (long)(ua % ub) : b == -1 ? 0 : Modulo(a, b),
        });
        if (exact)
        {
            return (y, 0);
        }
        double error = function switch
        {
            BinaryFunction.Add or BinaryFunction.Subtract => ea + eb,
            BinaryFunction.Multiply => Math.Abs((double)a) * eb + Math.Abs((double)b) * ea + ea * eb,
            BinaryFunction.Max or BinaryFunction.Min when !isUnsigned => Math.Max(ea, eb),
            BinaryFunction.Divide when eb == 0 && !isUnsigned => ea / Math.Abs((double)b) + 1,
            BinaryFunction.Modulo or BinaryFunction.Remainder when eb == 0 && !isUnsigned => 2 * Math.Abs((double)b),
            _ => double.PositiveInfinity,
        };
        // A result that may wrap around can be anything.
        return (y, Math.Abs((double)y) + error >= 9.2e18 || double.IsNaN(error) ? double.PositiveInfinity : error);
    }

    private static long Modulo(long a, long b)
    {
        long remainder = a % b;
        return remainder != 0 && remainder < 0 != b < 0 ? remainder + b : remainder;
    }
}
