using Apache.Arrow;
using InferF.Plan.Physical;
using InferF.Runtime.Sources;

namespace InferF.Runtime.Tests;

/// <summary>Row counts, distinct counts and selectivities of tables, and where they come from.</summary>
public sealed class StatisticsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("inferf-statistics-").FullName;
    private readonly DuckDbDatabase _database = new();

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void SmallTablesAreCounted()
    {
        TableSource table = _database.AddParquet("k", Copy("SELECT range AS id, nullif(range % 100, 7)::INTEGER AS k FROM range(20000)", "k.parquet"));
        TableStatistics all = table.ReadStatistics(Scans.Plain("k", "id", "k"), [0, 1]);
        Assert.Equal(new Statistic(20000, StatisticSource.Exact), all.Rows);
        Assert.Equal(new Statistic(20000, StatisticSource.Exact), all.Columns[0].Distinct);
        Assert.True(all.Columns[0].IsUnique);
        Assert.Equal(new Statistic(99, StatisticSource.Exact), all.Columns[1].Distinct);
        Assert.False(all.Columns[1].IsUnique);
        Assert.Equal(0.01, all.Columns[1].NullFraction!.Value.Value, 12);
        TableStatistics filtered = table.ReadStatistics(Scans.Of("k", "\"k\" = 3", ("k", "\"k\"")), []);
        Assert.Equal(new Statistic(200, StatisticSource.Exact), filtered.Rows);
        Assert.Equal(new Statistic(20000, StatisticSource.Exact), filtered.UnfilteredRows);
        Assert.Equal(0.01, filtered.Selectivity.Value, 12);
    }

    [Fact]
    public void RowsOfParquetFilesComeFromTheirMetadata()
    {
        string path = Copy("SELECT range AS id FROM range(1000000)", "big.parquet");
        TableSource table = _database.AddParquet("big", path);
        Assert.Equal(new Statistic(1_000_000, StatisticSource.Exact), table.ReadRowCount(CancellationToken.None));
        // The bytes of all pages may be gone: nothing but the footer is read.
        using (FileStream file = File.OpenWrite(path))
        {
            file.Position = 4;
            file.Write(new byte[100_000]);
        }
        Assert.Equal(new Statistic(1_000_000, StatisticSource.Exact), table.ReadStatistics(Scans.Plain("big", "id"), []).Rows);
    }

    [Fact]
    public void LargeParquetTablesAreSampled()
    {
        // key: unique. fact: 20000 values, uniform. runs: sorted, 5 rows each. text: 3000 values without bounds in numbers. skewed: one value in nine of ten rows.
        const string Sql = "SELECT range AS key, (hash(range) % 20000)::INTEGER AS fact, range // 5 AS runs, 'n' || (hash(range + 1) % 3000) AS text,"
            + " CASE WHEN hash(range + 2) % 10 = 0 THEN hash(range + 3) % 5000 ELSE 0 END::INTEGER AS skewed, nullif(range % 4, 0)::INTEGER AS part, (hash(range + 4) % 1000)::INTEGER AS x FROM range(1000000)";
        TableSource table = _database.AddParquet("t", Copy(Sql, "t.parquet"));
        TableStatistics all = table.ReadStatistics(Scans.Of("t", "\"x\" < 300", [.. Columns("key", "fact", "runs", "text", "skewed", "part")]), [0, 1, 2, 3, 4, 5]);
        Assert.Equal(new Statistic(1_000_000, StatisticSource.Exact), all.UnfilteredRows);
        Assert.Equal(StatisticSource.Sample, all.Rows.Source);
        Assert.InRange(all.Rows.Value, 290_000, 310_000);
        Assert.All(all.Columns.Values, column => Assert.Equal(StatisticSource.Sample, column.Distinct.Source));
        Assert.True(all.Columns[0].IsUnique);
        Assert.Equal(1_000_000, all.Columns[0].Distinct.Value);
        Assert.InRange(all.Columns[1].Distinct.Value, 18_000, 20_000);
        // Metadata bound what a sample of sorted rows cannot tell: 0 … 199999.
        Assert.InRange(all.Columns[2].Distinct.Value, 100_000, 200_000);
        Assert.InRange(all.Columns[3].Distinct.Value, 2700, 3300);
        Assert.InRange(all.Columns[4].Distinct.Value, 2500, 5000);
        Assert.Equal(3, all.Columns[5].Distinct.Value);
        Assert.Equal(new Statistic(0.25, StatisticSource.Exact), all.Columns[5].NullFraction);
    }

    [Fact]
    public void LargeDuckDbTablesAreSampledToo()
    {
        TableSource table = _database.AddSnapshot("s", "SELECT hash(range) % 5000 AS k, range AS id FROM range(600000)");
        TableStatistics all = table.ReadStatistics(Scans.Of("s", "\"id\" % 2 = 0", ("k", "\"k\"")), [0]);
        Assert.Equal(new Statistic(600_000, StatisticSource.Exact), all.UnfilteredRows);
        Assert.InRange(all.Columns[0].Distinct.Value, 4700, 5300);
        Assert.Equal(StatisticSource.Sample, all.Columns[0].Distinct.Source);
        Assert.Equal(StatisticSource.Sample, all.Rows.Source);
    }

    [Fact]
    public void ViewsAndQueriesAreSketchedInOnePass()
    {
        TableStatistics all = _database.AddQuery("q", "SELECT range % 2000 AS k FROM range(100000)").ReadStatistics(Scans.Plain("q", "k"), [0]);
        Assert.Equal(new Statistic(100_000, StatisticSource.Exact), all.Rows);
        Assert.Equal(StatisticSource.Sketch, all.Columns[0].Distinct.Source);
        Assert.InRange(all.Columns[0].Distinct.Value, 1400, 2600);
    }

    [Fact]
    public void ArrowTablesKnowTheirLengthAndSketchTheirColumns()
    {
        RecordBatch batch = Rows.Batch(
            ("id", new Int32Array.Builder().AppendRange(Enumerable.Range(0, 300_000)).Build()),
            ("k", new Int32Array.Builder().AppendRange(Enumerable.Range(0, 300_000).Select(i => i % 1000)).Build()));
        TableSource table = _database.AddArrow("t", batch.Schema, [batch]);
        TableStatistics all = table.ReadStatistics(Scans.Of("t", "\"k\" < 100", ("id", "\"id\""), ("k", "\"k\"")), [0, 1]);
        Assert.Equal(new Statistic(300_000, StatisticSource.Exact), all.UnfilteredRows);
        Assert.True(all.Columns[0].IsUnique);
        Assert.Equal(300_000, all.Columns[0].Distinct.Value);
        Assert.InRange(all.Columns[1].Distinct.Value, 950, 1050);
        Assert.Equal(StatisticSource.Sample, all.Rows.Source);
        Assert.InRange(all.Rows.Value, 27_000, 33_000);
    }

    [Fact]
    public void LinesOfLargeTextFilesAreEstimated()
    {
        const int Lines = 600_000;
        string path = Path.Combine(_directory, "big.csv");
        File.WriteAllText(path, "id,text\n" + string.Concat(Enumerable.Range(0, Lines).Select(i => $"{i},{new string('x', 40 + (i % 50))}\n")));
        Assert.InRange(TextRowEstimate.Of(path, CancellationToken.None)!.Value, 0.95 * Lines, 1.05 * Lines);
        TableStatistics all = _database.AddCsv("csv", path).ReadStatistics(Scans.Plain("csv", "id"), [0]);
        Assert.Equal(StatisticSource.Sample, all.Rows.Source);
        Assert.True(all.Columns[0].IsUnique);
        string small = Path.Combine(_directory, "small.csv");
        File.WriteAllText(small, "id\n1\n2\n2\n");
        Assert.Null(TextRowEstimate.Of(small, CancellationToken.None));
        TableStatistics counted = _database.AddCsv("small", small).ReadStatistics(Scans.Plain("small", "id"), [0]);
        Assert.Equal((new Statistic(3, StatisticSource.Exact), new Statistic(2, StatisticSource.Exact)), (counted.Rows, counted.Columns[0].Distinct));
    }

    [Theory]
    [InlineData(1_000_000, 10_000, 1)]
    [InlineData(1_000_000, 10_000, 500)]
    [InlineData(1_000_000, 10_000, 20_000)]
    [InlineData(1_000_000, 50_000, 1_000_000)]
    public void TheJackknifeFindsUniformCounts(int rows, int sampled, int distinct)
    {
        Random random = new(7);
        List<int> counts = [.. Enumerable.Range(0, sampled).Select(_ => random.Next(distinct)).GroupBy(value => value).Select(group => group.Count())];
        double estimate = DistinctSample.Estimate(rows, sampled, counts.Count, counts.Count(count => count == 1));
        // Of values drawn for every row some are never drawn.
        double drawn = distinct * (1 - Math.Pow(1 - (1.0 / distinct), rows));
        Assert.InRange(estimate, 0.7 * drawn, 1.4 * drawn);
        Assert.InRange(estimate, counts.Count, rows);
    }

    [Fact]
    public void StatisticsAreCancelledAndRemembered()
    {
        using CancellationTokenSource cancelled = new();
        TableSource table = _database.AddQuery("huge", "SELECT a.range + b.range AS x FROM range(1000000) a, range(1000000) b");
        cancelled.CancelAfter(TimeSpan.FromMilliseconds(50));
        Assert.ThrowsAny<OperationCanceledException>(() => table.ReadStatistics(Scans.Plain("huge", "x"), [0], cancelled.Token));

        string path = Copy("SELECT range AS id FROM range(10)", "gone.parquet");
        TableSource known = _database.AddParquet("gone", path);
        TableStatistics first = known.ReadStatistics(Scans.Of("gone", "\"id\" < 5", ("id", "\"id\"")), [0]);
        File.Delete(path);
        TableStatistics second = known.ReadStatistics(Scans.Of("gone", "\"id\" < 5", ("id", "\"id\"")), [0]);
        Assert.Equal((first.Rows, first.Columns[0]), (second.Rows, second.Columns[0]));
        Assert.Throws<InferFException>(() => known.ReadStatistics(Scans.Of("gone", "\"id\" < 6", ("id", "\"id\"")), [0]));
    }

    private static IEnumerable<(string Name, string Sql)> Columns(params string[] names) => names.Select(name => (name, $"\"{name}\""));

    private string Copy(string sql, string file)
    {
        string path = Path.Combine(_directory, file);
        _database.Execute($"COPY ({sql}) TO '{path}'", "Test data cannot be written.");
        return path;
    }
}
