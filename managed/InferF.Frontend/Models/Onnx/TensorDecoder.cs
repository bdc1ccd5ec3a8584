using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using InferF.Plan.Model;
using DataLocation = InferF.Frontend.Models.Onnx.TensorProto.Types.DataLocation;
using DataType = InferF.Frontend.Models.Onnx.TensorProto.Types.DataType;

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
            if (type.Bits == 0)
            {
                throw ModelErrors.Invalid($"A string tensor cannot have raw data. {what}.");
            }
            RequireLength(proto.RawData.Length, type.RawBytes(count), "bytes", what);
            return FromRaw(proto.RawData.Span, type, count, what);
        }
        switch (type.Code)
        {
            case DataType.Float:
                RequireLength(proto.FloatData.Count, count, "elements", what);
                return proto.FloatData.ToArray();
            case DataType.Double:
                RequireLength(proto.DoubleData.Count, count, "elements", what);
                return proto.DoubleData.ToArray();
            case DataType.Int64:
                RequireLength(proto.Int64Data.Count, count, "elements", what);
                return proto.Int64Data.ToArray();
            case DataType.Uint64:
                RequireLength(proto.Uint64Data.Count, count, "elements", what);
                return Array.ConvertAll(proto.Uint64Data.ToArray(), value => unchecked((long)value));
            case DataType.Uint32:
                RequireLength(proto.Uint64Data.Count, count, "elements", what);
                return Array.ConvertAll(proto.Uint64Data.ToArray(), value => InRange(value <= uint.MaxValue, (long)value, type, what));
            case DataType.String:
                RequireLength(proto.StringData.Count, count, "elements", what);
                return Strings(proto, what);
        }
        if (type.Bits < 8)
        {
            // One entry holds the byte that several elements share.
            RequireLength(proto.Int32Data.Count, type.RawBytes(count), "bytes", what);
            return FromRaw(Array.ConvertAll(proto.Int32Data.ToArray(), value => (byte)InRange(value is >= 0 and <= byte.MaxValue, value, type, what)), type, count, what);
        }
        RequireLength(proto.Int32Data.Count, count, "elements", what);
        return type.Format == FloatFormat.None
            ? Array.ConvertAll(proto.Int32Data.ToArray(), value => InRange(Fits(value, type), value, type, what))
            : Array.ConvertAll(proto.Int32Data.ToArray(), value =>
                NarrowFloat.Decode((int)InRange(value >= 0 && value < 1 << type.Bits, value, type, what), type.Format));
    }

    private Array External(TensorProto proto, OnnxType type, int count, string what)
    {
        if (type.Bits == 0)
        {
            throw ModelErrors.Invalid($"A string tensor cannot have external data. {what}.");
        }
        long bytes = type.RawBytes(count);
        if (type.Code == DataType.Float && BitConverter.IsLittleEndian)
        {
            return externalData.Read<float>(proto, bytes, what);
        }
        return FromRaw(externalData.Read<byte>(proto, bytes, what), type, count, what);
    }

    /// <summary>Elements from their little-endian bytes, as raw data and ONNX Runtime store them.</summary>
    public static Array FromRaw(ReadOnlySpan<byte> raw, OnnxType type, int count, string what)
    {
        switch (type.Code)
        {
            case DataType.Float:
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
            case DataType.Double:
            {
                var data = new double[count];
                for (int i = 0; i < count; i++)
                {
                    data[i] = BinaryPrimitives.ReadDoubleLittleEndian(raw[(8 * i)..]);
                }
                return data;
            }
        }
        if (type.Format != FloatFormat.None)
        {
            var data = new float[count];
            for (int i = 0; i < count; i++)
            {
                data[i] = NarrowFloat.Decode((int)ReadBits(raw, i, type.Bits), type.Format);
            }
            return data;
        }
        var integers = new long[count];
        for (int i = 0; i < count; i++)
        {
            long value = ReadBits(raw, i, type.Bits);
            if (type.IsBoolean)
            {
                InRange(value <= 1, value, type, what);
            }
            int unused = 64 - type.Bits;
            integers[i] = type.IsUnsigned || type.IsBoolean ? value : value << unused >> unused;
        }
        return integers;
    }

    // An element zero-extended; elements narrower than a byte start at its low bits.
    private static long ReadBits(ReadOnlySpan<byte> raw, int index, int bits) => bits switch
    {
        64 => BinaryPrimitives.ReadInt64LittleEndian(raw[(index * 8)..]),
        32 => BinaryPrimitives.ReadUInt32LittleEndian(raw[(index * 4)..]),
        16 => BinaryPrimitives.ReadUInt16LittleEndian(raw[(index * 2)..]),
        8 => raw[index],
        _ => (raw[(int)((long)index * bits / 8)] >> (int)((long)index * bits % 8)) & ((1 << bits) - 1),
    };

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
