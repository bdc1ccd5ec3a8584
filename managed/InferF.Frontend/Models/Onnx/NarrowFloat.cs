using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Reads the bits of floats narrower than 32 bits (ONNX docs: "Float stored in 8 bits", "Float stored in 4 bits").</summary>
internal static class NarrowFloat
{
    /// <summary>The value of a bit pattern.</summary>
    public static float Decode(int bits, FloatFormat format) => format switch
    {
        FloatFormat.Float16 => (float)BitConverter.UInt16BitsToHalf((ushort)bits),
        FloatFormat.BFloat16 => BitConverter.UInt32BitsToSingle((uint)bits << 16),
        FloatFormat.Float8E4M3FN => (bits & 0x7f) == 0x7f ? float.NaN : Value(bits, exponentBits: 4, mantissaBits: 3, bias: 7),
        FloatFormat.Float8E4M3FNUZ => bits == 0x80 ? float.NaN : Value(bits, exponentBits: 4, mantissaBits: 3, bias: 8),
        FloatFormat.Float8E5M2 => (bits & 0x7f) > 0x7c ? float.NaN
            : (bits & 0x7f) == 0x7c ? ((bits & 0x80) == 0 ? float.PositiveInfinity : float.NegativeInfinity)
            : Value(bits, exponentBits: 5, mantissaBits: 2, bias: 15),
        FloatFormat.Float8E5M2FNUZ => bits == 0x80 ? float.NaN : Value(bits, exponentBits: 5, mantissaBits: 2, bias: 16),
        FloatFormat.Float4E2M1 => Value(bits, exponentBits: 2, mantissaBits: 1, bias: 1),
        FloatFormat.Float8E8M0 => bits == 0xff ? float.NaN : (float)Math.ScaleB(1, bits - 127),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "A narrow float format is expected."),
    };

    private static float Value(int bits, int exponentBits, int mantissaBits, int bias)
    {
        int mantissa = bits & ((1 << mantissaBits) - 1);
        int exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
        double magnitude = exponent == 0
            ? Math.ScaleB(mantissa, 1 - bias - mantissaBits)
            : Math.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
        bool isNegative = ((bits >> (mantissaBits + exponentBits)) & 1) != 0;
        return (float)(isNegative ? -magnitude : magnitude);
    }
}
