using InferF.Runtime.Handles;

namespace InferF.Runtime.Arrow;

/// <summary>Passes a stream on while keeping what it comes from alive. Batches pass as pointers.</summary>
internal sealed unsafe class ForwardingProducer(ArrowStreamHandle inner, Func<string, Exception> toException, CancellationTokenRegistration registration) : StreamProducer
{
    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* schema)
    {
        using var lease = new HandleLease(inner);
        var stream = (ArrowStream*)lease.Pointer;
        Check(stream, stream->GetSchema(stream, schema));
    }

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        using var lease = new HandleLease(inner);
        var stream = (ArrowStream*)lease.Pointer;
        Check(stream, stream->GetNext(stream, array));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        registration.Dispose();
        inner.Dispose();
        base.Dispose();
    }

    private void Check(ArrowStream* stream, int status)
    {
        if (status != 0)
        {
            throw toException(System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)stream->GetLastError(stream)) ?? $"The stream failed without a message. errno: {status}.");
        }
    }
}
