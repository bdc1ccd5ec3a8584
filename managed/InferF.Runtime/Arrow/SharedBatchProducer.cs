using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.C;

namespace InferF.Runtime.Arrow;

/// <summary>Streams batches that are in memory, without copying. It keeps them alive until it is released, and what it has lent does so afterwards.</summary>
internal sealed unsafe class SharedBatchProducer : StreamProducer
{
    private readonly Schema _schema;
    private readonly ImmutableArray<int> _columns;
    private readonly SharedBatchSet _set;
    private readonly bool _withRows;
    private int _next;

    /// <summary>Creates the stream.</summary>
    /// <param name="schema">Schema of the columns taken.</param>
    /// <param name="columns">Indices of the columns taken.</param>
    /// <param name="set">The batches, which must be alive during this call.</param>
    /// <param name="withRows">False to stream none of them.</param>
    public SharedBatchProducer(Schema schema, ImmutableArray<int> columns, SharedBatchSet set, bool withRows)
    {
        (_schema, _columns, _set, _withRows) = (schema, columns, set, withRows);
        set.AddReference();
    }

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* target) => CArrowSchemaExporter.ExportSchema(_schema, (CArrowSchema*)target);

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        if (_withRows && _next < _set.Batches.Length)
        {
            _set.Batches[_next++].Lend(_columns.AsSpan(), array);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _set.Release();
        base.Dispose();
    }
}
