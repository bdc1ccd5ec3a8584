using System.IO.Compression;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;

namespace InferF.Runtime.Tests;

/// <summary>Tables read from files through DuckDB.</summary>
public sealed class FileSourceTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("inferf-sources-").FullName;
    private readonly DuckDbDatabase _database = new();

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void ParquetIsScannedWithFilterAndExpressions()
    {
        string path = Copy("SELECT range::INTEGER AS id, 'n' || range AS name, [range, 1]::FLOAT[2] AS features FROM range(5000)", "rows.parquet");
        TableSource table = _database.AddParquet("rows", path);

        CatalogTable description = table.Describe();
        Assert.Equal(["id", "name", "features"], description.Columns.Select(column => column.Name));
        Assert.Equal([ColumnKind.Integer, ColumnKind.String, ColumnKind.NumericList], description.Columns.Select(column => column.Type.Kind));
        Assert.Equal([ColumnKind.Integer, ColumnKind.Boolean], table.DescribeExpressions(["\"id\" + 1", "\"id\" > 3"]).Select(type => type.Kind));

        using NativeArrowStream rows = table.OpenScan(Scans.Of("rows", "\"id\" >= 4997", ("id", "\"id\""), ("twice", "\"id\" * 2"), ("features", "\"features\"")));
        List<object?[]> read = Rows.ReadAll(rows);
        Assert.Equal(3, read.Count);
        Assert.Equal([4997, 4998, 4999], read.Select(row => (int)row[0]!).Order());
        Assert.All(read, row => Assert.Equal(2 * (int)row[0]!, Convert.ToInt32(row[1])));
        Assert.All(read, row => Assert.Equal(new float[] { (int)row[0]!, 1 }, (float[])row[2]!));
    }

    [Fact]
    public void CompressedCsvHasNullsWhereOptionsSaySo()
    {
        string path = Path.Combine(_directory, "rows.csv.gz");
        using (var writer = new StreamWriter(new GZipStream(File.Create(path), CompressionLevel.Fastest)))
        {
            writer.Write("id,score\n1,0.5\n2,NA\n3,\n");
        }
        TableSource table = _database.AddCsv("scores", path, new CsvOptions { NullTexts = ["NA", ""] });
        Assert.Equal(ColumnKind.Float64, table.Describe().Columns[1].Type.Kind);
        using NativeArrowStream rows = table.OpenScan(Scans.Plain("scores", "id", "score"));
        Assert.Equal([0.5, null, null], Rows.ReadAll(rows).Select(row => row[1]));
    }

    [Fact]
    public void JsonAndDuckDbFilesAreTables()
    {
        string json = Path.Combine(_directory, "rows.json");
        File.WriteAllText(json, "{\"a\": 1, \"b\": \"x\"}\n{\"a\": 2, \"b\": null}\n");
        using NativeArrowStream fromJson = _database.AddJson("j", json).OpenScan(Scans.Plain("j", "b"));
        Assert.Equal(["x", null], Rows.ReadAll(fromJson).Select(row => row[0]));

        string file = Path.Combine(_directory, "rows.duckdb");
        using (var connection = new DuckDB.NET.Data.DuckDBConnection($"DataSource={file}"))
        {
            connection.Open();
            using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TYPE mood AS ENUM ('low', 'high'); CREATE TABLE t AS SELECT 7::INTEGER AS x, 'high'::mood AS m; CREATE TABLE u AS SELECT 8::INTEGER AS x";
            command.ExecuteNonQuery();
        }
        TableSource t = _database.AddDuckDbTable("t", file);
        Assert.Equal(ColumnKind.String, t.Describe().Columns[1].Type.Kind);
        using NativeArrowStream fromT = t.OpenScan(Scans.Plain("t", "x", "m"));
        Assert.Equal([7, "high"], Assert.Single(Rows.ReadAll(fromT)));
        using NativeArrowStream fromU = _database.AddDuckDbTable("other", file, "u").OpenScan(Scans.Plain("other", "x"));
        Assert.Equal([8], Assert.Single(Rows.ReadAll(fromU)));
    }

    [Fact]
    public void AMissingFileIsAnErrorWithTheNearestName()
    {
        File.WriteAllText(Path.Combine(_directory, "flights.csv"), "a\n1\n");
        InferFException exception = Assert.Throws<InferFException>(() => _database.AddCsv("f", Path.Combine(_directory, "flight.csv")));
        Assert.Equal(InferFErrorCode.Source, exception.Code);
        Assert.Contains("Did you mean 'flights.csv'?", exception.Message, StringComparison.Ordinal);
        Assert.Null(_database.FindTable("f"));
        Assert.Equal(InferFErrorCode.Source, Assert.Throws<InferFException>(() => _database.AddParquet("f", Path.Combine(_directory, "*.parquet"))).Code);
    }

    [Fact]
    public void BrokenFilesAreErrorsThatNameTheTable()
    {
        string broken = Path.Combine(_directory, "broken.parquet");
        File.WriteAllText(broken, "PAR1 this is no parquet file PAR1");
        InferFException parquet = Assert.Throws<InferFException>(() => _database.AddParquet("broken", broken));
        Assert.Equal(InferFErrorCode.Source, parquet.Code);
        Assert.Contains("'broken'", parquet.Message, StringComparison.Ordinal);

        string csv = Path.Combine(_directory, "late.csv");
        File.WriteAllText(csv, "a\n" + string.Concat(Enumerable.Repeat("1\n", 100_000)) + "x\n");
        TableSource table = _database.AddCsv("late", csv, new CsvOptions { SampleSize = 10 });
        using NativeArrowStream rows = OpenOrFail(table);
        InferFException late = Assert.Throws<InferFException>(() => Rows.ReadAll(rows));
        Assert.Equal(InferFErrorCode.Source, late.Code);
        Assert.Contains("late.csv", late.Message, StringComparison.Ordinal);

        static NativeArrowStream OpenOrFail(TableSource table) => table.OpenScan(Scans.Plain("late", "a"));
    }

    [Fact]
    public void WrongExpressionsAndNamesAreTypedErrors()
    {
        TableSource table = _database.AddQuery("q", "SELECT 1 AS a");
        Assert.Equal(InferFErrorCode.UnknownName, Assert.Throws<InferFException>(() => table.DescribeExpressions(["\"b\""])).Code);
        Assert.Equal(InferFErrorCode.UnknownName, Assert.Throws<InferFException>(() => table.OpenScan(Scans.Plain("q", "b"))).Code);
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => _database.AddQuery("Q", "SELECT 2")).Code);
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => _database.AddQuery(" ", "SELECT 2")).Code);
        Assert.True(_database.Remove("q"));
        Assert.False(_database.Remove("q"));
        Assert.Equal(2, Assert.Single(Rows.ReadAll(_database.AddQuery("q", "SELECT 2 AS a").OpenScan(Scans.Plain("q", "a"))))[0]);
    }

    [Fact]
    public void CancellationInterruptsAScan()
    {
        using var source = new CancellationTokenSource();
        TableSource table = _database.AddQuery("big", "SELECT a.range + b.range AS x FROM range(1000000) a, range(1000000) b");
        using NativeArrowStream rows = table.OpenScan(Scans.Of("big", "\"x\" >= 0", ("x", "\"x\"")), source.Token);
        rows.ReadNext()!.Dispose();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Rows.ReadAll(rows, CancellationToken.None));
        Assert.ThrowsAny<OperationCanceledException>(() => table.OpenScan(Scans.Plain("big", "x"), source.Token));
    }

    [Fact]
    public void AStreamIsDisposedInAnyOrder()
    {
        TableSource table = _database.AddQuery("r", "SELECT range AS x FROM range(100000)");
        NativeArrowStream rows = table.OpenScan(Scans.Plain("r", "x"));
        Apache.Arrow.RecordBatch batch = rows.ReadNext()!;
        rows.Dispose();
        rows.Dispose();
        Assert.Equal(0L, ((Apache.Arrow.Int64Array)batch.Column(0)).GetValue(0));
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => rows.ReadNext());
    }

    private string Copy(string sql, string file)
    {
        string path = Path.Combine(_directory, file);
        _database.Execute($"COPY ({sql}) TO '{path}'", "Test data cannot be written.");
        return path;
    }
}
