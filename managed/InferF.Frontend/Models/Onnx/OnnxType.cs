using InferF.Plan.Model;
using DataType = InferF.Frontend.Models.Onnx.TensorProto.Types.DataType;

namespace InferF.Frontend.Models.Onnx;

/// <summary>An element type of an ONNX file and how InferF represents it.</summary>
internal sealed class OnnxType
{
    private static readonly OnnxType[] s_known =
    [
        new(DataType.Float, "float", ElementType.Float32, bits: 32),
        new(DataType.Double, "double", ElementType.Float64, bits: 64),
        Integer(DataType.Int64, "int64", 64),
        Integer(DataType.Int32, "int32", 32),
        Integer(DataType.Int16, "int16", 16),
        Integer(DataType.Int8, "int8", 8),
        Integer(DataType.Int4, "int4", 4),
        Integer(DataType.Int2, "int2", 2),
        Integer(DataType.Uint64, "uint64", 64, isUnsigned: true),
        Integer(DataType.Uint32, "uint32", 32, isUnsigned: true),
        Integer(DataType.Uint16, "uint16", 16, isUnsigned: true),
        Integer(DataType.Uint8, "uint8", 8, isUnsigned: true),
        Integer(DataType.Uint4, "uint4", 4, isUnsigned: true),
        Integer(DataType.Uint2, "uint2", 2, isUnsigned: true),
        new(DataType.Bool, "bool", ElementType.Int64, bits: 8) { IsBoolean = true },
        new(DataType.String, "string", ElementType.String, bits: 0),
        Narrow(DataType.Float16, "float16", 16, FloatFormat.Float16),
        Narrow(DataType.Bfloat16, "bfloat16", 16, FloatFormat.BFloat16),
        Narrow(DataType.Float8E4M3Fn, "float8e4m3fn", 8, FloatFormat.Float8E4M3FN),
        Narrow(DataType.Float8E4M3Fnuz, "float8e4m3fnuz", 8, FloatFormat.Float8E4M3FNUZ),
        Narrow(DataType.Float8E5M2, "float8e5m2", 8, FloatFormat.Float8E5M2),
        Narrow(DataType.Float8E5M2Fnuz, "float8e5m2fnuz", 8, FloatFormat.Float8E5M2FNUZ),
        Narrow(DataType.Float4E2M1, "float4e2m1", 4, FloatFormat.Float4E2M1),
        Narrow(DataType.Float8E8M0, "float8e8m0", 8, FloatFormat.Float8E8M0),
    ];

    private OnnxType(DataType code, string name, ElementType element, int bits) => (Code, Name, Element, Bits) = (code, name, element, bits);

    public static OnnxType Float { get; } = Get(DataType.Float);

    public static OnnxType Double { get; } = Get(DataType.Double);

    public static OnnxType Int64 { get; } = Get(DataType.Int64);

    public static OnnxType Boolean { get; } = Get(DataType.Bool);

    public static OnnxType String { get; } = Get(DataType.String);

    public DataType Code { get; }

    /// <summary>The specification's spelling.</summary>
    public string Name { get; }

    /// <summary>How expressions represent it: narrow floats as Float32, integers and booleans as Int64 (uint64 as its bits).</summary>
    public ElementType Element { get; }

    /// <summary>Bits per element in raw data; 0 for strings.</summary>
    public int Bits { get; }

    /// <summary>Bits of an integer narrower than 64 bits; 0 otherwise.</summary>
    public int IntegerBits { get; private init; }

    public bool IsUnsigned { get; private init; }

    public bool IsBoolean { get; private init; }

    /// <summary>The format whose values a narrow float is limited to.</summary>
    public FloatFormat Format { get; private init; }

    /// <summary>float or double.</summary>
    public bool IsFloatingPoint => IsFloat && Format == FloatFormat.None;

    /// <summary>A float of any width.</summary>
    public bool IsFloat => Element is ElementType.Float32 or ElementType.Float64;

    /// <summary>An integer of any width, no boolean.</summary>
    public bool IsInteger => Element == ElementType.Int64 && !IsBoolean;

    /// <summary>Unsigned 64-bit integers, the only ones whose order is not that of their representation.</summary>
    public bool IsUnsigned64 => IsUnsigned && IntegerBits == 0;

    /// <summary>Bytes that elements take in raw data; several elements narrower than a byte share one.</summary>
    public long RawBytes(long count) => ((count * Bits) + 7) / 8;

    /// <summary>Finds a supported type by its number, or null.</summary>
    public static OnnxType? Find(long code) => Array.Find(s_known, type => (long)type.Code == code);

    /// <summary>Finds a supported type by the specification's name, or null.</summary>
    public static OnnxType? Find(string name) => Array.Find(s_known, type => type.Name == name);

    /// <summary>The specification's name of any type number, for messages.</summary>
    public static string NameOf(long code) => Find(code)?.Name ?? code switch
    {
        0 => "undefined",
        (long)DataType.Complex64 => "complex64",
        (long)DataType.Complex128 => "complex128",
        _ => $"number {code}",
    };

    public override string ToString() => Name;

    private static OnnxType Get(DataType code) => Find((long)code)!;

    private static OnnxType Integer(DataType code, string name, int bits, bool isUnsigned = false) =>
        new(code, name, ElementType.Int64, bits) { IntegerBits = bits == 64 ? 0 : bits, IsUnsigned = isUnsigned };

    private static OnnxType Narrow(DataType code, string name, int bits, FloatFormat format) => new(code, name, ElementType.Float32, bits) { Format = format };
}
