using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.C;
using Apache.Arrow.Ipc;
using InferF.Runtime.Handles;

namespace InferF.Runtime.Arrow;

/// <summary>
/// Record batches that native code produces. Read them as managed arrays through <see cref="IArrowArrayStream"/>, or hand the C stream on
/// with <see cref="MoveTo"/> so that no managed array is ever made.
/// </summary>
/// <remarks>One reader at a time; <see cref="Dispose"/> may come from any thread and at any time. The caller disposes it, and each batch.</remarks>
public unsafe class NativeArrowStream : IArrowArrayStream
{
    private readonly Lock _gate = new();
    private readonly ArrowStreamHandle _handle;
    private Schema? _schema;
    private volatile bool _disposed;

    /// <summary>Takes ownership of a stream.</summary>
    internal NativeArrowStream(ArrowStreamHandle handle) => _handle = handle;

    /// <summary>Columns of the batches. The first use reads it from the producer.</summary>
    /// <exception cref="InferFException">The producer failed.</exception>
    public Schema Schema
    {
        get
        {
            lock (_gate)
            {
                return _schema ??= ReadSchema();
            }
        }
    }

    /// <summary>Wraps a C stream that native code of someone else produced.</summary>
    /// <param name="source">Moved: released in the caller's copy.</param>
    public static NativeArrowStream Take(CArrowArrayStream* source)
    {
        var handle = new ArrowStreamHandle();
        using var lease = new HandleLease(handle);
        *(ArrowStream*)lease.Pointer = *(ArrowStream*)source;
        *(ArrowStream*)source = default;
        return new NativeArrowStream(handle);
    }

    /// <summary>Makes a stream of a producer, which it owns from here on.</summary>
    internal static NativeArrowStream Produce(StreamProducer producer)
    {
        var handle = new ArrowStreamHandle();
        using var lease = new HandleLease(handle);
        StreamProducer.Export(producer, (ArrowStream*)lease.Pointer);
        return new NativeArrowStream(handle);
    }

    /// <summary>Reads the next batch, waiting for it.</summary>
    /// <param name="cancellationToken">Stops the producer if it can be stopped.</param>
    /// <returns>The batch, which the caller disposes, or null at the end.</returns>
    /// <exception cref="InferFException">The producer failed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public RecordBatch? ReadNext(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static self => ((NativeArrowStream)self!).Interrupt(), this);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _schema ??= ReadSchema();
            using var lease = new HandleLease(_handle);
            ArrowArray array = default;
            ArrowStream* stream = Live(lease);
            long start = Stopwatch.GetTimestamp();
            int status = stream->GetNext(stream, &array);
            Waited(start);
            Check(stream, status, cancellationToken);
            if (array.ReleaseCallback is null)
            {
                return null;
            }
            try
            {
                return CArrowArrayImporter.ImportRecordBatch((CArrowArray*)&array, _schema);
            }
            finally
            {
                array.Release();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<RecordBatch> ReadNextRecordBatchAsync(CancellationToken cancellationToken = default) =>
        // Waiting for native work must not block the caller's thread.
        new(Task.Run(() => ReadNext(cancellationToken)!, CancellationToken.None));

    /// <summary>Hands the C stream on; this object is spent afterwards.</summary>
    /// <param name="target">Receives the stream. The receiver calls its <c>release</c>.</param>
    /// <exception cref="ObjectDisposedException">The stream is disposed or was handed on before.</exception>
    public virtual void MoveTo(CArrowArrayStream* target)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var lease = new HandleLease(_handle);
            *(ArrowStream*)target = *Live(lease);
            *(ArrowStream*)lease.Pointer = default;
            _disposed = true;
        }
        _handle.Dispose();
    }

    /// <summary>Ends the stream and frees it. Idempotent; a read that is under way ends with an error.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the object owns.</summary>
    /// <param name="disposing">Always true: the native part is owned by a handle with its own finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        Interrupt();
        lock (_gate)
        {
            _handle.Dispose();
        }
    }

    /// <summary>The producer was asked for a batch and has answered.</summary>
    /// <param name="start">Time stamp of when it was asked.</param>
    private protected virtual void Waited(long start)
    {
    }

    /// <summary>Asks the producer to stop; called from any thread.</summary>
    private protected virtual void Interrupt()
    {
    }

    /// <summary>The exception for a failure the producer reported.</summary>
    private protected virtual Exception ToException(string message, CancellationToken cancellationToken) => new InferFException(InferFErrorCode.Source, message);

    /// <summary>Hands the stream on to a producer; this object is spent afterwards.</summary>
    internal ArrowStreamHandle Release() => Detach();

    /// <summary>The handle, for a stream that forwards this one. The caller must see to it that nobody else reads.</summary>
    private protected ArrowStreamHandle Detach()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _disposed = true;
            return _handle;
        }
    }

    private Schema ReadSchema()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var lease = new HandleLease(_handle);
        ArrowSchema schema = default;
        Check((ArrowStream*)lease.Pointer, Live(lease)->GetSchema((ArrowStream*)lease.Pointer, &schema), CancellationToken.None);
        try
        {
            return CArrowSchemaImporter.ImportSchema((CArrowSchema*)&schema);
        }
        finally
        {
            schema.Release();
        }
    }

    private static ArrowStream* Live(in HandleLease lease)
    {
        var stream = (ArrowStream*)lease.Pointer;
        return stream->ReleaseCallback is null ? throw new ObjectDisposedException(nameof(NativeArrowStream)) : stream;
    }

    private void Check(ArrowStream* stream, int status, CancellationToken cancellationToken)
    {
        if (status == 0)
        {
            return;
        }
        if (StreamProducer.StreamFailure(stream) is Exception failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
        byte* text = stream->GetLastError(stream);
        string message = text is null ? $"The stream failed without a message. errno: {status}." : System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)text)!;
        throw ToException(message, cancellationToken);
    }
}
