using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.C;

namespace InferF.Runtime.Arrow;

/// <summary>Streams batches that are in memory, without copying.</summary>
/// <param name="schema">Schema of the columns taken.</param>
/// <param name="columns">Indices of the columns taken.</param>
/// <param name="batches">The batches, which the caller keeps alive until the stream is opened; lent structs keep them alive afterwards.</param>
internal sealed unsafe class SharedBatchProducer(Schema schema, ImmutableArray<int> columns, ImmutableArray<SharedBatch> batches) : StreamProducer
{
    private int _next;

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* target) => CArrowSchemaExporter.ExportSchema(schema, (CArrowSchema*)target);

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        if (_next < batches.Length)
        {
            batches[_next++].Lend(columns.AsSpan(), array);
        }
    }
}
