using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Many threads, cancellation, memory limits, and disposal in any order.</summary>
public sealed class SessionTests
{
    private const string Sql = "SELECT a.id, predict('m', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k";

    // 4 million joined rows of a wide model: runs for seconds unless it is stopped.
    private const string LongSql = "SELECT a.id, predict('wide', [a.x, b.y]) AS p FROM a JOIN c b ON a.k = b.k";

    [Fact]
    public async Task EightThreadsShareASession()
    {
        await using TestScene scene = await SceneAsync();
        // Planners sum in different orders, so the last digits differ from planner to planner, but never from run to run.
        Dictionary<Planner, string> expected = [];
        foreach (Planner planner in Enum.GetValues<Planner>())
        {
            expected[planner] = await scene.TextAsync($"{Sql} ORDER BY a.id", new QueryOptions { Planner = planner });
        }
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                Planner planner = (Planner)((thread + i) % 4);
                Assert.Equal(expected[planner], await scene.TextAsync($"{Sql} ORDER BY a.id", new QueryOptions { Planner = planner }));
            }
        })));
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task OneQueryRunsManyTimesAtOnce()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql(Sql);
        long[] rows = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => CountAsync(query, CancellationToken.None))));
        Assert.All(rows, r => Assert.Equal(rows[0], r));
        Assert.True(rows[0] > 0);
    }

    [Fact]
    public async Task ATokenCancelledBeforeTheRunStopsIt()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql(Sql);
        CancellationToken cancelled = new(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => query.ExecuteArrowStream(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CountAsync(query, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.ExplainAsync(cancellation: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.VerifyAsync(cancellation: cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.RunReferenceAsync(cancellation: cancelled));
        scene.AssertNothingIsHeld();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task ATokenCancelledDuringTheRunStopsIt(int batchesRead)
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql(LongSql);
        using CancellationTokenSource source = new();
        using (IArrowArrayStream stream = query.ExecuteArrowStream(source.Token))
        {
            for (int i = 0; i < batchesRead; i++)
            {
                using RecordBatch? batch = await stream.ReadNextRecordBatchAsync(TestScene.Cancellation);
                Assert.NotNull(batch);
            }
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                while (await stream.ReadNextRecordBatchAsync(TestScene.Cancellation) is { } batch)
                {
                    batch.Dispose();
                }
            });
        }
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task ATokenCancelledDuringSortingStopsTheRunBehindIt()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql($"{LongSql} ORDER BY p");
        using CancellationTokenSource source = new();
        Task<long> run = Task.Run(() => CountAsync(query, source.Token));
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task VerificationIsCancelledWithoutACrash()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql("SELECT predict('wide', [a.x, b.y]) AS p FROM a JOIN c b ON a.k = b.k WHERE a.id < 1000");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.RunReferenceAsync(cancellation: new CancellationToken(canceled: true)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query.VerifyAsync(cancellation: new CancellationToken(canceled: true)));
        foreach (int milliseconds in new[] { 1, 30, 200 })
        {
            // A fast machine may be done before the time is up; anything but an end or a cancellation is wrong.
            using CancellationTokenSource source = new(milliseconds);
            Assert.True(await Record.ExceptionAsync(() => query.RunReferenceAsync(cancellation: source.Token)) is null or OperationCanceledException);
            using CancellationTokenSource other = new(milliseconds);
            Assert.True(await Record.ExceptionAsync(() => query.VerifyAsync(cancellation: other.Token)) is null or OperationCanceledException);
        }
        scene.AssertNothingIsHeld();
        Assert.Equal(["a", "b", "c"], scene.Session.Tables.Names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task TheMemoryLimitIsATypedError()
    {
        await using TestScene scene = await SceneAsync(new InferOptions { Threads = 2, MemoryLimit = "200KB" });
        InferFException error = await Assert.ThrowsAsync<InferFException>(() => CountAsync(scene.Session.Sql(LongSql), TestScene.Cancellation));
        Assert.Equal(InferFErrorCode.MemoryLimit, error.Code);
        scene.AssertNothingIsHeld();
        Assert.Equal(200_000, scene.Session.MemoryUsage.BytesLimit);
    }

    [Theory]
    [InlineData(Sql)]
    [InlineData(Sql + " ORDER BY p")]
    [InlineData(LongSql)]
    [InlineData(LongSql + " ORDER BY p LIMIT 10")]
    public async Task AResultOutlivesItsSession(string sql)
    {
        TestScene scene = await SceneAsync();
        IArrowArrayStream stream = scene.Session.Sql(sql).ExecuteArrowStream(TestScene.Cancellation);
        scene.Session.Dispose();
        long rows = 0;
        try
        {
            while (await stream.ReadNextRecordBatchAsync(TestScene.Cancellation) is { } batch)
            {
                rows += batch.Length;
                batch.Dispose();
            }
            Assert.True(rows > 0);
        }
        finally
        {
            stream.Dispose();
            await scene.DisposeAsync();
        }
    }

    [Fact]
    public async Task BatchesOutliveTheirStreamAndSession()
    {
        TestScene scene = await SceneAsync();
        IArrowArrayStream stream = scene.Session.Sql(Sql).ExecuteArrowStream(TestScene.Cancellation);
        RecordBatch batch = (await stream.ReadNextRecordBatchAsync(TestScene.Cancellation))!;
        string before = Results.Batches.Text([batch]);
        stream.Dispose();
        await scene.DisposeAsync();
        Assert.Equal(before, Results.Batches.Text([batch]));
        batch.Dispose();
    }

    [Fact]
    public async Task DisposalDuringARunEndsTheRun()
    {
        await using TestScene scene = await SceneAsync();
        for (int i = 0; i < 20; i++)
        {
            IArrowArrayStream stream = scene.Session.Sql(LongSql).ExecuteArrowStream(TestScene.Cancellation);
            Task<Exception?> reading = Task.Run(() => Record.ExceptionAsync(async () =>
            {
                while (await stream.ReadNextRecordBatchAsync(TestScene.Cancellation) is { } batch)
                {
                    batch.Dispose();
                }
            }).AsTask());
            using (RecordBatch? first = i % 2 == 0 ? null : await scene.Session.Sql(Sql).ExecuteArrowBatchesAsync(cancellation: TestScene.Cancellation).FirstOrDefaultAsync(TestScene.Cancellation))
            {
                stream.Dispose();
            }
            Exception? end = await reading;
            Assert.True(end is ObjectDisposedException or OperationCanceledException or InferFException { Code: InferFErrorCode.Cancelled }, $"{end}");
        }
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task RacingDisposalOfASessionNeverCrashes()
    {
        for (int i = 0; i < 10; i++)
        {
            TestScene scene = await SceneAsync(small: true);
            Task[] runs = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                while (true)
                {
                    await CountAsync(scene.Session.Sql($"{Sql} ORDER BY p"), CancellationToken.None);
                }
            }))];
            await scene.TextAsync(Sql);
            scene.Session.Dispose();
            foreach (Task run in runs)
            {
                Exception? end = await Record.ExceptionAsync(() => run);
                Assert.True(end is ObjectDisposedException, $"{end}");
            }
            await scene.DisposeAsync();
        }
    }

    [Fact]
    public async Task AClosedSessionSaysSo()
    {
        TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql(Sql);
        await scene.DisposeAsync();
        scene.Session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => scene.Session.Sql(Sql));
        Assert.Throws<ObjectDisposedException>(() => query.ExecuteArrowStream(TestScene.Cancellation));
        Assert.Throws<ObjectDisposedException>(() => scene.Session.Tables.Add("x", Source.Arrow([new RecordBatch(new Schema([], null), [], 0)])));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => query.ExplainAsync(cancellation: TestScene.Cancellation));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => query.VerifyAsync(cancellation: TestScene.Cancellation));
    }

    [Fact]
    public async Task ProgressCountsRows()
    {
        await using TestScene scene = await SceneAsync();
        List<long> reported = [];
        long rows = 0;
        await foreach (RecordBatch batch in scene.Session.Sql(Sql).ExecuteArrowBatchesAsync(new Immediate(p => reported.Add(p.OutputRows)), TestScene.Cancellation))
        {
            rows += batch.Length;
            batch.Dispose();
        }
        Assert.Equal(rows, reported[^1]);
        Assert.Equal(reported.Order(), reported);
    }

    private static async Task<long> CountAsync(InferQuery query, CancellationToken cancellation)
    {
        long rows = 0;
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            rows += batch.Length;
            batch.Dispose();
        }
        return rows;
    }

    private static async Task<TestScene> SceneAsync(InferOptions? options = null, bool small = false)
    {
        TestScene scene = new(options);
        await scene.TableAsync("a", $"SELECT i::INTEGER AS id, (i % 20)::INTEGER AS k, (i * 0.37 % 4 - 2)::FLOAT AS x FROM range({(small ? 200 : 20_000)}) t(i)");
        await scene.TableAsync("b", "SELECT i::INTEGER AS k, (i * 0.23 % 2 - 1)::FLOAT AS y FROM range(15) t(i)", "parquet");
        await scene.TableAsync("c", "SELECT (i % 20)::INTEGER AS k, (i * 0.23 % 2 - 1)::FLOAT AS y FROM range(4000) t(i)", "parquet");
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [8], "Relu", 1));
        await scene.ModelAsync("wide", OnnxModels.Mlp(2, [64, 64], "Tanh", 1));
        return scene;
    }

    private sealed class Immediate(Action<Runtime.QueryProgress> report) : IProgress<Runtime.QueryProgress>
    {
        public void Report(Runtime.QueryProgress value) => report(value);
    }
}
