using System.Globalization;
using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>ONNX Cast, value by value.</summary>
public static class NumberConversion
{
    /// <summary>Converts every element.</summary>
    /// <exception cref="FormatException">A text is no number.</exception>
    public static Array Cast(CastExpr cast, Array argument) => cast.Type switch
    {
        ElementType.Int64 => Integers(cast, argument),
        ElementType.Float32 => Array.ConvertAll(Singles(cast, argument), v => ToFormat(v, cast.FloatFormat, cast.Saturate, cast.ScaleRounding)),
        ElementType.Float64 => argument switch
        {
            long[] integers => Array.ConvertAll(integers, v => cast.ArgumentUnsigned ? (double)(ulong)v : v),
            string[] texts => Array.ConvertAll(texts, Parse),
            _ => TensorExprInterpreter.Doubles(argument),
        },
        _ => throw new NotSupportedException($"Cast to {cast.Type}"),
    };

    /// <summary>The value of a narrow float format nearest to x, halves to even.</summary>
    public static float ToFormat(float x, FloatFormat format, bool saturate, ScaleRounding rounding)
    {
        switch (format)
        {
            case FloatFormat.None:
                return x;
            case FloatFormat.Float16:
                return (float)(Half)x;
            case FloatFormat.BFloat16:
                return Nearest(x, mantissaBits: 7, lowestExponent: -126);
            case FloatFormat.Float8E8M0:
                return ToScale(x, saturate, rounding);
        }
        (int mantissa, int lowest, float largest, bool hasInfinity, bool hasNegativeZero) = format switch
        {
            FloatFormat.Float8E4M3FN => (3, -6, 448f, false, true),
            FloatFormat.Float8E4M3FNUZ => (3, -7, 240f, false, false),
            FloatFormat.Float8E5M2 => (2, -14, 57344f, true, true),
            FloatFormat.Float8E5M2FNUZ => (2, -15, 57344f, false, false),
            FloatFormat.Float4E2M1 => (1, 0, 6f, false, true),
            _ => throw new NotSupportedException($"{format}"),
        };
        if (float.IsNaN(x))
        {
            // A format without NaN gives what the reference implementation of ONNX does.
            return format == FloatFormat.Float4E2M1 ? -0f : x;
        }
        float nearest = Nearest(x, mantissa, lowest);
        if (Math.Abs(nearest) > largest)
        {
            float beyond = hasInfinity ? float.PositiveInfinity : float.NaN;
            nearest = MathF.CopySign(saturate || format == FloatFormat.Float4E2M1 ? largest : beyond, x);
        }
        return nearest == 0 && !hasNegativeZero ? 0 : nearest;
    }

    private static float Nearest(float x, int mantissaBits, int lowestExponent)
    {
        if (x == 0 || !float.IsFinite(x))
        {
            return x;
        }
        double unit = Math.Pow(2, Math.Max(Math.ILogB(x), lowestExponent) - mantissaBits);
        return MathF.CopySign((float)(Math.Round(x / unit, MidpointRounding.ToEven) * unit), x);
    }

    // Exponents of the powers of two are −127 to 127; there is no sign and no zero.
    private static float ToScale(float x, bool saturate, ScaleRounding rounding)
    {
        if (float.IsNaN(x))
        {
            return x;
        }
        double magnitude = Math.Abs((double)x);
        double exponent = magnitude == 0 ? double.NegativeInfinity : Math.ILogB(magnitude);
        if (double.IsFinite(magnitude) && magnitude > 0)
        {
            double fraction = magnitude / Math.Pow(2, exponent);
            bool up = rounding == ScaleRounding.Up ? fraction > 1 : rounding == ScaleRounding.Nearest && fraction >= 1.5;
            exponent += up ? 1 : 0;
        }
        if (double.IsPositiveInfinity(magnitude) || exponent > 127)
        {
            return saturate ? (float)Math.Pow(2, 127) : float.NaN;
        }
        return (float)Math.Pow(2, Math.Max(exponent, -127));
    }

    private static float[] Singles(CastExpr cast, Array argument) => argument switch
    {
        float[] singles => singles,
        double[] doubles => Array.ConvertAll(doubles, v => (float)v),
        long[] integers => Array.ConvertAll(integers, v => cast.ArgumentUnsigned ? (float)(ulong)v : v),
        _ => Array.ConvertAll((string[])argument, v => (float)Parse(v)),
    };

    private static long[] Integers(CastExpr cast, Array argument)
    {
        if (cast.Boolean)
        {
            return argument is long[] truths
                ? Array.ConvertAll(truths, v => v != 0 ? 1L : 0)
                : Array.ConvertAll(argument is string[] words ? Array.ConvertAll(words, Parse) : TensorExprInterpreter.Doubles(argument), v => v != 0 ? 1L : 0);
        }
        long[] values = argument switch
        {
            long[] integers => integers,
            string[] texts => Array.ConvertAll(texts, v => ParseInteger(v, cast.IntegerUnsigned && cast.IntegerBits == 0)),
            _ when cast.IntegerUnsigned && cast.IntegerBits == 0 => Array.ConvertAll(TensorExprInterpreter.Doubles(argument), v => unchecked(v < 0 ? (long)v : (long)(ulong)v)),
            _ => Array.ConvertAll(TensorExprInterpreter.Doubles(argument), v => (long)v),
        };
        return Array.ConvertAll(values, v => Wrap(v, cast.IntegerBits, cast.IntegerUnsigned));
    }

    // The lowest bits, with the sign of the highest of them unless unsigned.
    private static long Wrap(long value, int bits, bool isUnsigned)
    {
        if (bits == 0)
        {
            return value;
        }
        long low = value & ((1L << bits) - 1);
        return !isUnsigned && low >= 1L << (bits - 1) ? low - (1L << bits) : low;
    }

    private static double Parse(string text) => text.Trim().ToUpperInvariant() switch
    {
        "INF" or "+INF" => double.PositiveInfinity,
        "-INF" => double.NegativeInfinity,
        "NAN" => double.NaN,
        var number => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    private static long ParseInteger(string text, bool isUnsigned) => isUnsigned
        ? unchecked((long)ulong.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture))
        : long.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture);
}
