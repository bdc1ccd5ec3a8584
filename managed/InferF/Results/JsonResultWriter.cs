using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;

namespace InferF.Results;

/// <summary>One JSON object per row: a single array, or one line each (NDJSON). Not-a-number and infinities, which JSON lacks, become text.</summary>
internal sealed class JsonResultWriter : ResultWriter
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private const int FlushedBytes = 1 << 16;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushedBytes);
    private readonly Utf8JsonWriter _writer;
    private readonly string[] _names;
    private readonly bool _lines;

    public JsonResultWriter(Stream stream, Schema schema, bool lines)
    {
        _stream = stream;
        _lines = lines;
        _names = [.. schema.FieldsList.Select(f => f.Name)];
        _writer = new Utf8JsonWriter(_buffer, s_options);
        if (!lines)
        {
            _writer.WriteStartArray();
        }
    }

    public override async ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellation)
    {
        for (int row = 0; row < batch.Length; row++)
        {
            _writer.WriteStartObject();
            for (int column = 0; column < batch.ColumnCount; column++)
            {
                _writer.WritePropertyName(_names[column]);
                Write(CellReader.Read(batch.Column(column), row));
            }
            _writer.WriteEndObject();
            if (_lines)
            {
                EndLine();
                _writer.Reset();
            }
            if (_buffer.WrittenCount + _writer.BytesPending >= FlushedBytes)
            {
                await FlushAsync(cancellation).ConfigureAwait(false);
            }
        }
        await FlushAsync(cancellation).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_lines)
        {
            _writer.WriteEndArray();
            EndLine();
        }
        await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
    }

    private void EndLine()
    {
        _writer.Flush();
        _buffer.Write("\n"u8);
    }

    private async ValueTask FlushAsync(CancellationToken cancellation)
    {
        _writer.Flush();
        await _stream.WriteAsync(_buffer.WrittenMemory, cancellation).ConfigureAwait(false);
        _buffer.ResetWrittenCount();
        await _stream.FlushAsync(cancellation).ConfigureAwait(false);
    }

    private void Write(object? value)
    {
        switch (value)
        {
            case null:
                _writer.WriteNullValue();
                break;
            case bool b:
                _writer.WriteBooleanValue(b);
                break;
            case float f when float.IsFinite(f):
                _writer.WriteNumberValue(f);
                break;
            case double d when double.IsFinite(d):
                _writer.WriteNumberValue(d);
                break;
            case sbyte or short or int or long or byte or ushort or uint:
                _writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case ulong u:
                _writer.WriteNumberValue(u);
                break;
            case decimal m:
                _writer.WriteNumberValue(m);
                break;
            case IReadOnlyList<KeyValuePair<string, object?>> fields:
                _writer.WriteStartObject();
                foreach ((string name, object? field) in fields)
                {
                    _writer.WritePropertyName(name);
                    Write(field);
                }
                _writer.WriteEndObject();
                break;
            case IReadOnlyList<object?> items:
                _writer.WriteStartArray();
                foreach (object? item in items)
                {
                    Write(item);
                }
                _writer.WriteEndArray();
                break;
            default:
                _writer.WriteStringValue(CellReader.FormatText(value));
                break;
        }
    }
}
