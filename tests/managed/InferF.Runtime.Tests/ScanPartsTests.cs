using System.Collections.Immutable;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;

namespace InferF.Runtime.Tests;

/// <summary>Scans cut into parts: together they have every row once.</summary>
public sealed class ScanPartsTests : IDisposable
{
    private const int Rows = 300_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("inferf-parts-").FullName;
    private readonly DuckDbDatabase _database = new(new DuckDbOptions { Threads = 2 });

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void EveryRowMeetsOneCondition(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 10; round++)
        {
            // Layouts of up to twelve files; sizes around what decides whether something is cut.
            FileRows[] files = [.. Enumerable.Range(0, random.Next(1, 12)).Select(file =>
                new FileRows($"/data/it's {file}.parquet", [.. Enumerable.Range(0, random.Next(0, 9)).Select(_ => (long)random.Next(0, 300_000))]))];
            int threads = random.Next(1, 9);
            ImmutableArray<string> ofFiles = ScanCuts.OfFiles("f", "n", files, threads);
            ImmutableArray<string> ofRows = ScanCuts.OfRows("n", files[0].Groups, threads);
            Assert.InRange(ofRows.Length, 0, 4 * threads);
            Assert.InRange(ofFiles.Length, 0, (5 * threads) + files.Length);

            // Rows at all bounds, rows beyond what was known of the files, and a file that nobody has heard of.
            long[] numbers = [.. files.SelectMany(file => Bounds(file.Groups)).SelectMany(bound => new[] { bound - 1, bound, bound + 1 }).Append(long.MaxValue).Where(number => number >= 0).Distinct()];
            string rows = $"(SELECT unnest([{string.Join(", ", files.Select(file => SqlText.Literal(file.Path)).Append("'/data/new'"))}]) AS f), (SELECT unnest([{string.Join(", ", numbers)}]) AS n)";
            foreach (ImmutableArray<string> conditions in new[] { ofFiles, ofRows }.Where(conditions => conditions.Length > 0))
            {
                string met = string.Join(" + ", conditions.Select(condition => $"({condition})::INTEGER"));
                Assert.Equal([1, 1], _database.ReadRows($"SELECT min({met}), max({met}) FROM {rows}", "test")[0].Select(Convert.ToInt32));
            }
        }
    }

    [Theory]
    [InlineData(1, null, 1)]
    [InlineData(2, null, 2)]
    [InlineData(8, null, 2)]
    [InlineData(2, "\"id\" % 7 = 3 OR \"id\" < 10", 2)]
    [InlineData(2, "\"id\" < 0", 2)]
    public void AParquetFileIsCutAtItsRowGroups(int threads, string? filter, int parts)
    {
        TableSource table = _database.AddParquet("t", Copy(Rows, 0, "t.parquet", "ROW_GROUP_SIZE 20480"));
        Check(table, filter, threads, expectedParts: parts);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("\"id\" % 1000 = 1")]
    public void FilesOfAPatternAreCutOrPutTogether(string? filter)
    {
        Copy(400_000, 0, "a-large.parquet", "ROW_GROUP_SIZE 20480");
        Copy(0, 400_000, "b-empty.parquet", "ROW_GROUP_SIZE 20480");
        for (int i = 0; i < 6; i++)
        {
            Copy(30_000, 400_000 + (i * 30_000), $"c-{i}.parquet", "ROW_GROUP_SIZE 20480");
        }
        Copy(1, 580_000, "d-one's.parquet", "ROW_GROUP_SIZE 20480");
        TableSource table = _database.AddParquet("t", Path.Combine(_directory, "*.parquet"));
        Check(table, filter, 2, expectedParts: null);
    }

    [Fact]
    public void SmallTablesTextAndViewsAreOnePart()
    {
        Assert.Equal(1, CountParts(_database.AddParquet("small", Copy(5000, 0, "small.parquet", "ROW_GROUP_SIZE 2048"))));
        Assert.Equal(1, CountParts(_database.AddParquet("one", Copy(Rows, 0, "one.parquet", "ROW_GROUP_SIZE 1000000"))));
        string csv = Copy(Rows, 0, "rows.csv", "FORMAT csv");
        Assert.Equal(1, CountParts(_database.AddCsv("csv", csv)));
        Assert.Equal(1, CountParts(_database.AddQuery("query", $"SELECT range AS id FROM range({Rows})")));
    }

    [Fact]
    public void ColumnsWithTheNamesOfRowNumbersKeepAFileWhole()
    {
        string path = Path.Combine(_directory, "named.parquet");
        _database.Execute($"COPY (SELECT range AS id, random() AS file_row_number FROM range({Rows})) TO '{path}' (ROW_GROUP_SIZE 20480)", "test");
        Check(_database.AddParquet("named", path), null, 2, expectedParts: 1);
    }

    [Fact]
    public void TablesOfDuckDbAreCutByRowNumber()
    {
        string file = Path.Combine(_directory, "data.duckdb");
        using (var connection = new DuckDB.NET.Data.DuckDBConnection($"Data Source={file}"))
        {
            connection.Open();
            DuckDbDatabase.Execute(connection, $"CREATE TABLE t AS SELECT range AS id FROM range({2 * Rows}); DELETE FROM t WHERE id % 3 = 0; CREATE VIEW v AS SELECT * FROM t", "test");
        }
        Check(_database.AddDuckDbTable("t", file), "\"id\" % 2 = 0", 2, expectedParts: null);
        Check(_database.AddDuckDbTable("v", file), null, 2, expectedParts: 1);
        Check(_database.AddSnapshot("copy", $"SELECT range AS id FROM range({Rows})"), null, 2, expectedParts: 2);
    }

    [Fact]
    public void AFileThatIsReplacedBetweenTwoPartsIsAnError()
    {
        string path = Copy(Rows, 0, "t.parquet", "ROW_GROUP_SIZE 20480");
        TableSource table = _database.AddParquet("t", path);
        ImmutableArray<NativeArrowStream> parts = table.OpenParts(Scans.Plain("t", "id"), 2, TestContext.Current.CancellationToken);
        Assert.True(parts.Length > 1);
        File.Move(Copy(Rows + 5, 7, "other.tmp", "FORMAT parquet, ROW_GROUP_SIZE 20480"), path, overwrite: true);
        InferFException failure = Assert.Throws<InferFException>(() => parts.ToList().ForEach(part => Runtime.Tests.Rows.ReadAll(part)));
        Assert.Equal(InferFErrorCode.Source, failure.Code);
        Assert.Contains("t.parquet", failure.Message, StringComparison.Ordinal);
        Dispose(parts);

        // The next scan reads the new file, all of it.
        List<long> ids = ReadIds(table, null, 2, out int count);
        Assert.True(count > 1);
        Assert.Equal(Enumerable.Range(7, Rows + 5).Select(id => (long)id), ids.Order());
    }

    [Fact]
    public void AFileWhoseColumnsHaveChangedIsAnError()
    {
        string path = Copy(Rows, 0, "t.parquet", "ROW_GROUP_SIZE 20480");
        TableSource table = _database.AddParquet("t", path);
        string other = Path.Combine(_directory, "other.tmp");
        _database.Execute($"COPY (SELECT range::VARCHAR AS id, random() AS x FROM range({Rows})) TO '{other}' (FORMAT parquet, ROW_GROUP_SIZE 20480)", "test");
        File.Move(other, path, overwrite: true);
        Assert.Throws<InferFException>(() => ReadIds(table, null, 2, out _));
        Assert.Throws<InferFException>(() => ReadIds(table, null, 2, out _));
    }

    [Fact]
    public void PartsCanBeCancelledAndLeftUnread()
    {
        TableSource table = _database.AddParquet("t", Copy(Rows, 0, "t.parquet", "ROW_GROUP_SIZE 20480"));
        using var source = new CancellationTokenSource();
        ImmutableArray<NativeArrowStream> parts = table.OpenParts(Scans.Plain("t", "id"), 2, source.Token);
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => parts.ToList().ForEach(part => Runtime.Tests.Rows.ReadAll(part)));
        Dispose(parts);
        Dispose(table.OpenParts(Scans.Plain("t", "id"), 2, TestContext.Current.CancellationToken));
        Assert.True(_database.Remove("t"));
        Assert.Empty(_database.ReadRows("SELECT view_name FROM duckdb_views() WHERE NOT internal", "test"));
    }

    private static IEnumerable<long> Bounds(IEnumerable<long> groups)
    {
        long end = 0;
        yield return end;
        foreach (long rows in groups)
        {
            yield return end += rows;
        }
    }

    private static void Check(TableSource table, string? filter, int threads, int? expectedParts)
    {
        List<long> whole = [.. Runtime.Tests.Rows.ReadAll(table.OpenScan(Scans.Of(table.Name, filter, ("id", "\"id\" + 0")))).Select(row => Convert.ToInt64(row[0])).Order()];
        List<long> parts = ReadIds(table, filter, threads, out int count);
        Assert.Equal(whole, parts.Order());
        if (expectedParts is int expected)
        {
            Assert.Equal(expected, count);
        }
        else
        {
            Assert.True(count > 1);
        }
    }

    private static int CountParts(TableSource table)
    {
        ImmutableArray<NativeArrowStream> parts = table.OpenParts(Scans.Plain(table.Name, "id"), 4);
        Dispose(parts);
        return parts.Length;
    }

    private static List<long> ReadIds(TableSource table, string? filter, int threads, out int count)
    {
        ImmutableArray<NativeArrowStream> parts = table.OpenParts(Scans.Of(table.Name, filter, ("id", "\"id\" + 0")), threads, TestContext.Current.CancellationToken);
        count = parts.Length;
        try
        {
            return [.. parts.AsParallel().SelectMany(part => Runtime.Tests.Rows.ReadAll(part)).Select(row => Convert.ToInt64(row[0]))];
        }
        catch (AggregateException exception)
        {
            throw exception.InnerExceptions[0];
        }
        finally
        {
            Dispose(parts);
        }
    }

    private static void Dispose(ImmutableArray<NativeArrowStream> parts)
    {
        foreach (NativeArrowStream part in parts)
        {
            part.Dispose();
        }
    }

    // Random numbers make the file as large as its rows suggest.
    private string Copy(int rows, int first, string name, string options)
    {
        string path = Path.Combine(_directory, name);
        _database.Execute($"COPY (SELECT range AS id, random() AS x FROM range({first}, {first + rows})) TO '{path.Replace("'", "''", StringComparison.Ordinal)}' ({options})", "test");
        return path;
    }
}
