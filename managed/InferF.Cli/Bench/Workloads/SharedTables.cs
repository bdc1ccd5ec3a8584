using Apache.Arrow;
using InferF.Cli.Bench.Data;

namespace InferF.Cli.Bench.Workloads;

/// <summary>Tables of real data sets, read into memory as a model gets them.</summary>
internal static class SharedTables
{
    /// <summary>Reads a table.</summary>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="table">Keys and features.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static async Task<IReadOnlyList<RecordBatch>> ReadAsync(string folder, SharedTable table, CancellationToken cancellation)
    {
        const string file = "the file";
        await using InferSession session = InferSession.Open();
        session.Tables.Add(file, Source.File(Path.Combine(folder, table.File)));
        List<RecordBatch> batches = [];
        await foreach (RecordBatch batch in session.Sql(table.Sql(file)).ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            batches.Add(batch);
        }
        return batches;
    }

    /// <summary>Numbers the first rows of a table, and leaves out the others.</summary>
    /// <param name="batches">The table.</param>
    /// <param name="most">Rows to keep.</param>
    public static IReadOnlyList<RecordBatch> Numbered(IReadOnlyList<RecordBatch> batches, int most)
    {
        List<RecordBatch> numbered = [];
        int from = 0;
        foreach (RecordBatch batch in batches)
        {
            int count = Math.Min(batch.Length, most - from);
            if (count <= 0)
            {
                break;
            }
            RecordBatch kept = count == batch.Length ? batch : batch.Slice(0, count);
            Int32Array ids = (Int32Array)ComputedKey.RowNumber().Make(Random.Shared, from, count);
            Schema.Builder schema = new();
            schema.Field(new Field("id", ids.Data.DataType, false));
            foreach (Field field in kept.Schema.FieldsList)
            {
                schema.Field(field);
            }
            numbered.Add(new RecordBatch(schema.Build(), kept.Arrays.Prepend(ids), count));
            from += count;
        }
        return numbered;
    }
}
