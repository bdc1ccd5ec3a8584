using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;
using InferF.Bindings;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Runtime.Errors;
using InferF.Runtime.Handles;

namespace InferF.Runtime;

/// <summary>Settings of an engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Worker threads; 0 means one per available core.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes the engine may hold at once; 0 means no limit.</summary>
    public long MemoryLimit { get; init; }

    /// <summary>Directory for build sides of joins that exceed <see cref="MemoryLimit"/>; null means the system's directory for temporary files. What lies
    /// there has no name and vanishes with the run, or with the process.</summary>
    public string? SpillDirectory { get; init; }

    /// <summary>Bytes that finished build sides may take for later queries (<see cref="EngineQuery.KeyTable"/>); 0 means that none are kept.</summary>
    public long CacheLimit { get; init; }

    /// <summary>File of the ONNX Runtime library, which runs the parts of models that the engine has no operators for; null means the one that belongs
    /// to the application, or what the operating system finds. It is loaded when a plan first needs it, once in a process.</summary>
    public string? OnnxRuntimeLibrary { get; init; }
}

/// <summary>What an engine holds, in bytes.</summary>
/// <param name="BytesInUse">Held now by the engine and all its queries.</param>
/// <param name="BytesPeak">The most that was held so far.</param>
/// <param name="BytesLimit">The limit; 0 if there is none.</param>
/// <param name="BytesCached">Of cached build sides.</param>
/// <param name="CacheHits">Build sides, and their values, that were found in the cache so far.</param>
/// <param name="CacheMisses">Those that were looked for and not found.</param>
public readonly record struct MemoryUsage(long BytesInUse, long BytesPeak, long BytesLimit, long BytesCached, long CacheHits, long CacheMisses);

/// <summary>A native engine: worker threads and a counted memory pool. Any thread may use it.</summary>
/// <remarks>The caller disposes it. Queries and results made from it stay valid.</remarks>
public sealed unsafe class Engine : IDisposable
{
    private readonly EngineHandle _handle;

    /// <summary>Starts an engine.</summary>
    /// <param name="options">Settings, or null for the defaults.</param>
    /// <exception cref="InferFException">The native library is missing or of another version, or an option is wrong.</exception>
    public Engine(EngineOptions? options = null)
    {
        options ??= new EngineOptions();
        CheckLibrary();
        byte[] onnxRuntime = Encoding.UTF8.GetBytes(options.OnnxRuntimeLibrary ?? OnnxRuntimeLibrary.Find() ?? "");
        byte[] spillDirectory = Encoding.UTF8.GetBytes(options.SpillDirectory ?? "");
        fixed (byte* path = onnxRuntime)
        fixed (byte* spillPath = spillDirectory)
        {
            var native = new inferf_engine_options
            {
                struct_size = (uint)sizeof(inferf_engine_options),
                num_threads = options.Threads,
                memory_limit = options.MemoryLimit,
                onnxruntime_path = path,
                onnxruntime_path_size = onnxRuntime.Length,
                spill_directory = spillPath,
                spill_directory_size = spillDirectory.Length,
                cache_limit = options.CacheLimit,
            };
            inferf_engine* engine = null;
            inferf_error error = default;
            NativeCall.Check(NativeMethods.inferf_engine_create(&native, &engine, &error), in error);
            _handle = new EngineHandle(engine);
        }
    }

    /// <summary>What the engine holds now.</summary>
    public MemoryUsage MemoryUsage
    {
        get
        {
            using var lease = new HandleLease(_handle);
            inferf_memory_usage usage = default;
            inferf_error error = default;
            NativeCall.Check(NativeMethods.inferf_engine_memory((inferf_engine*)lease.Pointer, &usage, &error), in error);
            return new MemoryUsage(usage.bytes_in_use, usage.bytes_peak, usage.bytes_limit, usage.bytes_cached, usage.num_cache_hits, usage.num_cache_misses);
        }
    }

    /// <summary>The handle, for the objects made from the engine.</summary>
    internal EngineHandle Handle => _handle;

    /// <summary>Prepares a plan: the engine validates it, and its constants are bound.</summary>
    /// <param name="plan">A finished plan.</param>
    /// <returns>The query, which the caller disposes.</returns>
    /// <exception cref="InferFException">The engine refuses the plan.</exception>
    public EngineQuery CreateQuery(PhysicalPlan plan) => CreateQuery(plan.Fragment, plan.Tensors);

    /// <summary>Prepares a plan fragment: the engine validates it, and its constants are bound.</summary>
    /// <param name="fragment">The plan.</param>
    /// <param name="tensors">What to bind, by index into <c>fragment.Tensors</c>. Their data are shared, not copied.</param>
    /// <returns>The query, which the caller disposes.</returns>
    /// <exception cref="InferFException">The engine refuses the plan or a tensor.</exception>
    public EngineQuery CreateQuery(PlanFragment fragment, ImmutableArray<ConstantTensor> tensors)
    {
        EngineQuery query = CreateQuery(fragment.ToByteArray());
        try
        {
            query.BindTensors(tensors);
            return query;
        }
        catch
        {
            query.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a plan from its bytes; nothing is bound.</summary>
    internal EngineQuery CreateQuery(ReadOnlySpan<byte> plan) => new(QueryHandle.Create(_handle, plan));

    /// <summary>Forgets every cached build side. What a query uses is freed when it no longer does.</summary>
    public void ClearCache()
    {
        using var lease = new HandleLease(_handle);
        inferf_error error = default;
        NativeCall.Check(NativeMethods.inferf_engine_clear_cache((inferf_engine*)lease.Pointer, &error), in error);
    }

    /// <summary>Test hook: the allocation that comes <paramref name="countdown"/>-th from now fails, once; 0 switches the hook off.</summary>
    internal void FailAllocation(long countdown)
    {
        using var lease = new HandleLease(_handle);
        inferf_error error = default;
        NativeCall.Check(NativeMethods.inferf_engine_fail_allocation((inferf_engine*)lease.Pointer, countdown, &error), in error);
    }

    /// <summary>Releases the engine. Queries and results made from it keep what they need.</summary>
    public void Dispose() => _handle.Dispose();

    private static void CheckLibrary()
    {
        try
        {
            AbiGuard.Check();
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or InvalidOperationException)
        {
            throw new InferFException(InferFErrorCode.Internal, exception.Message, inner: exception);
        }
    }
}
