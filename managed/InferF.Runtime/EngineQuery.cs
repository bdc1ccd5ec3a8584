using System.Collections.Immutable;
using System.Diagnostics;
using Apache.Arrow.C;
using Google.Protobuf;
using InferF.Bindings;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Runtime.Arrow;
using InferF.Runtime.Errors;
using InferF.Runtime.Handles;

namespace InferF.Runtime;

/// <summary>A plan in the engine: bind every table, then execute once.</summary>
/// <remarks>
/// A run may be made in two steps: <see cref="Build"/> executes the joins of the build sides, <see cref="ReadObservations"/> tells what was found,
/// <see cref="Replan(PhysicalPlan)"/> may decide anew where the model is computed, and <see cref="Execute"/> goes on from there.
/// One thread at a time, except <see cref="Cancel"/> and <see cref="Progress"/>. The caller disposes it; a result that is still being read
/// stays valid.
/// </remarks>
public sealed unsafe class EngineQuery : IDisposable
{
    private readonly QueryHandle _handle;
    private readonly EngineTimer _timer = new();

    /// <summary>Takes ownership of a handle.</summary>
    internal EngineQuery(QueryHandle handle) => _handle = handle;

    /// <summary>How far the run is. Any thread.</summary>
    public QueryProgress Progress
    {
        get
        {
            using var lease = new HandleLease(_handle);
            inferf_progress progress = default;
            inferf_error error = default;
            NativeCall.Check(NativeMethods.inferf_query_progress((inferf_query*)lease.Pointer, &progress, &error), in error);
            return new QueryProgress((QueryPhase)progress.phase, progress.num_source_rows, progress.num_output_rows, progress.num_spilled_bytes, _timer.Elapsed);
        }
    }

    /// <summary>Binds the rows of a table of the plan, or further rows of it.</summary>
    /// <param name="table">Index into <c>PlanFragment.Tables</c>.</param>
    /// <param name="rows">The rows; the engine owns the stream from here on, whether the call succeeds or not.</param>
    /// <exception cref="InferFException">There is no such table, or the columns do not fit or are not those bound before.</exception>
    public void BindTable(int table, NativeArrowStream rows)
    {
        using var lease = new HandleLease(_handle);
        CArrowArrayStream stream = default;
        rows.MoveTo(&stream);
        inferf_error error = default;
        NativeCall.Check(NativeMethods.inferf_query_bind_table((inferf_query*)lease.Pointer, table, &stream, &error), in error);
    }

    /// <summary>Binds the rows of a table of the plan that come in several streams, which are read at the same time. The engine owns them from here on,
    /// whether the call succeeds or not.</summary>
    /// <param name="table">Index into <c>PlanFragment.Tables</c>.</param>
    /// <param name="parts">Streams with the same columns; at least one. If there are several and the table is the streamed one, the result has no particular
    /// order.</param>
    /// <exception cref="InferFException">There is no such table, or the columns do not fit or differ.</exception>
    public void BindTable(int table, ImmutableArray<NativeArrowStream> parts)
    {
        try
        {
            foreach (NativeArrowStream part in parts)
            {
                BindTable(table, part);
            }
        }
        catch
        {
            foreach (NativeArrowStream part in parts)
            {
                part.Dispose();
            }
            throw;
        }
    }

    /// <summary>Names the contents of a table, so that build sides made of it are shared with other runs of the engine.</summary>
    /// <param name="table">Index into <c>PlanFragment.Tables</c>.</param>
    /// <param name="key">By equal keys the caller promises that streams with equal schemas yield equal rows in the same order.</param>
    /// <exception cref="InferFException">There is no such table, it has a key already, the key is empty or longer than 1024 bytes, or the query has been built or
    /// executed.</exception>
    public void KeyTable(int table, ReadOnlySpan<byte> key)
    {
        using var lease = new HandleLease(_handle);
        inferf_error error = default;
        // An empty key still has an address, so that the engine judges its size and not its pointer.
        byte nothing = 0;
        fixed (byte* bytes = key)
        {
            int status = NativeMethods.inferf_query_key_table((inferf_query*)lease.Pointer, table, key.IsEmpty ? &nothing : bytes, key.Length, &error);
            NativeCall.Check(status, in error);
        }
    }

    /// <summary>Binds a constant of the plan. The data are shared until the query is released.</summary>
    /// <param name="tensor">Index into <c>PlanFragment.Tensors</c>.</param>
    /// <param name="value">The constant.</param>
    /// <exception cref="InferFException">There is no such tensor, it is bound already, or it has another type or size.</exception>
    public void BindTensor(int tensor, ConstantTensor value)
    {
        using var lease = new HandleLease(_handle);
        ArrowSchema schema = default;
        ArrowArray array = default;
        TensorExport.Export(value, &schema, &array);
        inferf_error error = default;
        int status = NativeMethods.inferf_query_bind_tensor((inferf_query*)lease.Pointer, tensor, (CArrowSchema*)&schema, (CArrowArray*)&array, &error);
        NativeCall.Check(status, in error);
    }

    /// <summary>Binds all constants of the plan.</summary>
    internal void BindTensors(ImmutableArray<ConstantTensor> tensors)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            BindTensor(i, tensors[i]);
        }
    }

    /// <summary>Executes the joins and filters of all build sides, without any value of the model, and probes a sample of the streamed table. Blocks until
    /// that is done. <see cref="Execute"/> does not do it again.</summary>
    /// <param name="cancellationToken">Cancels the build.</param>
    /// <exception cref="InferFException">A table is not bound, the query has been built or executed before, a filter on a build side reads values of the
    /// model, or what reading and joining the tables fails with; after the latter the query can only be disposed.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Build(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = new HandleLease(_handle);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static handle => Cancel((QueryHandle)handle!), _handle);
        inferf_error error = default;
        long start = Stopwatch.GetTimestamp();
        int status = NativeMethods.inferf_query_build((inferf_query*)lease.Pointer, &error);
        _timer.AddSince(start);
        NativeCall.Check(status, in error, cancellationToken);
    }

    /// <summary>What <see cref="Build"/> found: one entry per node of <c>PlanFragment.Nodes</c>, in their order; none if a build side exceeds the memory
    /// limit, because it is on disk then and joined part by part later.</summary>
    /// <exception cref="InferFException">The query has not been built.</exception>
    public ImmutableArray<NodeObservation> ReadObservations()
    {
        using var lease = new HandleLease(_handle);
        long count = 0;
        inferf_error error = default;
        NativeCall.Check(NativeMethods.inferf_query_observations((inferf_query*)lease.Pointer, null, 0, &count, &error), in error);
        var native = new inferf_observation[count];
        fixed (inferf_observation* observations = native)
        {
            NativeCall.Check(NativeMethods.inferf_query_observations((inferf_query*)lease.Pointer, observations, count, &count, &error), in error);
        }
        return [.. native.Select(ToObservation)];
    }

    /// <summary>Replaces the plan after <see cref="Build"/> and before <see cref="Execute"/>, and binds the constants of the new one.</summary>
    /// <param name="plan">A plan with the same tables and relational nodes.</param>
    /// <exception cref="InferFException">The query is not built or has been executed, or the engine refuses the plan, which then changes nothing; or a
    /// constant does not fit.</exception>
    public void Replan(PhysicalPlan plan) => Replan(plan.Fragment, plan.Tensors);

    /// <summary>Replaces the plan after <see cref="Build"/> and before <see cref="Execute"/>, and binds the constants of the new one.</summary>
    /// <param name="fragment">A plan with the same tables and relational nodes; only filters that read values may have another predicate that does.</param>
    /// <param name="tensors">What to bind, by index into <c>fragment.Tensors</c>, in place of all that was bound. Their data are shared, not copied.</param>
    /// <exception cref="InferFException">The query is not built or has been executed, or the engine refuses the plan, which then changes nothing; or a
    /// constant does not fit.</exception>
    public void Replan(PlanFragment fragment, ImmutableArray<ConstantTensor> tensors)
    {
        using (var lease = new HandleLease(_handle))
        {
            byte[] bytes = fragment.ToByteArray();
            inferf_error error = default;
            fixed (byte* plan = bytes)
            {
                // An empty plan still has an address, so that the engine judges its contents and not its pointer.
                byte nothing = 0;
                int status = NativeMethods.inferf_query_replan((inferf_query*)lease.Pointer, bytes.Length == 0 ? &nothing : plan, bytes.Length, &error);
                NativeCall.Check(status, in error);
            }
        }
        BindTensors(tensors);
    }

    /// <summary>Starts the run, or what <see cref="Build"/> has left of it.</summary>
    /// <param name="cancellationToken">Cancels the run at any later time.</param>
    /// <returns>The result, which the caller disposes; disposing it early cancels the run.</returns>
    /// <exception cref="InferFException">A table or tensor is not bound or does not fit, or the memory limit is reached.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the run started.</exception>
    public ResultStream Execute(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var lease = new HandleLease(_handle);
        var stream = new ArrowStreamHandle(_handle);
        try
        {
            using var streamLease = new HandleLease(stream);
            inferf_error error = default;
            long start = Stopwatch.GetTimestamp();
            int status = NativeMethods.inferf_query_execute((inferf_query*)lease.Pointer, (CArrowArrayStream*)streamLease.Pointer, &error);
            _timer.AddSince(start);
            NativeCall.Check(status, in error, cancellationToken);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        return new ResultStream(stream, _handle, _timer, cancellationToken);
    }

    /// <summary>Asks the run to stop and returns at once. Any thread, any number of times.</summary>
    public void Cancel() => Cancel(_handle);

    /// <summary>What every operator of a finished run did.</summary>
    public ImmutableArray<OperatorCounter> ReadCounters()
    {
        using var lease = new HandleLease(_handle);
        long count = 0;
        inferf_error error = default;
        NativeCall.Check(NativeMethods.inferf_query_counters((inferf_query*)lease.Pointer, null, 0, &count, &error), in error);
        var native = new inferf_counter[count];
        fixed (inferf_counter* counters = native)
        {
            NativeCall.Check(NativeMethods.inferf_query_counters((inferf_query*)lease.Pointer, counters, native.Length, &count, &error), in error);
        }
        return
        [
            .. native.Take((int)Math.Min(count, native.Length)).Select(counter => new OperatorCounter(
                ToKind(counter.kind),
                counter.id, counter.num_rows_in, counter.num_rows_out, counter.nanoseconds, counter.bytes, counter.flops)),
        ];
    }

    private static CounterKind ToKind(int native) => native switch
    {
        NativeMethods.INFERF_COUNTER_NODE => CounterKind.Node,
        NativeMethods.INFERF_COUNTER_VALUE => CounterKind.Value,
        NativeMethods.INFERF_COUNTER_CACHED_ROWS => CounterKind.CachedRows,
        NativeMethods.INFERF_COUNTER_CACHED_VALUES => CounterKind.CachedValues,
        _ => CounterKind.Tuples,
    };

    // -1 stands for what does not apply.
    private static NodeObservation ToObservation(inferf_observation native)
    {
        static long? Known(long value) => value < 0 ? null : value;
        bool isStreamed = native.num_rows < 0;
        return new NodeObservation(
            native.node,
            Known(native.num_rows),
            Known(native.num_distinct_keys),
            Known(native.num_build_rows),
            Known(native.num_referenced_rows),
            isStreamed ? Known(native.num_sampled_rows_in) : null,
            isStreamed ? Known(native.num_sampled_rows_out) : null);
    }

    /// <summary>Releases the query. A run whose result nobody holds is cancelled.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>Cancels the run of a query that may be closed already.</summary>
    internal static void Cancel(QueryHandle handle)
    {
        try
        {
            using var lease = new HandleLease(handle);
            inferf_error error = default;
            NativeCall.Check(NativeMethods.inferf_query_cancel((inferf_query*)lease.Pointer, &error), in error);
        }
        catch (ObjectDisposedException)
        {
            // A closed query has no run.
        }
    }

    /// <summary>The first failure of the run, or null.</summary>
    internal static Exception? ReadFailure(QueryHandle handle, CancellationToken cancellationToken)
    {
        using var lease = new HandleLease(handle);
        inferf_error failure = default;
        int code = NativeMethods.inferf_query_failure((inferf_query*)lease.Pointer, &failure);
        return code == NativeMethods.INFERF_OK ? null : NativeCall.ToException(code, NativeCall.MessageOf(in failure), cancellationToken);
    }
}
