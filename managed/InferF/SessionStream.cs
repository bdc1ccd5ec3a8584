using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace InferF;

/// <summary>A result that keeps its session's engine and database open until it is disposed: scans may still read from them.</summary>
internal sealed class SessionStream(IArrowArrayStream rows, InferSession.Call call) : IArrowArrayStream
{
    private int _disposed;

    /// <inheritdoc/>
    public Schema Schema => rows.Schema;

    /// <inheritdoc/>
    public ValueTask<RecordBatch> ReadNextRecordBatchAsync(CancellationToken cancellationToken = default) => rows.ReadNextRecordBatchAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            rows.Dispose();
            call.Dispose();
        }
    }
}
