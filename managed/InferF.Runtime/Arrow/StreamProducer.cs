using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace InferF.Runtime.Arrow;

/// <summary>Something written in C# that native code reads as an <c>ArrowArrayStream</c>.</summary>
/// <remarks>
/// The callbacks catch everything: an exception becomes an errno value and a text for <c>get_last_error</c>. They are called by one
/// thread at a time.
/// </remarks>
internal abstract unsafe class StreamProducer : IDisposable
{
    // errno of POSIX: input/output error. The text says more.
    private const int InputOutputError = 5;

    private static readonly delegate* unmanaged[Cdecl]<ArrowStream*, void> s_release = &ReleaseCallback;

    private byte* _lastError;

    /// <summary>The exception that ended the stream, for callers on the managed side.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Turns a producer into a native stream, which owns it from here on.</summary>
    public static void Export(StreamProducer producer, ArrowStream* stream)
    {
        stream->GetSchema = &GetSchemaCallback;
        stream->GetNext = &GetNextCallback;
        stream->GetLastError = &GetLastErrorCallback;
        stream->PrivateData = (void*)GCHandle.ToIntPtr(GCHandle.Alloc(producer));
        stream->ReleaseCallback = s_release;
    }

    /// <summary>The exception that ended a stream, if its producer is one of ours: it says more than the text of <c>get_last_error</c>.</summary>
    public static Exception? StreamFailure(ArrowStream* stream) => (nint)stream->ReleaseCallback == (nint)s_release ? Of(stream).Failure : null;

    /// <summary>Fills the schema: a struct with one child per column.</summary>
    protected abstract void ReadSchema(ArrowSchema* schema);

    /// <summary>Fills the next batch, or leaves it released at the end.</summary>
    protected abstract void ReadNext(ArrowArray* array);

    /// <summary>Frees what the producer holds. Called once.</summary>
    public virtual void Dispose()
    {
        NativeMemory.Free(_lastError);
        _lastError = null;
    }

    private static StreamProducer Of(ArrowStream* stream) => (StreamProducer)GCHandle.FromIntPtr((nint)stream->PrivateData).Target!;

    private int Park(Exception exception)
    {
        Failure ??= exception;
        NativeMemory.Free(_lastError);
        byte[] text = Encoding.UTF8.GetBytes(exception.Message);
        _lastError = (byte*)NativeMemory.Alloc((nuint)text.Length + 1);
        text.CopyTo(new Span<byte>(_lastError, text.Length));
        _lastError[text.Length] = 0;
        return InputOutputError;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetSchemaCallback(ArrowStream* stream, ArrowSchema* schema)
    {
        StreamProducer producer = Of(stream);
        *schema = default;
        try
        {
            producer.ReadSchema(schema);
            return 0;
        }
        catch (Exception exception)
        {
            schema->Release();
            *schema = default;
            return producer.Park(exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int GetNextCallback(ArrowStream* stream, ArrowArray* array)
    {
        StreamProducer producer = Of(stream);
        *array = default;
        try
        {
            producer.ReadNext(array);
            return 0;
        }
        catch (Exception exception)
        {
            array->Release();
            *array = default;
            return producer.Park(exception);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte* GetLastErrorCallback(ArrowStream* stream) => Of(stream)._lastError;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseCallback(ArrowStream* stream)
    {
        StreamProducer producer = Of(stream);
        GCHandle.FromIntPtr((nint)stream->PrivateData).Free();
        *stream = default;
        try
        {
            producer.Dispose();
        }
        catch (Exception exception)
        {
            // Nobody is left to tell: a release callback has no result. What is freed is freed.
            System.Diagnostics.Trace.TraceError($"Releasing a stream failed: {exception}");
        }
    }
}
