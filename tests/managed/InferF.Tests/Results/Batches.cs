using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Results;

namespace InferF.Tests.Results;

/// <summary>Record batches as DuckDB makes them, and the text or rows that come out of a result writer.</summary>
internal static class Batches
{
    /// <summary>The rows of a DuckDB query.</summary>
    public static async Task<(Schema Schema, List<RecordBatch> Batches)> QueryAsync(string sql)
    {
        await using DuckDBConnection connection = new("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using IArrowArrayStream stream = command.ExecuteArrowStream();
        List<RecordBatch> batches = [];
        while (await stream.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken) is { } batch)
        {
            batches.Add(batch);
        }
        return (stream.Schema, batches);
    }

    /// <summary>What a writer makes of a query's rows.</summary>
    public static async Task<byte[]> WriteAsync(string format, string sql)
    {
        (Schema schema, List<RecordBatch> batches) = await QueryAsync(sql);
        using MemoryStream stream = new();
        await using (ResultWriter writer = ResultWriter.Create(format, stream, schema))
        {
            foreach (RecordBatch batch in batches)
            {
                using (batch)
                {
                    await writer.WriteAsync(batch, TestContext.Current.CancellationToken);
                }
            }
        }
        Assert.True(stream.CanWrite, "The writer closed a stream it does not own.");
        return stream.ToArray();
    }

    /// <summary>All cells as text, rows joined by newlines.</summary>
    public static string Text(IEnumerable<RecordBatch> batches) => string.Join(
        "\n", batches.SelectMany(b => Enumerable.Range(0, b.Length).Select(r => string.Join(" | ", b.Arrays.Select(a => CellReader.ReadText(a, r) ?? "NULL")))));
}
