using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using InferF.Plan.Model;
using DataLocation = InferF.Frontend.Models.Onnx.TensorProto.Types.DataLocation;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Turns the tensors of a file into arrays, checking every claim (shape, type, length) before it allocates for it.</summary>
internal sealed class TensorDecoder(ExternalData externalData)
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private long _decodedBytes;

    /// <summary>Decodes one tensor.</summary>
    /// <param name="proto">The tensor of the file.</param>
    /// <param name="what">Names it in messages, e.g. <c>Initializer 'w'</c>.</param>
    public OnnxTensor Decode(TensorProto proto, string what)
    {
        OnnxType type = OnnxType.Find(proto.DataType) ?? throw (proto.DataType == 0
            ? ModelErrors.Invalid($"A tensor has no element type. {what}.")
            : ModelErrors.Unsupported($"Unsupported element type {OnnxType.NameOf(proto.DataType)}. {what}."));
        ImmutableArray<int> dims = Dimensions(proto, what);
        long count = OnnxTensor.Product(dims.Select(d => (long)d));
        Charge(count, type, what);
        if (proto.Segment is not null)
        {
            throw ModelErrors.Unsupported($"Unsupported tensor stored in segments. {what}.");
        }
        Array data = proto.DataLocation == DataLocation.External
            ? External(proto, type, (int)count, what)
            : Embedded(proto, type, (int)count, what);
        return new OnnxTensor(proto.Name, type, dims, data);
    }

    /// <summary>Counts the memory of one more constant against the model's limit.</summary>
    public void Charge(long count, OnnxType type, string what)
    {
        // Narrow types widen in memory; a string is at least a reference.
        _decodedBytes += count * (type.Element == ElementType.Float32 ? sizeof(float) : sizeof(double));
        if (count < 0 || _decodedBytes > ModelLimits.MaxBytes)
        {
            throw ModelErrors.Invalid($"The constants of a model exceed {ModelLimits.MaxBytes} bytes. {what}.");
        }
    }

    private static ImmutableArray<int> Dimensions(TensorProto proto, string what)
    {
        if (proto.Dims.Count > ModelLimits.MaxRank)
        {
            throw ModelErrors.Invalid($"A tensor has more than {ModelLimits.MaxRank} dimensions. {what}, {proto.Dims.Count} dimensions.");
        }
        foreach (long dim in proto.Dims)
        {
            if (dim is < 0 or > int.MaxValue)
            {
                throw ModelErrors.Invalid($"A dimension of a tensor is negative or too large. {what}, dimension {dim}.");
            }
        }
        return [.. proto.Dims.Select(d => (int)d)];
    }

    private static Array Embedded(TensorProto proto, OnnxType type, int count, string what)
    {
        int fields = new[]
        {
            proto.FloatData.Count, proto.DoubleData.Count, proto.Int32Data.Count, proto.Int64Data.Count, proto.Uint64Data.Count,
            proto.StringData.Count, proto.RawData.Length,
        }.Count(length => length > 0);
        if (fields > 1)
        {
            throw ModelErrors.Invalid($"A tensor stores its elements in several fields. {what}.");
        }
        if (proto.RawData.Length > 0)
        {
            if (type.Bytes == 0)
            {
                throw ModelErrors.Invalid($"A string tensor cannot have raw data. {what}.");
            }
            RequireLength(proto.RawData.Length, (long)count * type.Bytes, "bytes", what);
            return FromRaw(proto.RawData.Span, type, count, what);
        }
        switch (type.Code)
        {
            case TensorProto.Types.DataType.Float:
                RequireLength(proto.FloatData.Count, count, "elements", what);
                return proto.FloatData.ToArray();
            case TensorProto.Types.DataType.Double:
                RequireLength(proto.DoubleData.Count, count, "elements", what);
                return proto.DoubleData.ToArray();
            case TensorProto.Types.DataType.Int64:
                RequireLength(proto.Int64Data.Count, count, "elements", what);
                return proto.Int64Data.ToArray();
            case TensorProto.Types.DataType.Uint32:
                RequireLength(proto.Uint64Data.Count, count, "elements", what);
                return Array.ConvertAll(proto.Uint64Data.ToArray(), value => InRange(value <= uint.MaxValue, (long)value, type, what));
            case TensorProto.Types.DataType.String:
                RequireLength(proto.StringData.Count, count, "elements", what);
                return Strings(proto, what);
            case TensorProto.Types.DataType.Float16:
            case TensorProto.Types.DataType.Bfloat16:
                RequireLength(proto.Int32Data.Count, count, "elements", what);
                return Array.ConvertAll(proto.Int32Data.ToArray(), value =>
                    HalfToFloat((ushort)InRange(value is >= 0 and <= ushort.MaxValue, value, type, what), type));
            default:
                RequireLength(proto.Int32Data.Count, count, "elements", what);
                return Array.ConvertAll(proto.Int32Data.ToArray(), value => InRange(Fits(value, type), value, type, what));
        }
    }

    private Array External(TensorProto proto, OnnxType type, int count, string what)
    {
        if (type.Bytes == 0)
        {
            throw ModelErrors.Invalid($"A string tensor cannot have external data. {what}.");
        }
        long bytes = (long)count * type.Bytes;
        if (type.Code == TensorProto.Types.DataType.Float && BitConverter.IsLittleEndian)
        {
            return externalData.Read<float>(proto, bytes, what);
        }
        return FromRaw(externalData.Read<byte>(proto, bytes, what), type, count, what);
    }

    private static Array FromRaw(ReadOnlySpan<byte> raw, OnnxType type, int count, string what)
    {
        switch (type.Code)
        {
            case TensorProto.Types.DataType.Float:
            {
                var data = new float[count];
                if (BitConverter.IsLittleEndian)
                {
                    raw.CopyTo(MemoryMarshal.AsBytes(data.AsSpan()));
                    return data;
                }
                for (int i = 0; i < count; i++)
                {
                    data[i] = BinaryPrimitives.ReadSingleLittleEndian(raw[(4 * i)..]);
                }
                return data;
            }
            case TensorProto.Types.DataType.Double:
            {
                var data = new double[count];
                for (int i = 0; i < count; i++)
                {
                    data[i] = BinaryPrimitives.ReadDoubleLittleEndian(raw[(8 * i)..]);
                }
                return data;
            }
            case TensorProto.Types.DataType.Float16:
            case TensorProto.Types.DataType.Bfloat16:
            {
                var data = new float[count];
                for (int i = 0; i < count; i++)
                {
                    data[i] = HalfToFloat(BinaryPrimitives.ReadUInt16LittleEndian(raw[(2 * i)..]), type);
                }
                return data;
            }
            default:
            {
                var data = new long[count];
                for (int i = 0; i < count; i++)
                {
                    data[i] = ReadInteger(raw.Slice(i * type.Bytes, type.Bytes), type, what);
                }
                return data;
            }
        }
    }

    private static long ReadInteger(ReadOnlySpan<byte> raw, OnnxType type, string what) => (type.Bytes, type.IsUnsigned) switch
    {
        (8, _) => BinaryPrimitives.ReadInt64LittleEndian(raw),
        (4, false) => BinaryPrimitives.ReadInt32LittleEndian(raw),
        (4, true) => BinaryPrimitives.ReadUInt32LittleEndian(raw),
        (2, false) => BinaryPrimitives.ReadInt16LittleEndian(raw),
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(raw),
        _ when type.IsBoolean => InRange(raw[0] <= 1, raw[0], type, what),
        (_, false) => (sbyte)raw[0],
        (_, true) => raw[0],
    };

    private static float HalfToFloat(ushort bits, OnnxType type) => type.Code == TensorProto.Types.DataType.Float16
        ? (float)BitConverter.UInt16BitsToHalf(bits)
        : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static bool Fits(int value, OnnxType type)
    {
        if (type.IsBoolean)
        {
            return value is 0 or 1;
        }
        if (type.IntegerBits == 32)
        {
            return true;
        }
        int values = 1 << type.IntegerBits;
        return type.IsUnsigned ? value >= 0 && value < values : value >= -values / 2 && value < values / 2;
    }

    private static string[] Strings(TensorProto proto, string what)
    {
        try
        {
            return [.. proto.StringData.Select(bytes => s_strictUtf8.GetString(bytes.Span))];
        }
        catch (DecoderFallbackException e)
        {
            throw ModelErrors.Invalid($"A text is not valid UTF-8. {what}.", e);
        }
    }

    private static long InRange(bool fits, long value, OnnxType type, string what) =>
        fits ? value : throw ModelErrors.Invalid($"An element does not fit its type. {what}, type {type}, value {value}.");

    private static void RequireLength(long actual, long expected, string unit, string what)
    {
        if (actual != expected)
        {
            throw ModelErrors.Invalid($"The data of a tensor do not fit its shape and type. {what}: expected {expected} {unit}, found {actual}.");
        }
    }
}
