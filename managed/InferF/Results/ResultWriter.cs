using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Plan;

namespace InferF.Results;

/// <summary>Writes result batches in a file format. One thread at a time; dispose to finish the file.</summary>
public abstract class ResultWriter : IAsyncDisposable
{
    private static readonly Dictionary<string, Func<Stream, Schema, ResultWriter>> s_formats = new(StringComparer.OrdinalIgnoreCase)
    {
        ["csv"] = (stream, schema) => new CsvResultWriter(stream, schema),
        ["json"] = (stream, schema) => new JsonResultWriter(stream, schema, lines: false),
        ["ndjson"] = (stream, schema) => new JsonResultWriter(stream, schema, lines: true),
        ["arrow"] = (stream, schema) => new ArrowResultWriter(stream, schema),
        ["parquet"] = (stream, schema) => new ParquetResultWriter(stream, schema),
    };

    /// <summary>Names of the formats: csv, json, ndjson, arrow, parquet.</summary>
    public static IEnumerable<string> Formats => s_formats.Keys;

    /// <summary>Creates a writer.</summary>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="stream">Where to write; not closed.</param>
    /// <param name="schema">Schema of the batches to come.</param>
    /// <exception cref="InferFException">Unknown format.</exception>
    public static ResultWriter Create(string format, Stream stream, Schema schema) =>
        s_formats.TryGetValue(format, out Func<Stream, Schema, ResultWriter>? create)
            ? create(stream, schema)
            : throw new InferFException(InferFErrorCode.InvalidArgument,
                $"Unknown output format '{format}'. Known: {string.Join(", ", Formats)}.{NearestName.Hint(format, Formats)}");

    /// <summary>Appends a batch.</summary>
    public abstract ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>The Arrow IPC file format.</summary>
internal sealed class ArrowResultWriter(Stream stream, Schema schema) : ResultWriter
{
    private readonly ArrowFileWriter _writer = new(stream, schema, leaveOpen: true);
    private bool _started;

    public override async ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellation)
    {
        await StartAsync(cancellation).ConfigureAwait(false);
        await _writer.WriteRecordBatchAsync(batch, cancellation).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await StartAsync(CancellationToken.None).ConfigureAwait(false);
        await _writer.WriteEndAsync().ConfigureAwait(false);
        _writer.Dispose();
        await stream.FlushAsync().ConfigureAwait(false);
    }

    // A file without batches still has its beginning.
    private async ValueTask StartAsync(CancellationToken cancellation)
    {
        if (!_started)
        {
            _started = true;
            await _writer.WriteStartAsync(cancellation).ConfigureAwait(false);
        }
    }
}

/// <summary>Parquet with Zstandard compression.</summary>
internal sealed class ParquetResultWriter : ResultWriter
{
    private readonly ParquetSharp.IO.ManagedOutputStream _output;
    private readonly ParquetSharp.WriterProperties _properties;
    private readonly ParquetSharp.Arrow.FileWriter _writer;

    public ParquetResultWriter(Stream stream, Schema schema)
    {
        using ParquetSharp.WriterPropertiesBuilder builder = new();
        _properties = builder.Compression(ParquetSharp.Compression.Zstd).Build();
        _output = new ParquetSharp.IO.ManagedOutputStream(stream, leaveOpen: true);
        _writer = new ParquetSharp.Arrow.FileWriter(_output, schema, _properties);
    }

    public override ValueTask WriteAsync(RecordBatch batch, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // Buffered: consecutive batches share a row group until it is full.
        _writer.WriteBufferedRecordBatch(batch);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _writer.Close();
        _writer.Dispose();
        _output.Dispose();
        _properties.Dispose();
        return ValueTask.CompletedTask;
    }
}
