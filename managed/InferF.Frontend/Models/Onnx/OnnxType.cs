using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>An element type of an ONNX file and how InferF represents it.</summary>
internal sealed class OnnxType
{
    private static readonly OnnxType[] s_known =
    [
        new(TensorProto.Types.DataType.Float, "float", ElementType.Float32, bytes: 4),
        new(TensorProto.Types.DataType.Double, "double", ElementType.Float64, bytes: 8),
        new(TensorProto.Types.DataType.Int64, "int64", ElementType.Int64, bytes: 8),
        new(TensorProto.Types.DataType.Int32, "int32", ElementType.Int64, bytes: 4, integerBits: 32),
        new(TensorProto.Types.DataType.Int16, "int16", ElementType.Int64, bytes: 2, integerBits: 16),
        new(TensorProto.Types.DataType.Int8, "int8", ElementType.Int64, bytes: 1, integerBits: 8),
        new(TensorProto.Types.DataType.Uint32, "uint32", ElementType.Int64, bytes: 4, integerBits: 32, isUnsigned: true),
        new(TensorProto.Types.DataType.Uint16, "uint16", ElementType.Int64, bytes: 2, integerBits: 16, isUnsigned: true),
        new(TensorProto.Types.DataType.Uint8, "uint8", ElementType.Int64, bytes: 1, integerBits: 8, isUnsigned: true),
        new(TensorProto.Types.DataType.Bool, "bool", ElementType.Int64, bytes: 1, isBoolean: true),
        new(TensorProto.Types.DataType.String, "string", ElementType.String, bytes: 0),
        new(TensorProto.Types.DataType.Float16, "float16", ElementType.Float32, bytes: 2, isHalf: true),
        new(TensorProto.Types.DataType.Bfloat16, "bfloat16", ElementType.Float32, bytes: 2, isHalf: true),
    ];

    private OnnxType(
        TensorProto.Types.DataType code, string name, ElementType element, int bytes,
        int integerBits = 0, bool isUnsigned = false, bool isBoolean = false, bool isHalf = false)
    {
        (Code, Name, Element, Bytes) = (code, name, element, bytes);
        (IntegerBits, IsUnsigned, IsBoolean, IsHalf) = (integerBits, isUnsigned, isBoolean, isHalf);
    }

    public static OnnxType Float { get; } = Get(TensorProto.Types.DataType.Float);

    public static OnnxType Double { get; } = Get(TensorProto.Types.DataType.Double);

    public static OnnxType Int64 { get; } = Get(TensorProto.Types.DataType.Int64);

    public static OnnxType String { get; } = Get(TensorProto.Types.DataType.String);

    public TensorProto.Types.DataType Code { get; }

    /// <summary>The specification's spelling.</summary>
    public string Name { get; }

    public ElementType Element { get; }

    /// <summary>Bytes per element in raw data; 0 for strings.</summary>
    public int Bytes { get; }

    /// <summary>8, 16 or 32 for integers narrower than 64 bits; 0 otherwise.</summary>
    public int IntegerBits { get; }

    public bool IsUnsigned { get; }

    public bool IsBoolean { get; }

    /// <summary>A 16-bit float: accepted as the type of constants that are cast to a wider type, nowhere else.</summary>
    public bool IsHalf { get; }

    /// <summary>float or double.</summary>
    public bool IsFloatingPoint => Element is ElementType.Float32 or ElementType.Float64 && !IsHalf;

    /// <summary>Finds a supported type by its number, or null.</summary>
    public static OnnxType? Find(int code) => Array.Find(s_known, type => (int)type.Code == code);

    /// <summary>The specification's name of any type number, for messages.</summary>
    public static string NameOf(int code) => Find(code)?.Name ?? code switch
    {
        0 => "undefined",
        (int)TensorProto.Types.DataType.Uint64 => "uint64",
        (int)TensorProto.Types.DataType.Complex64 => "complex64",
        (int)TensorProto.Types.DataType.Complex128 => "complex128",
        >= 17 and <= 20 => "float8",
        21 => "uint4",
        22 => "int4",
        23 => "float4",
        24 => "float8",
        25 => "uint2",
        26 => "int2",
        _ => $"number {code}",
    };

    public override string ToString() => Name;

    private static OnnxType Get(TensorProto.Types.DataType code) => Find((int)code)!;
}
