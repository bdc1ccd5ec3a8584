using Apache.Arrow;
using Apache.Arrow.C;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>A part of a scan whose query is not started before somebody reads it, so that few parts are open at once.</summary>
/// <param name="schema">Schema of the scan's first part.</param>
/// <param name="layout">Its formats, as <see cref="SchemaText"/> has them.</param>
/// <param name="open">Starts the query.</param>
/// <param name="context">First sentence of error messages.</param>
internal sealed unsafe class ScanPartProducer(Schema schema, string layout, Func<DuckDbResultProducer> open, string context) : StreamProducer
{
    private DuckDbResultProducer? _rows;

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* target) => CArrowSchemaExporter.ExportSchema(schema, (CArrowSchema*)target);

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        if (_rows is null)
        {
            _rows = open();
            string actual = _rows.DescribeColumns();
            if (actual != layout)
            {
                throw new InferFException(InferFErrorCode.Source, $"{context} Its columns have changed while it was read. Expected {layout}, actual {actual}.");
            }
        }
        _rows.Read(array);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _rows?.Dispose();
        base.Dispose();
    }
}
