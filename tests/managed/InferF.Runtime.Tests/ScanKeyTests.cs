using Apache.Arrow;
using DuckDB.NET.Data;
using InferF.Plan;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;

namespace InferF.Runtime.Tests;

/// <summary>When two scans have the same name, and when none.</summary>
public sealed class ScanKeyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("inferf-keys-").FullName;
    private readonly DuckDbDatabase _database = new();
    private int _age = 1000;

    private static TableScan Plain => Scans.Plain("t", "a", "b");

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("csv")]
    [InlineData("json")]
    public void AScanOfAnUnchangedFileKeepsItsKey(string format)
    {
        TableSource table = Add(format, Write($"t.{format}", "range AS a, range + 1 AS b FROM range(5)"));
        byte[]? first = ReadKey(table, Plain);
        Assert.NotNull(first);
        Assert.Equal(first, ReadKey(table, Plain));
        Assert.NotEqual(first, ReadKey(table, Scans.Plain("t", "b", "a")));
        Assert.NotEqual(first, ReadKey(table, Scans.Of("t", "\"a\" > 1", ("a", "\"a\""), ("b", "\"b\""))));
        Assert.NotEqual(first, ReadKey(table, Scans.Of("t", null, ("a", "\"a\" * 2"), ("b", "\"b\""))));
        Assert.Equal(first, ReadKey(table, Plain));
    }

    [Fact]
    public void AnotherContentIsAnotherKey()
    {
        string path = Write("t.csv", "range AS a, range + 1 AS b FROM range(5)");
        TableSource table = Add("csv", path);
        byte[]? first = ReadKey(table, Plain);
        Write("t.csv", "range + 1 AS a, range + 2 AS b FROM range(5)");
        byte[]? second = ReadKey(table, Plain);
        Assert.NotNull(second);
        Assert.NotEqual(first, second);
        Assert.Equal(second, ReadKey(table, Plain));
    }

    [Fact]
    public void ANewFileOfAPatternIsAnotherKey()
    {
        Write("part1.parquet", "1 AS a, 2 AS b");
        TableSource table = _database.AddParquet("t", Path.Combine(_directory, "part*.parquet"));
        byte[]? first = ReadKey(table, Plain);
        Assert.NotNull(first);
        Assert.Equal(first, ReadKey(table, Plain));
        Write("part2.parquet", "3 AS a, 4 AS b");
        Assert.NotEqual(first, ReadKey(table, Plain));
    }

    [Fact]
    public void WhatHasNotBeenReadToItsEndIsNotTrusted()
    {
        TableSource table = Add("csv", Write("t.csv", "range AS a, range + 1 AS b FROM range(5)"));
        table.OpenScan(Plain, out byte[]? unread).Dispose();
        Assert.NotNull(unread);
        Assert.NotEqual(unread, ReadKey(table, Plain));
    }

    [Fact]
    public void AFileThatChangesWhileItIsReadLosesItsKeyForGood()
    {
        string path = Write("t.csv", "range AS a, range + 1 AS b FROM range(5)");
        string old = Path.Combine(_directory, "old.csv");
        File.Copy(path, old);
        DateTime time = File.GetLastWriteTimeUtc(path);
        TableSource table = Add("csv", path);
        byte[]? first = ReadKey(table, Plain);
        using (NativeArrowStream rows = table.OpenScan(Plain, out byte[]? again))
        {
            Assert.Equal(first, again);
            Write("t.csv", "range + 1 AS a, range + 2 AS b FROM range(5)");
            Assert.Equal(1L, Convert.ToInt64(Rows.ReadAll(rows)[0][0]));
        }
        // The old file comes back, but what was made of its key may be of the other one.
        File.Copy(old, path, overwrite: true);
        File.SetLastWriteTimeUtc(path, time);
        byte[]? afterwards = ReadKey(table, Plain);
        Assert.NotNull(afterwards);
        Assert.NotEqual(first, afterwards);
    }

    [Fact]
    public void AFileThatWasJustWrittenHasNoKey()
    {
        string path = Write("t.csv", "1 AS a, 2 AS b");
        TableSource table = Add("csv", path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        Assert.Null(ReadKey(table, Plain));
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(1));
        Assert.Null(ReadKey(table, Plain));
    }

    [Fact]
    public void ALinkIsAsOldAsItsTarget()
    {
        string path = Write("t.csv", "1 AS a, 2 AS b");
        string link = Path.Combine(_directory, "link.csv");
        File.CreateSymbolicLink(link, path);
        TableSource table = Add("csv", link);
        byte[]? first = ReadKey(table, Plain);
        Assert.NotNull(first);
        Write("t.csv", "3 AS a, 4 AS b");
        Assert.NotEqual(first, ReadKey(table, Plain));
    }

    [Theory]
    [InlineData("\"a\" > random()")]
    [InlineData("\"a\" < epoch_ms(now()::TIMESTAMP)")]
    [InlineData("CURRENT_DATE > DATE '2020-01-01'")]
    public void AFilterThatIsNotTheSameEveryTimeHasNoKey(string filter)
    {
        TableSource table = Add("csv", Write("t.csv", "1 AS a, 2 AS b"));
        Assert.Null(ReadKey(table, Scans.Of("t", filter, ("a", "\"a\""))));
        Assert.NotNull(ReadKey(table, Scans.Of("t", "abs(\"a\") > 0 AND lower('x') = 'x'", ("a", "\"a\""))));
    }

    [Fact]
    public void AKnownScanIsOpenedWhenItIsRead()
    {
        string path = Write("t.parquet", "1 AS a, 2 AS b");
        TableSource table = Add("parquet", path);
        ReadKey(table, Plain);
        NativeArrowStream unread = table.OpenScan(Plain, out byte[]? key);
        Assert.NotNull(key);
        Assert.Equal(["a", "b"], unread.Schema.FieldsList.Select(field => field.Name));
        Write("t.parquet", "'text' AS a, 2 AS b");
        InferFException error = Assert.Throws<InferFException>(() => Rows.ReadAll(unread));
        Assert.Equal(InferFErrorCode.Source, error.Code);
        unread.Dispose();
    }

    [Fact]
    public void BatchesHaveAKeyOfTheirRegistration()
    {
        _database.AddArrow("t", Batch().Schema, [Batch()]);
        byte[]? first = ReadKey(_database.FindTable("t")!, Plain);
        Assert.NotNull(first);
        Assert.Equal(first, ReadKey(_database.FindTable("t")!, Plain));
        byte[]? filtered = ReadKey(_database.FindTable("t")!, Scans.Of("t", "\"a\" > 1", ("a", "\"a\"")));
        Assert.Equal(filtered, ReadKey(_database.FindTable("t")!, Scans.Of("t", "\"a\" > 1", ("a", "\"a\""))));
        _database.Remove("t");
        _database.AddArrow("t", Batch().Schema, [Batch()]);
        Assert.NotEqual(first, ReadKey(_database.FindTable("t")!, Plain));
    }

    [Fact]
    public void TablesOfDuckDbFilesHaveKeysAndViewsHaveNone()
    {
        string path = Path.Combine(_directory, "data.duckdb");
        using (DuckDBConnection connection = new($"Data Source={path}"))
        {
            connection.Open();
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = "CREATE TABLE t AS SELECT 1 AS a, 2 AS b; CREATE VIEW v AS SELECT * FROM t";
            command.ExecuteNonQuery();
        }
        Age(path);
        TableSource table = _database.AddDuckDbTable("t", path);
        byte[]? first = ReadKey(table, Plain);
        Assert.NotNull(first);
        Assert.Equal(first, ReadKey(table, Plain));
        Assert.Null(ReadKey(_database.AddDuckDbTable("v", path), Plain));
        Assert.Null(ReadKey(_database.AddQuery("q", "SELECT * FROM t"), Plain));
        Assert.Null(ReadKey(_database.AddSnapshot("s", "SELECT * FROM t"), Plain));
    }

    private static RecordBatch Batch() =>
        Rows.Batch(("a", new Int32Array.Builder().Append(1).Append(2).Build()), ("b", new Int32Array.Builder().Append(3).Append(4).Build()));

    private static byte[]? ReadKey(TableSource table, TableScan scan)
    {
        using NativeArrowStream rows = table.OpenScan(scan, out byte[]? key);
        Rows.ReadAll(rows);
        return key;
    }

    private TableSource Add(string format, string path) => format switch
    {
        "parquet" => _database.AddParquet("t", path),
        "csv" => _database.AddCsv("t", path),
        _ => _database.AddJson("t", path),
    };

    private string Write(string file, string select)
    {
        string path = Path.Combine(_directory, file);
        _database.Execute($"COPY (SELECT {select}) TO {SqlText.Literal(path)}", "The test's file cannot be written.");
        Age(path);
        return path;
    }

    // No two writes of a test get the same time, whatever the file system's steps are.
    private void Age(string path) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-_age--));
}
