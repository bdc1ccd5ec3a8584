namespace InferF.Optimizer.Reporting;

/// <summary>What an <see cref="ActualCounter"/> counts.</summary>
public enum ActualKind
{
    /// <summary>A relational node; the identifier is an index into <c>Fragment.Nodes</c>.</summary>
    Node,

    /// <summary>A model value; the identifier is an index into <c>Fragment.Values</c>.</summary>
    Value,

    /// <summary>A relational node whose rows came from the cache; <see cref="ActualCounter.Bytes"/> tells how much, counted at the top node of a build side.</summary>
    CachedRows,

    /// <summary>A relational node whose stored values came from the cache.</summary>
    CachedValues,

    /// <summary>
    /// A relational node some of whose values were computed once per tuple of build rows: <see cref="ActualCounter.Rows"/> times for <see cref="ActualCounter.RowsIn"/> rows.
    /// </summary>
    Tuples,
}

/// <summary>What one node or value of a plan really did in a run, beside the estimates.</summary>
/// <param name="Kind">Node or value.</param>
/// <param name="Id">Index of it.</param>
/// <param name="Rows">Rows yielded (node) or computed (value).</param>
/// <param name="Milliseconds">Time, summed over threads.</param>
/// <param name="Bytes">Bytes moved.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="RowsIn">Rows read.</param>
public readonly record struct ActualCounter(ActualKind Kind, int Id, long Rows, double Milliseconds, long Bytes, long Flops, long RowsIn = 0);
