using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Testing;
using InferF.Tests.Results;

namespace InferF.Tests;

/// <summary>Where tables and models come from, and what is said when they do not.</summary>
public sealed class SourceTests
{
    [Theory]
    [InlineData("parquet")]
    [InlineData("csv")]
    [InlineData("csv.gz")]
    [InlineData("tsv")]
    [InlineData("json")]
    public async Task FilesAreReadByTheirExtension(string format)
    {
        await using TestScene scene = new();
        await scene.ModelAsync("m", OnnxModels.Linear(2, 1));
        string path = scene.PathOf($"t.{format}");
        await WriteAsync($"COPY (SELECT i AS k, i * 0.5 AS x FROM range(5) t(i)) TO '{path}'{(format == "tsv" ? " (DELIMITER '\t')" : "")}");
        scene.Session.Tables.Add("t", Source.File(path));
        await scene.TableAsync("u", "SELECT i AS k, 1.5::FLOAT AS y FROM range(3) t(i)");
        Assert.Equal(3, await scene.VerifyAsync("SELECT predict('m', [x, y]) AS p FROM t JOIN u USING (k)"));
    }

    [Fact]
    public async Task ArrowFilesAreReadWhole()
    {
        await using TestScene scene = new();
        (Schema schema, List<RecordBatch> batches) = await Batches.QueryAsync("SELECT i AS k, i * 0.5 AS x FROM range(5000) t(i)");
        await using (FileStream stream = File.Create(scene.PathOf("t.arrow")))
        {
            using ArrowFileWriter writer = new(stream, schema);
            foreach (RecordBatch batch in batches)
            {
                await writer.WriteRecordBatchAsync(batch, TestScene.Cancellation);
            }
            await writer.WriteEndAsync(TestScene.Cancellation);
        }
        scene.Session.Tables.Add("t", Source.File(scene.PathOf("t.arrow")));
        await scene.ModelAsync("m", OnnxModels.Linear(1, 1));
        Assert.Equal(5000, await scene.VerifyAsync("SELECT predict('m', [a.x]) AS p FROM t a JOIN t b USING (k)"));

        await File.WriteAllTextAsync(scene.PathOf("bad.arrow"), "ARROW1 no it is not", TestScene.Cancellation);
        AssertFails(InferFErrorCode.Source, "bad.arrow", () => scene.Session.Tables.Add("bad", Source.File(scene.PathOf("bad.arrow"))));
        AssertFails(InferFErrorCode.Source, "none.arrow", () => scene.Session.Tables.Add("none", Source.File(scene.PathOf("none.arrow"))));
    }

    [Fact]
    public async Task ArrowStreamsAreReadToTheirEnd()
    {
        await using TestScene scene = new();
        await using DuckDBConnection connection = new("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = "SELECT i AS k, i * 0.5 AS x FROM range(5000) t(i)";
        await scene.Session.Tables.AddAsync("t", Source.Arrow(command.ExecuteArrowStream()), TestScene.Cancellation);
        await scene.ModelAsync("m", OnnxModels.Linear(1, 1));
        Assert.Equal(5000, await scene.VerifyAsync("SELECT predict('m', [a.x]) AS p FROM t a JOIN t b ON a.k = b.k"));
    }

    [Fact]
    public async Task DuckDbFilesGiveOneTableOrAll()
    {
        await using TestScene scene = new();
        string path = scene.PathOf("shop.duckdb");
        await WriteAsync("CREATE TABLE orders AS SELECT i AS id, i % 3 AS customer, i * 0.5 AS total FROM range(30) t(i); CREATE VIEW customers AS SELECT i AS id, i * 0.1 AS age FROM range(3) t(i)", path);
        scene.Session.Tables.AddDatabase(path);
        Assert.Equal(["customers", "orders"], scene.Session.Tables.Names.Order(StringComparer.Ordinal));
        scene.Session.Tables.Add("o2", Source.DuckDb(path, "orders"));
        await scene.ModelAsync("m", OnnxModels.Linear(2, 1));
        Assert.Equal(30, await scene.VerifyAsync("SELECT predict('m', [o.total, c.age]) AS p FROM orders o JOIN customers c ON o.customer = c.id"));
        Assert.Equal(30, await scene.VerifyAsync("SELECT predict('m', [o.total, c.age]) AS p FROM o2 o JOIN customers c ON o.customer = c.id"));

        AssertFails(InferFErrorCode.Source, "none.duckdb", () => scene.Session.Tables.AddDatabase(scene.PathOf("none.duckdb")));
        await File.WriteAllTextAsync(scene.PathOf("bad.duckdb"), "no database", TestScene.Cancellation);
        AssertFails(InferFErrorCode.Source, "bad.duckdb", () => scene.Session.Tables.AddDatabase(scene.PathOf("bad.duckdb")));
        AssertFails(InferFErrorCode.UnknownName, "invoices", () => scene.Session.Tables.Add("x", Source.DuckDb(path, "invoices")));
        AssertFails(InferFErrorCode.InvalidArgument, "'customers'", () => scene.Session.Tables.AddDatabase(path));
    }

    [Fact]
    public async Task OtherDatabasesAreReadThroughAdoNet()
    {
        await using TestScene scene = new();
        string path = scene.PathOf("other.duckdb");
        await WriteAsync("CREATE TABLE t AS SELECT i AS k, i * 0.5 AS x, 'v' || i AS s FROM range(100) t(i)", path);
        await using System.Data.Common.DbDataSource source = DuckDBClientFactory.Instance.CreateDataSource($"Data Source={path}");
        await scene.Session.Tables.AddAsync("t", Source.Database(source, "SELECT k, x, s FROM t WHERE k < 50"), TestScene.Cancellation);
        await scene.ModelAsync("m", OnnxModels.Linear(1, 1));
        Assert.Equal(50, await scene.VerifyAsync("SELECT a.s, predict('m', [a.x]) AS p FROM t a JOIN t b ON a.k = b.k"));
        await AssertFailsAsync(InferFErrorCode.Source, "'u'", () => scene.Session.Tables.AddAsync("u", Source.Database(source, "SELECT * FROM nowhere"), TestScene.Cancellation));
    }

    [Fact]
    public async Task MistakesNameTheNearest()
    {
        await using TestScene scene = new();
        await scene.TableAsync("flights", "SELECT 1 AS k, 2.0::FLOAT AS distance");
        await scene.ModelAsync("delay", OnnxModels.Linear(1, 1));
        AssertFails(InferFErrorCode.UnknownName, "'flights'", () => scene.Session.Sql("SELECT predict('delay', [distance]) AS p FROM flihgts"));
        AssertFails(InferFErrorCode.UnknownName, "'delay'", () => scene.Session.Sql("SELECT predict('dealy', [distance]) AS p FROM flights"));
        AssertFails(InferFErrorCode.UnknownName, "'distance'", () => scene.Session.Sql("SELECT predict('delay', [distanse]) AS p FROM flights"));
        AssertFails(InferFErrorCode.InvalidArgument, "Did you mean '.parquet'?", () => Source.File("t.parqet"));
        AssertFails(InferFErrorCode.InvalidArgument, "'FLIGHTS'", () => scene.Session.Tables.Add("FLIGHTS", Source.Arrow([new RecordBatch(new Schema([], null), [], 0)])));
        AssertFails(InferFErrorCode.InvalidArgument, "name", () => scene.Session.Tables.Add(" ", Source.Arrow([new RecordBatch(new Schema([], null), [], 0)])));
        AssertFails(InferFErrorCode.InvalidArgument, "at least one batch", () => Source.Arrow([]));
        AssertFails(InferFErrorCode.Source, "missing.csv", () => scene.Session.Tables.Add("t", Source.Csv(scene.PathOf("missing.csv"))));
        await AssertFailsAsync(InferFErrorCode.Source, "missing.onnx", () => scene.Session.Models.LoadAsync("x", scene.PathOf("missing.onnx"), TestScene.Cancellation));
        await AssertFailsAsync(InferFErrorCode.InvalidArgument, "name", () => scene.Session.Models.LoadAsync("", scene.PathOf("delay.onnx"), TestScene.Cancellation));
        await File.WriteAllTextAsync(scene.PathOf("bad.onnx"), "no protobuf", TestScene.Cancellation);
        await AssertFailsAsync(InferFErrorCode.InvalidModel, "bad.onnx", () => scene.Session.Models.LoadAsync("x", scene.PathOf("bad.onnx"), TestScene.Cancellation));
    }

    [Fact]
    public async Task TablesAndModelsAreReplacedByName()
    {
        await using TestScene scene = new();
        await scene.TableAsync("t", "SELECT 1 AS k, 2.0::FLOAT AS x");
        await scene.ModelAsync("m", OnnxModels.Linear(1, 1));
        InferQuery query = scene.Session.Sql("SELECT predict('m', [a.x]) AS p FROM t a JOIN t b USING (k)");
        Assert.NotNull(scene.Session.Models.Find("M"));
        Assert.Equal(["k", "x"], scene.Session.Tables.Describe("T")!.Columns.Select(c => c.Name));
        Assert.Null(scene.Session.Tables.Describe("nothing"));

        await scene.ModelAsync("m", OnnxModels.Linear(1, 2));
        await AssertFailsAsync(InferFErrorCode.UnknownName, "replaced", () => query.VerifyAsync(cancellation: TestScene.Cancellation));
        Assert.True(scene.Session.Tables.Remove("t"));
        Assert.False(scene.Session.Tables.Remove("t"));
        AssertFails(InferFErrorCode.UnknownName, "removed", () => query.ExecuteArrowStream(TestScene.Cancellation));
    }

    [Fact]
    public async Task AFailedAddLeavesTheNameFree()
    {
        await using TestScene scene = new();
        await File.WriteAllTextAsync(scene.PathOf("bad.parquet"), "PAR1", TestScene.Cancellation);
        AssertFails(InferFErrorCode.Source, "bad.parquet", () => scene.Session.Tables.Add("t", Source.File(scene.PathOf("bad.parquet"))));
        await scene.TableAsync("t", "SELECT 1 AS k");
        Assert.Equal(["t"], scene.Session.Tables.Names);
    }

    private static async Task WriteAsync(string sql, string database = ":memory:")
    {
        await using DuckDBConnection connection = new($"Data Source={database}");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static void AssertFails(InferFErrorCode code, string text, Action action)
    {
        InferFException error = Assert.Throws<InferFException>(action);
        Assert.Equal(code, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }

    private static async Task AssertFailsAsync(InferFErrorCode code, string text, Func<Task> action)
    {
        InferFException error = await Assert.ThrowsAsync<InferFException>(action);
        Assert.Equal(code, error.Code);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }
}
