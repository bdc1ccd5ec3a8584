using System.Collections.Immutable;
using Apache.Arrow.C;
using InferF.Plan.Query;
using InferF.Runtime;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;

namespace InferF.Interop.Tests;

/// <summary>Plans run from C#, end to end.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class QueryTests : IDisposable
{
    private readonly Engine _engine = new(new EngineOptions { Threads = 2 });

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void AJoinIsScored()
    {
        List<(int Key, float Score)> rows = Runs.Run(_engine, Runs.Facts(), Runs.Dims());
        Assert.Equal(Enumerable.Range(0, 6).Select(i => (i % 3, (2f * i) + (10f * (i % 3)) + 1)), rows.OrderBy(row => row.Score - (10 * row.Key)));
    }

    [Fact]
    public void ProgressAndCountersTellWhatHappened()
    {
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims());
        Assert.Equal(QueryPhase.NotStarted, query.Progress.Phase);
        using (ResultStream results = query.Execute())
        {
            Assert.Equal(6, Runs.ReadAll(results).Count);
        }
        QueryProgress progress = query.Progress;
        Assert.Equal((QueryPhase.Finished, 6L, 6L), (progress.Phase, progress.SourceRows, progress.OutputRows));
        ImmutableArray<OperatorCounter> counters = query.ReadCounters();
        Assert.Contains(counters, counter => counter is { Kind: CounterKind.Node, Id: 2, RowsOut: 6 });
        Assert.Contains(counters, counter => counter is { Kind: CounterKind.Value, Id: 3 });
    }

    [Fact]
    public void TablesComeFromDuckDbAndFromSharedBatches()
    {
        using var database = new DuckDbDatabase();
        TableSource facts = database.AddQuery("facts", "SELECT (range % 3)::INTEGER AS key, range::FLOAT AS x FROM range(10000)");
        Apache.Arrow.RecordBatch batch = Producers.Batch("y", 3, i => i, i => i);
        TableSource dims = database.AddArrow("dims", batch.Schema, [batch]);
        for (int i = 0; i < 2; i++)
        {
            List<(int Key, float Score)> rows = Runs.Run(_engine, facts.OpenScan(Scan("facts", ("k", "key"), ("x", "x"))), dims.OpenScan(Scan("dims", ("k", "k"), ("y", "y"))));
            Assert.Equal(10_000, rows.Count);
            Assert.Equal(Enumerable.Range(0, 10_000).Sum(row => (2.0 * row) + (10 * (row % 3)) + 1), rows.Sum(row => (double)row.Score), 1e-3);
        }
    }

    [Fact]
    public void ResultsAreSortedAndCut()
    {
        using var database = new DuckDbDatabase();
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(3000), Runs.Dims());
        using NativeArrowStream sorted = ResultSorter.Sort(
            database, query.Execute(), [new OutputItem("k", new ColumnOutput(default)), new OutputItem("score", new PredictionOutput(0, 0))], [new OrderKey(1, Descending: true, NullsFirst: false)], limit: 2, offset: 0);
        Assert.Equal([(2, (2f * 2999) + 20 + 1), (2, (2f * 2996) + 20 + 1)], Runs.ReadAll(sorted));
    }

    [Fact]
    public unsafe void AHandedOnResultKeepsItsQueryAndItsTypedFailures()
    {
        NativeArrowStream moved;
        using (EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims()))
        {
            moved = Move(query.Execute());
        }
        using (moved)
        {
            Assert.Equal(6, Runs.ReadAll(moved).Count);
        }

        using EngineQuery failing = Runs.Bind(_engine, Producers.Once(Producers.Batch("x", 3, i => i, _ => null)), Runs.Dims());
        using NativeArrowStream failed = Move(failing.Execute());
        Assert.Equal(InferFErrorCode.NullInput, Assert.Throws<InferFException>(() => Runs.ReadAll(failed)).Code);

        static NativeArrowStream Move(ResultStream results)
        {
            using (results)
            {
                CArrowArrayStream stream = default;
                results.MoveTo(&stream);
                return NativeArrowStream.Take(&stream);
            }
        }
    }

    private static TableScan Scan(string table, params (string Name, string Column)[] columns) => new(
        table, table, [.. columns.Select(column => new ScanColumn(column.Name, $"\"{column.Column}\"", column.Column, new ColumnType(ColumnKind.Integer, "INTEGER")))], null);
}
