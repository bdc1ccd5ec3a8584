using Apache.Arrow;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Tests;

/// <summary>Reads streams into objects.</summary>
internal static class Rows
{
    public static List<object?[]> ReadAll(NativeArrowStream stream, CancellationToken cancellationToken = default)
    {
        var rows = new List<object?[]>();
        while (stream.ReadNext(cancellationToken) is { } batch)
        {
            using (batch)
            {
                for (int row = 0; row < batch.Length; row++)
                {
                    rows.Add([.. Enumerable.Range(0, batch.ColumnCount).Select(column => ValueOf(batch.Column(column), row))]);
                }
            }
        }
        return rows;
    }

    public static RecordBatch Batch(params (string Name, IArrowArray Array)[] columns) =>
        new(new Schema([.. columns.Select(column => new Field(column.Name, column.Array.Data.DataType, true))], null), columns.Select(column => column.Array), columns[0].Array.Length);

    private static object? ValueOf(IArrowArray array, int row) => array switch
    {
        _ when array.IsNull(row) => null,
        Int32Array values => values.GetValue(row),
        Int64Array values => values.GetValue(row),
        FloatArray values => values.GetValue(row),
        DoubleArray values => values.GetValue(row),
        BooleanArray values => values.GetValue(row),
        StringArray values => values.GetString(row),
        DictionaryArray values => ((StringArray)values.Dictionary).GetString(((UInt8Array)values.Indices).GetValue(row)!.Value),
        FixedSizeListArray values => ((FloatArray)values.GetSlicedValues(row)).Values.ToArray(),
        ListArray values => ((FloatArray)values.GetSlicedValues(row)).Values.ToArray(),
        _ => throw new NotSupportedException(array.GetType().Name),
    };
}
