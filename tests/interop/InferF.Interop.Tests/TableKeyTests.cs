using InferF.Plan;
using InferF.Plan.Proto;
using InferF.Runtime;
using InferF.Runtime.Arrow;
using Xunit;

namespace InferF.Interop.Tests;

/// <summary>Tables whose contents have names, and what the engine keeps under them.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class TableKeyTests : IDisposable
{
    private readonly Engine _engine = new(new EngineOptions { CacheLimit = 1 << 20 });

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void ANamedTableIsReadOnce()
    {
        List<(int, float)> expected = Run([1], Runs.Dims());
        int reads = 0;
        NativeArrowStream counted = Producers.Stream(Producers.Batch("y", 3, i => i, i => i).Schema, _ =>
        {
            reads++;
            return null;
        });
        Assert.Equal(expected, Run([1], counted));
        Assert.Equal(0, reads);
        Assert.Equal(2, _engine.MemoryUsage.CacheHits);
        Assert.Empty(Run([2], Producers.Stream(Producers.Batch("y", 3, i => i, i => i).Schema, _ => null)));
        Assert.Equal(expected, Run([1], Runs.Dims(0)));
    }

    [Fact]
    public void CountersTellWhatWasReused()
    {
        Run([1], Runs.Dims());
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims());
        query.KeyTable(1, [1]);
        using (NativeArrowStream results = query.Execute())
        {
            Runs.ReadAll(results);
        }
        Assert.Contains(query.ReadCounters(), counter => counter is { Kind: CounterKind.CachedRows, Id: 1, RowsOut: 3, Bytes: > 0 });
        Assert.Contains(query.ReadCounters(), counter => counter is { Kind: CounterKind.CachedValues, Id: 1, RowsOut: 3, Bytes: > 0 });
        Assert.Contains(query.ReadCounters(), counter => counter is { Kind: CounterKind.Node, Id: 1, RowsOut: 3 });
    }

    [Fact]
    public void ClearingLeavesNothingBehind()
    {
        Run([1], Runs.Dims());
        Assert.True(_engine.MemoryUsage.BytesCached > 0);
        _engine.ClearCache();
        Assert.Equal(0, _engine.MemoryUsage.BytesCached);
        Assert.Equal(0, _engine.MemoryUsage.BytesInUse);
    }

    [Fact]
    public void WithoutALimitNothingIsCached()
    {
        using Engine plain = new();
        for (int i = 0; i < 2; i++)
        {
            using EngineQuery query = Runs.Bind(plain, Runs.Facts(), Runs.Dims());
            query.KeyTable(1, [1]);
            using NativeArrowStream results = query.Execute();
            Assert.Equal(6, Runs.ReadAll(results).Count);
        }
        Assert.Equal((0, 0, 0), (plain.MemoryUsage.BytesCached, plain.MemoryUsage.CacheHits, plain.MemoryUsage.CacheMisses));
    }

    [Fact]
    public void ReplannedRunsHit()
    {
        List<(int, float)> expected = Run([1], Runs.Dims());
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims(0));
        query.KeyTable(1, [1]);
        query.Build();
        Assert.Equal(3, query.ReadObservations()[2].BuildRows);
        PlanFragment lazy = Plans.Join();
        lazy.LazyNodes.Add(1);
        query.Replan(lazy, Plans.JoinTensors());
        using NativeArrowStream results = query.Execute();
        Assert.Equal(expected, Runs.ReadAll(results));
    }

    [Fact]
    public void BadKeysAreTypedErrors()
    {
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims());
        Assert.Contains("key_size", Refused(() => query.KeyTable(1, [])), StringComparison.Ordinal);
        Assert.Contains("key_size", Refused(() => query.KeyTable(1, new byte[1025])), StringComparison.Ordinal);
        Assert.Contains("no such table", Refused(() => query.KeyTable(2, [1])), StringComparison.Ordinal);
        Assert.Contains("no such table", Refused(() => query.KeyTable(-1, [1])), StringComparison.Ordinal);
        query.KeyTable(1, new byte[1024]);
        Assert.Contains("has a key already", Refused(() => query.KeyTable(1, [1])), StringComparison.Ordinal);
        query.Build();
        Assert.Contains("built already", Refused(() => query.KeyTable(0, [1])), StringComparison.Ordinal);
        query.Execute().Dispose();
        Assert.Contains("executed already", Refused(() => query.KeyTable(0, [1])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EngineAndRunMayEndInAnyOrder(bool engineFirst)
    {
        int live = Producers.Live;
        Engine engine = new(new EngineOptions { CacheLimit = 1 << 20 });
        for (int i = 0; i < 2; i++)
        {
            EngineQuery query = Runs.Bind(engine, Runs.Facts(), Runs.Dims());
            query.KeyTable(1, [1]);
            NativeArrowStream results = query.Execute();
            if (i == 1 && engineFirst)
            {
                engine.Dispose();
            }
            query.Dispose();
            Assert.Equal(6, Runs.ReadAll(results).Count);
            results.Dispose();
        }
        engine.Dispose();
        Assert.Equal(live, Producers.Live);
    }

    private static string Refused(Action call)
    {
        InferFException error = Assert.Throws<InferFException>(call);
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        return error.Message;
    }

    private List<(int Key, float Score)> Run(byte[] key, NativeArrowStream dims)
    {
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), dims);
        query.KeyTable(1, key);
        using NativeArrowStream results = query.Execute();
        return Runs.ReadAll(results);
    }
}
