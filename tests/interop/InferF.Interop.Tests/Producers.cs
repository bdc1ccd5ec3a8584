using Apache.Arrow;
using Apache.Arrow.C;
using InferF.Runtime.Arrow;

namespace InferF.Interop.Tests;

/// <summary>Streams for tests: batches that are made as they are read.</summary>
internal sealed unsafe class Producers : StreamProducer
{
    private static int s_live;

    private readonly Schema _schema;
    private readonly Func<int, RecordBatch?> _next;
    private int _count;

    private Producers(Schema schema, Func<int, RecordBatch?> next) => (_schema, _next) = (schema, next);


    /// <summary>Streams whose release has not been called yet, over all tests of the process.</summary>
    public static int Live => s_live;

    /// <summary>A stream of batches; <paramref name="next"/> gets the number of the batch and returns null at the end.</summary>
    public static NativeArrowStream Stream(Schema schema, Func<int, RecordBatch?> next)
    {
        Interlocked.Increment(ref s_live);
        return NativeArrowStream.Produce(new Producers(schema, next));
    }

    /// <summary>One batch of facts(k, x) or dims(k, y).</summary>
    public static RecordBatch Batch(string value, int rows, Func<int, int> key, Func<int, float?> number)
    {
        var keys = new Int32Array.Builder();
        var numbers = new FloatArray.Builder();
        for (int i = 0; i < rows; i++)
        {
            keys.Append(key(i));
            _ = number(i) is float present ? numbers.Append(present) : numbers.AppendNull();
        }
        return Batch(("k", keys.Build()), (value, numbers.Build()));
    }

    /// <summary>A batch of the columns given.</summary>
    public static RecordBatch Batch(params (string Name, IArrowArray Array)[] columns) =>
        new(new Schema([.. columns.Select(column => new Field(column.Name, column.Array.Data.DataType, true))], null), columns.Select(column => column.Array), columns[0].Array.Length);

    /// <summary>A stream of one batch.</summary>
    public static NativeArrowStream Once(RecordBatch batch) => Stream(batch.Schema, i => i == 0 ? batch : null);

    /// <inheritdoc/>
    public override void Dispose()
    {
        Interlocked.Decrement(ref s_live);
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void ReadSchema(ArrowSchema* schema) => CArrowSchemaExporter.ExportSchema(_schema, (CArrowSchema*)schema);

    /// <inheritdoc/>
    protected override void ReadNext(ArrowArray* array)
    {
        if (_next(_count++) is { } batch)
        {
            CArrowArrayExporter.ExportRecordBatch(batch, (CArrowArray*)array);
        }
    }
}
