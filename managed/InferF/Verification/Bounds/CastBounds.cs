using System.Globalization;
using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Conversions. They are monotone steps: the bound is what the ends of the argument's interval convert to.</summary>
internal static class CastBounds
{
    /// <summary>Converts every element.</summary>
    /// <exception cref="InferFException">A text is no number.</exception>
    public static Block Evaluate(CastExpr cast, Block argument)
    {
        if (argument.Type == ElementType.String)
        {
            argument = Parse(cast, argument);
        }
        int count = argument.Count;
        double[] f = new double[count];
        if (cast.Type != ElementType.Int64)
        {
            double[] y = new double[count];
            for (int i = 0; i < count; i++)
            {
                double x = ToFloat(cast, argument, i);
                double e = argument.Errors![i];
                y[i] = ToType(cast, x);
                if (e != 0)
                {
                    f[i] = Spread(ToType(cast, x - e), y[i], ToType(cast, x + e));
                }
                else if (argument.Values is long[] && cast.Type == ElementType.Float32)
                {
                    // In one step from an integer, not by way of double precision.
                    long whole = argument.Integers[i];
                    y[i] = cast.FloatFormat == FloatFormat.None ? (cast.ArgumentUnsigned ? (ulong)whole : whole) : NarrowFloats.Round(cast, cast.ArgumentUnsigned ? (ulong)whole : whole);
                    y[i] = (float)y[i];
                }
            }
            return new Block(cast.Type, y, f);
        }
        long[] integers = new long[count];
        for (int i = 0; i < count; i++)
        {
            double e = argument.Errors![i];
            if (cast.Boolean)
            {
                double x = argument.Number(i);
                integers[i] = x != 0 ? 1 : 0;
                f[i] = e != 0 && !(Math.Abs(x) > e) ? 1 : 0;
                continue;
            }
            long whole = argument.Values is long[] values ? values[i] : Truncate(cast, argument.Floats[i]);
            integers[i] = Wrap(cast, whole);
            if (e != 0)
            {
                double x = argument.Number(i);
                (double low, double high) = (Math.Truncate(x - e), Math.Truncate(x + e));
                double reach = Spread(low, Math.Truncate(x), high);
                // What may wrap around can be anything.
                bool wraps = reach > 0 && (!(Math.Max(Math.Abs(low), Math.Abs(high)) < 9.2e18) || Wrap(cast, (long)low) != (long)low || Wrap(cast, (long)high) != (long)high);
                f[i] = wraps ? double.PositiveInfinity : reach;
            }
        }
        return new Block(ElementType.Int64, integers, f);
    }

    private static double Spread(double low, double y, double high)
    {
        double spread = Math.Max(Math.Abs(high - y), Math.Abs(y - low));
        return double.IsNaN(spread) ? double.PositiveInfinity : spread;
    }

    private static double ToFloat(CastExpr cast, Block argument, int index) =>
        argument.Values is long[] integers ? (cast.ArgumentUnsigned ? (ulong)integers[index] : integers[index]) : argument.Floats[index];

    private static double ToType(CastExpr cast, double x) => cast.Type == ElementType.Float64 ? x
        : cast.FloatFormat == FloatFormat.None ? (float)x : NarrowFloats.Round(cast, (float)x);

    private static long Truncate(CastExpr cast, double x) =>
        cast is { IntegerUnsigned: true, IntegerBits: 0 } && x >= 0 ? unchecked((long)(ulong)x) : (long)x;

    // The lowest bits, with the sign of the highest of them unless unsigned.
    private static long Wrap(CastExpr cast, long value)
    {
        if (cast.IntegerBits is 0 or 64)
        {
            return value;
        }
        int unused = 64 - cast.IntegerBits;
        return cast.IntegerUnsigned ? (long)((ulong)value << unused >> unused) : value << unused >> unused;
    }

    private static Block Parse(CastExpr cast, Block argument)
    {
        if (argument.Uncertain is not null)
        {
            throw new InferFException(InferFErrorCode.UnsupportedModel, $"A text chosen by a computed number cannot be bounded as a number. {cast.Origin}");
        }
        return cast is { Type: ElementType.Int64, Boolean: false }
            ? Block.Exact(Array.ConvertAll(argument.Texts, text => cast is { IntegerUnsigned: true, IntegerBits: 0 } && ulong.TryParse(text, CultureInfo.InvariantCulture, out ulong unsigned)
                ? unchecked((long)unsigned)
                : long.TryParse(text, CultureInfo.InvariantCulture, out long integer) ? integer : (long)ParseFloat(text)))
            : Block.Exact(ElementType.Float64, Array.ConvertAll(argument.Texts, ParseFloat));
    }

    private static double ParseFloat(string text) => text.Trim().ToUpperInvariant() switch
    {
        "INF" or "+INF" or "INFINITY" or "+INFINITY" => double.PositiveInfinity,
        "-INF" or "-INFINITY" => double.NegativeInfinity,
        "NAN" => double.NaN,
        var number => double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new InferFException(InferFErrorCode.InvalidData, $"A text that the model converts to a number is none. Text '{text}'."),
    };
}
