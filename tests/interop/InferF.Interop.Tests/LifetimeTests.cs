using InferF.Runtime;
using InferF.Runtime.Arrow;

namespace InferF.Interop.Tests;

/// <summary>Who may be disposed when, and that nothing is kept.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class LifetimeTests
{
    [Theory]
    [InlineData("engine query results")]
    [InlineData("engine results query")]
    [InlineData("query engine results")]
    [InlineData("query results engine")]
    [InlineData("results engine query")]
    [InlineData("results query engine")]
    public void ThingsAreDisposedInAnyOrderAlsoWhileRunning(string order)
    {
        int live = Producers.Live;
        var engine = new Engine(new EngineOptions { Threads = 2 });
        EngineQuery query = Runs.Bind(engine, Runs.EndlessFacts(), Runs.Dims());
        ResultStream results = query.Execute();
        Apache.Arrow.RecordBatch batch = results.ReadNext()!;
        foreach (string thing in order.Split(' '))
        {
            IDisposable disposable = thing switch { "engine" => engine, "query" => query, _ => results };
            disposable.Dispose();
            disposable.Dispose();
        }
        batch.Dispose();
        Assert.Equal(live, Producers.Live);
        Assert.Throws<ObjectDisposedException>(() => results.ReadNext());
        Assert.Throws<ObjectDisposedException>(() => query.Execute());
        Assert.Throws<ObjectDisposedException>(() => engine.MemoryUsage);
    }

    [Fact]
    public void ResultsOutliveTheirQueryAndEngine()
    {
        ResultStream results;
        using (var engine = new Engine(new EngineOptions { Threads = 2 }))
        using (EngineQuery query = Runs.Bind(engine, Runs.Facts(), Runs.Dims()))
        {
            results = query.Execute();
        }
        using (results)
        {
            Assert.Equal(6, Runs.ReadAll(results).Count);
        }
    }

    [Fact]
    public void AnUnexecutedQueryReleasesWhatIsBound()
    {
        int live = Producers.Live;
        using var engine = new Engine();
        Runs.Bind(engine, Runs.Facts(), Runs.Dims()).Dispose();
        Assert.Equal(live, Producers.Live);
        Assert.Equal(0, engine.MemoryUsage.BytesInUse);
    }

    [Fact]
    public async Task DisposingAStreamEndsAReadOfAnotherThread()
    {
        using var engine = new Engine(new EngineOptions { Threads = 2 });
        var reached = new TaskCompletionSource();
        using EngineQuery query = Runs.Bind(engine, Runs.EndlessFacts(i => reached.TrySetResult()), Runs.Dims());
        ResultStream results = query.Execute();
        Task reader = Task.Run(() => Runs.ReadAll(results));
        await Task.WhenAny(reached.Task, reader);
        results.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => reader);
    }

    [Fact]
    public void ManyQueriesLeaveNothing()
    {
        int live = Producers.Live;
        using var engine = new Engine(new EngineOptions { Threads = 2 });
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(6, Runs.Run(engine, Runs.Facts(), Runs.Dims()).Count);
        }
        Assert.Equal(0, engine.MemoryUsage.BytesInUse);
        Assert.Equal(live, Producers.Live);
    }

    [Fact]
    public void LeakedHandlesAreFinalized()
    {
        int live = Producers.Live;
        Leak();
        for (int i = 0; i < 10 && Producers.Live != live; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.Equal(live, Producers.Live);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Leak()
        {
            var engine = new Engine(new EngineOptions { Threads = 1 });
            ResultStream results = Runs.Bind(engine, Runs.EndlessFacts(), Runs.Dims()).Execute();
            results.ReadNext()!.Dispose();
        }
    }

    [Fact]
    public void EveryAllocationMayFail()
    {
        int live = Producers.Live;
        using var engine = new Engine(new EngineOptions { Threads = 1 });
        int failures = 0;
        for (int countdown = 1; ; countdown++)
        {
            engine.FailAllocation(countdown);
            try
            {
                List<(int, float)> rows = Runs.Run(engine, Runs.Facts(), Runs.Dims());
                Assert.Equal(6, rows.Count);
                engine.FailAllocation(0);
                break;
            }
            catch (InferFException exception)
            {
                Assert.True(exception.Code == InferFErrorCode.MemoryLimit, $"Allocation {countdown}: {exception.Code}: {exception.Message}");
                failures++;
            }
            Assert.Equal(0, engine.MemoryUsage.BytesInUse);
            Assert.Equal(live, Producers.Live);
        }
        Assert.True(failures > 3);
    }
}
