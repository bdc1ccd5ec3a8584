using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Tests.Results;

namespace InferF.Tests;

/// <summary>A session with tables from DuckDB's SQL and models from bytes, in a folder of its own.</summary>
internal sealed class TestScene : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("inferf-tests-");

    public TestScene(InferOptions? options = null) => Session = InferSession.Open(options ?? new InferOptions { Threads = 2 });

    public InferSession Session { get; }

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string PathOf(string file) => Path.Combine(_directory.FullName, file);

    /// <summary>Adds the rows of a DuckDB query as Arrow batches, or as a file of another format.</summary>
    public async Task<TestScene> TableAsync(string name, string sql, string format = "arrow")
    {
        if (format == "arrow")
        {
            (Schema schema, List<RecordBatch> batches) = await Batches.QueryAsync(sql);
            await Session.Tables.AddAsync(name, Source.Arrow(batches.Count > 0 ? batches : [Empty(schema)]), Cancellation);
            return this;
        }
        await using DuckDBConnection connection = new("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY ({sql}) TO '{PathOf($"{name}.{format}")}'";
        command.ExecuteNonQuery();
        await Session.Tables.AddAsync(name, Source.File(PathOf($"{name}.{format}")), Cancellation);
        return this;
    }

    public async Task<Model> ModelAsync(string name, byte[] bytes)
    {
        await File.WriteAllBytesAsync(PathOf($"{name}.onnx"), bytes, Cancellation);
        return await Session.Models.LoadAsync(name, PathOf($"{name}.onnx"), Cancellation);
    }

    /// <summary>The result as text, a line per row.</summary>
    public async Task<string> TextAsync(string sql, QueryOptions? options = null)
    {
        List<string> lines = [];
        await foreach (RecordBatch batch in Session.Sql(sql, options).ExecuteArrowBatchesAsync(cancellation: Cancellation))
        {
            using (batch)
            {
                if (batch.Length > 0)
                {
                    lines.Add(Batches.Text([batch]));
                }
            }
        }
        return string.Join("\n", lines);
    }

    /// <summary>Compares the query with the reference under every planner.</summary>
    /// <returns>Rows compared.</returns>
    public async Task<long> VerifyAsync(string sql, QueryOptions? options = null)
    {
        long rows = 0;
        // Exhaustive search refuses large queries; it has tests of its own.
        foreach (Planner planner in Enum.GetValues<Planner>().Where(planner => planner != Planner.Exhaustive))
        {
            ParityReport report = await Session.Sql(sql, (options ?? new QueryOptions()) with { Planner = planner }).VerifyAsync(cancellation: Cancellation);
            Assert.True(report.Ok, $"{planner}: {report.ToText()}\n{sql}");
            rows = report.Rows;
        }
        AssertNothingIsHeld();
        return rows;
    }

    /// <summary>Checks that the engine holds no memory but that of the cache.</summary>
    public void AssertNothingIsHeld()
    {
        Session.ClearCache();
        Assert.Equal(0, Session.MemoryUsage.BytesInUse);
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static RecordBatch Empty(Schema schema) =>
        new(schema, schema.FieldsList.Select(f => ArrowArrayFactory.BuildArray(new ArrayData(f.DataType, 0, 0, 0, [ArrowBuffer.Empty, ArrowBuffer.Empty, ArrowBuffer.Empty]))), 0);
}
