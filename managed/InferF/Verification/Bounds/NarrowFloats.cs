using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Rounding to float formats narrower than 32 bits, as ONNX Cast defines it: to nearest even.</summary>
internal static class NarrowFloats
{
    /// <summary>The value of the format that the cast gives for <paramref name="x"/>.</summary>
    public static double Round(CastExpr cast, float x)
    {
        // Mantissa bits, lowest normal exponent, largest value, infinities, negative zero.
        (int mantissa, int lowest, double largest, bool infinite, bool signedZero) = cast.FloatFormat switch
        {
            FloatFormat.Float16 => (10, -14, 65504.0, true, true),
            FloatFormat.BFloat16 => (7, -126, 3.3895313892515355e38, true, true),
            FloatFormat.Float8E4M3FN => (3, -6, 448, false, true),
            FloatFormat.Float8E4M3FNUZ => (3, -7, 240, false, false),
            FloatFormat.Float8E5M2 => (2, -14, 57344, true, true),
            FloatFormat.Float8E5M2FNUZ => (2, -15, 57344, false, false),
            FloatFormat.Float4E2M1 => (1, 0, 6, false, true),
            _ => (23, -126, float.MaxValue, true, true),
        };
        if (cast.FloatFormat == FloatFormat.Float8E8M0)
        {
            return PowerOfTwo(cast, x);
        }
        if (float.IsNaN(x) || cast.FloatFormat == FloatFormat.None)
        {
            return x;
        }
        double nearest = x;
        if (x != 0 && float.IsFinite(x))
        {
            double unit = Math.ScaleB(1, Math.Max(Math.ILogB(x), lowest) - mantissa);
            nearest = Math.CopySign(Math.Round(x / unit, MidpointRounding.ToEven) * unit, x);
        }
        if (Math.Abs(nearest) > largest)
        {
            bool saturates = cast.FloatFormat == FloatFormat.Float4E2M1 || (cast.Saturate && cast.FloatFormat is not (FloatFormat.Float16 or FloatFormat.BFloat16));
            nearest = Math.CopySign(saturates ? largest : infinite ? double.PositiveInfinity : double.NaN, x);
        }
        return nearest == 0 && !signedZero ? 0 : nearest;
    }

    // Exponents −127 to 127, no sign and no zero.
    private static double PowerOfTwo(CastExpr cast, float x)
    {
        if (float.IsNaN(x))
        {
            return x;
        }
        double magnitude = Math.Abs((double)x);
        if (magnitude == 0)
        {
            return Math.ScaleB(1, -127);
        }
        int exponent = double.IsInfinity(magnitude) ? 128 : Math.ILogB(magnitude);
        double fraction = double.IsInfinity(magnitude) ? 1 : Math.ScaleB(magnitude, -exponent);
        exponent += cast.ScaleRounding switch
        {
            ScaleRounding.Up => fraction > 1 ? 1 : 0,
            ScaleRounding.Nearest => fraction >= 1.5 ? 1 : 0,
            _ => 0,
        };
        return exponent > 127 ? (cast.Saturate ? Math.ScaleB(1, 127) : double.NaN) : Math.ScaleB(1, Math.Max(exponent, -127));
    }
}
