namespace InferF.Runtime;

/// <summary>Which list of the plan a counter's index refers to.</summary>
public enum CounterKind
{
    /// <summary><c>PlanFragment.Nodes</c>.</summary>
    Node,
    /// <summary><c>PlanFragment.Values</c>.</summary>
    Value,
    /// <summary><c>PlanFragment.Nodes</c>: rows of the node, and at the top of a build side the index over its keys, that came from the cache.</summary>
    CachedRows,
    /// <summary><c>PlanFragment.Nodes</c>: values stored at the node that came from the cache.</summary>
    CachedValues,
    /// <summary>
    /// <c>PlanFragment.Nodes</c>: values that were computed once per tuple of build rows. <see cref="OperatorCounter.RowsIn"/> are rows whose tuple was looked up,
    /// <see cref="OperatorCounter.RowsOut"/> those for which values were computed, <see cref="OperatorCounter.Bytes"/> what was held.
    /// </summary>
    Tuples,
}

/// <summary>What one operator of a finished run did.</summary>
/// <param name="Kind">Relational node or model value.</param>
/// <param name="Id">Index into the list that <paramref name="Kind"/> names.</param>
/// <param name="RowsIn">Rows read.</param>
/// <param name="RowsOut">Rows produced.</param>
/// <param name="Nanoseconds">Time, summed over threads.</param>
/// <param name="Bytes">Accumulators, ids and payload read and written.</param>
/// <param name="Flops">Floating-point operations; a fused multiply-add counts two.</param>
public readonly record struct OperatorCounter(CounterKind Kind, int Id, long RowsIn, long RowsOut, long Nanoseconds, long Bytes, long Flops);

/// <summary>Where a run is.</summary>
public enum QueryPhase
{
    /// <summary>Not started.</summary>
    NotStarted,
    /// <summary>Hash tables and partial results of the build sides are made.</summary>
    Build,
    /// <summary>The rows of the streamed table pass through.</summary>
    Probe,
    /// <summary>Over.</summary>
    Finished,
}

/// <summary>How far a run is.</summary>
/// <param name="Phase">Where it is.</param>
/// <param name="SourceRows">Rows of the streamed table consumed so far.</param>
/// <param name="OutputRows">Rows produced so far.</param>
/// <param name="SpilledBytes">Bytes written to disk because build sides exceed the memory limit.</param>
/// <param name="EngineTime">Time that callers have spent in the engine so far, building, executing and waiting for batches: the rest of a run's time is spent in C#.</param>
public readonly record struct QueryProgress(QueryPhase Phase, long SourceRows, long OutputRows, long SpilledBytes = 0, TimeSpan EngineTime = default);
