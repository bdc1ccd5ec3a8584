using System.Buffers.Binary;
using System.Text;
using InferF.Frontend.Models.Onnx;

namespace InferF.Frontend.Models.XGBoost;

/// <summary>
/// Reads UBJSON (Universal Binary JSON, draft 12, ubjson.org) into <see cref="DocumentValue"/>s: all value types, containers with and without a count, and lists of one type.
/// A count is believed only as far as the bytes that follow can hold it.
/// </summary>
internal ref struct UbjDocumentReader
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes;
    private int _position;

    private UbjDocumentReader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads a document.</summary>
    /// <exception cref="InferFException">The bytes are no UBJSON; the message names the byte.</exception>
    public static DocumentValue Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new UbjDocumentReader(bytes);
        DocumentValue value = reader.Value(reader.Marker(), depth: 0);
        while (reader._position < bytes.Length && bytes[reader._position] == 'N')
        {
            reader._position++;
        }
        return reader._position == bytes.Length ? value : throw reader.Broken("the document ends here, the file does not");
    }

    private DocumentValue Value(byte marker, int depth)
    {
        if (depth > DocumentValue.MaxDepth)
        {
            throw Broken($"values are nested more than {DocumentValue.MaxDepth} deep");
        }
        switch ((char)marker)
        {
            case '{':
                return Fields(depth);
            case '[':
                return List(depth);
            case 'S' or 'H':
                return DocumentValue.Of(Text(Length(Marker())));
            case 'C':
                return DocumentValue.Of(((char)Take(1)[0]).ToString());
            case 'Z':
                return DocumentValue.Null;
            case 'T':
                return DocumentValue.Of(1);
            case 'F':
                return DocumentValue.Of(0);
            default:
                return DocumentValue.Of(Number(marker));
        }
    }

    private DocumentValue Fields(int depth)
    {
        (byte? type, int? count) = Header();
        Dictionary<string, DocumentValue> fields = new(StringComparer.Ordinal);
        while (count is { } expected ? fields.Count < expected : Peek() != '}')
        {
            byte marker = Marker();
            string name = Text(Length(marker));
            if (!fields.TryAdd(name, Value(type ?? Marker(), depth + 1)))
            {
                throw Broken($"the field '{name}' is there twice");
            }
        }
        if (count is null)
        {
            _position++;
        }
        return DocumentValue.Of(fields);
    }

    private DocumentValue List(int depth)
    {
        (byte? type, int? count) = Header();
        if (type is { } numeric && count is { } length && SizeOf(numeric) > 0)
        {
            return DocumentValue.Of(Numbers(numeric, length));
        }
        List<DocumentValue> elements = [];
        while (count is { } expected ? elements.Count < expected : Peek() != ']')
        {
            byte marker = type ?? Marker();
            if (marker is not (byte)'N')
            {
                elements.Add(Value(marker, depth + 1));
            }
        }
        if (count is null)
        {
            _position++;
        }
        return DocumentValue.Of(elements);
    }

    // "$type#count", "#count" or nothing.
    private (byte? Type, int? Count) Header()
    {
        byte? type = null;
        if (Peek() == '$')
        {
            _position++;
            type = Marker();
            if (Peek() != '#')
            {
                throw Broken("a type of elements without their count");
            }
            if (type is (byte)'T' or (byte)'F' or (byte)'Z' or (byte)'N')
            {
                // Elements without bytes: a count would be all there is, and could be anything.
                throw Broken($"a list of elements of type '{(char)type}', which take no bytes");
            }
        }
        if (Peek() != '#')
        {
            return (type, null);
        }
        _position++;
        return (type, Length(Marker()));
    }

    private double[] Numbers(byte type, int count)
    {
        int size = SizeOf(type);
        if ((long)count * size > _bytes.Length - _position)
        {
            throw Broken($"a list claims {count} elements of {size} bytes, {_bytes.Length - _position} bytes are left");
        }
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = Number(type);
        }
        return numbers;
    }

    private int Length(byte marker)
    {
        double length = (char)marker is 'i' or 'U' or 'I' or 'u' or 'l' or 'm' or 'L' or 'M' ? Number(marker) : throw Broken($"a length of type '{Spell(marker)}'");

        // Whatever it counts takes at least a byte each.
        return length >= 0 && length <= _bytes.Length - _position ? (int)length : throw Broken($"a length of {length}, {_bytes.Length - _position} bytes are left");
    }

    private double Number(byte marker) => (char)marker switch
    {
        'i' => (sbyte)Take(1)[0],
        'U' => Take(1)[0],
        'I' => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
        'u' => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        'l' => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
        'm' => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        'L' => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
        'M' => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
        'd' => BinaryPrimitives.ReadSingleBigEndian(Take(4)),
        'D' => BinaryPrimitives.ReadDoubleBigEndian(Take(8)),
        _ => throw Broken($"a value of unknown type '{Spell(marker)}'"),
    };

    private static int SizeOf(byte marker) => (char)marker switch
    {
        'i' or 'U' => 1,
        'I' or 'u' => 2,
        'l' or 'm' or 'd' => 4,
        'L' or 'M' or 'D' => 8,
        _ => 0,
    };

    private string Text(int length)
    {
        ReadOnlySpan<byte> bytes = Take(length);
        try
        {
            return s_strictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Broken("a text is not valid UTF-8");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - _position)
        {
            throw Broken("the file is cut off");
        }
        ReadOnlySpan<byte> taken = _bytes.Slice(_position, count);
        _position += count;
        return taken;
    }

    private byte Marker() => Take(1)[0];

    private readonly int Peek() => _position < _bytes.Length ? _bytes[_position] : throw Broken("the file is cut off");

    private static string Spell(byte marker) => marker is > 32 and < 127 ? ((char)marker).ToString() : $"0x{marker:x2}";

    private readonly InferFException Broken(string reason) => ModelErrors.Invalid($"The model is not valid UBJSON. Byte {_position}: {reason}.");
}
