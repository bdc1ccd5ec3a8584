using System.Text.Json;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Runtime;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Queries of one session that share the build sides of their joins, and those that must not.</summary>
public sealed class CacheTests
{
    private const string Sql = "SELECT a.id, predict('m', [a.x, b.y, c.z]) AS p FROM a JOIN b ON a.k = b.k LEFT JOIN c ON b.g = c.g ORDER BY a.id";

    private int _age = 1000;

    [Theory]
    [InlineData(Replanning.Never)]
    [InlineData(Replanning.Always)]
    public async Task ARepeatedQueryHitsAndYieldsTheSame(Replanning replan)
    {
        await using TestScene scene = await SceneAsync();
        foreach (Planner planner in (Planner[])[Planner.None, Planner.Leaf, Planner.Auto])
        {
            QueryOptions options = new() { Planner = planner, Replan = replan };
            scene.Session.ClearCache();
            string first = await scene.TextAsync(Sql, options);
            MemoryUsage before = scene.Session.MemoryUsage;
            Assert.True(before.BytesCached > 0);
            Assert.Equal(first, await scene.TextAsync(Sql, options));
            MemoryUsage after = scene.Session.MemoryUsage;
            Assert.True(after.CacheHits > before.CacheHits);
            Assert.Equal(before.CacheMisses, after.CacheMisses);
        }
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task ExplainTellsWhatCameFromTheCache()
    {
        await using TestScene scene = await SceneAsync();
        QueryOptions leaf = new() { Planner = Planner.Leaf };
        PlanReport first = await scene.Session.Sql(Sql, leaf).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.DoesNotContain("cached", first.ToText() + first.ToJson() + first.ToMermaid(), StringComparison.Ordinal);
        PlanReport second = await scene.Session.Sql(Sql, leaf).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Contains("cached rows", second.ToText(), StringComparison.Ordinal);
        Assert.Contains("cached rows", second.ToMermaid(), StringComparison.Ordinal);
        Assert.Contains("<th>cached</th>", second.ToHtml(), StringComparison.Ordinal);
        JsonElement[] cached =
        [
            .. JsonDocument.Parse(second.ToJson()).RootElement.GetProperty("nodes").EnumerateArray()
                .Where(node => node.TryGetProperty("cached", out _)).Select(node => node.GetProperty("cached")),
        ];
        Assert.Contains(cached, node => node.GetProperty("rowBytes").ValueKind == JsonValueKind.Number && node.GetProperty("rowBytes").GetInt64() > 0);
        Assert.Contains(cached, node => node.GetProperty("valueBytes").ValueKind == JsonValueKind.Number && node.GetProperty("valueBytes").GetInt64() > 0);
    }

    [Fact]
    public async Task WhatHasChangedIsReadAnew()
    {
        await using TestScene scene = await SceneAsync();
        await AssertSameAsWithoutCacheAsync(scene, Sql);
        // Another file in place of b's.
        await RewriteAsync(scene, "b", "SELECT i::INTEGER AS k, (i % 4)::INTEGER AS g, (i * 0.5)::FLOAT AS y FROM range(15) t(i)");
        await AssertSameAsWithoutCacheAsync(scene, Sql);
        // Another table of c's name.
        scene.Session.Tables.Remove("c");
        await scene.TableAsync("c", "SELECT i::INTEGER AS g, (i * 0.7)::FLOAT AS z FROM range(5) t(i)");
        await AssertSameAsWithoutCacheAsync(scene, Sql);
        // Another model.
        await scene.ModelAsync("m", OnnxModels.Mlp(3, [6], "Tanh", 1));
        await AssertSameAsWithoutCacheAsync(scene, Sql);
        // Another filter, other columns, another policy.
        await AssertSameAsWithoutCacheAsync(scene, Sql.Replace("ORDER", "WHERE b.y > 0.1 ORDER", StringComparison.Ordinal));
        await AssertSameAsWithoutCacheAsync(scene, Sql.Replace("a.id,", "a.id, b.g, c.g,", StringComparison.Ordinal));
        await AssertSameAsWithoutCacheAsync(scene, Sql.Replace("c.z", "c.g", StringComparison.Ordinal));
        await AssertSameAsWithoutCacheAsync(scene, Sql, new QueryOptions { Nulls = OptionParser.ParseNulls("3") });
    }

    [Fact]
    public async Task AnotherQueryUsesTheSameTables()
    {
        await using TestScene scene = await SceneAsync();
        await scene.TextAsync("SELECT a.id, predict('two', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k");
        long hits = scene.Session.MemoryUsage.CacheHits;
        await scene.TextAsync("SELECT a.id, predict('two', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k WHERE a.x > 0 AND a.id % 2 = 0");
        Assert.True(scene.Session.MemoryUsage.CacheHits > hits, "Another filter on the streamed table.");
    }

    [Fact]
    public async Task ZeroSwitchesItOff()
    {
        await using TestScene scene = await SceneAsync(new InferOptions { Threads = 2, CacheLimit = "0" });
        await scene.TextAsync(Sql);
        await scene.TextAsync(Sql);
        MemoryUsage usage = scene.Session.MemoryUsage;
        Assert.Equal((0, 0, 0, 0), (usage.BytesInUse, usage.BytesCached, usage.CacheHits, usage.CacheMisses));
    }

    [Theory]
    [InlineData("7KB", null)]
    [InlineData("20KB", null)]
    [InlineData("1MB", "1500KB")]
    public async Task QueriesAtOnceShareATinyCache(string cacheLimit, string? memoryLimit)
    {
        await using TestScene scene = await SceneAsync(new InferOptions { Threads = 2, CacheLimit = cacheLimit, MemoryLimit = memoryLimit });
        string other = Sql.Replace("ORDER", "WHERE b.y > 0.1 ORDER", StringComparison.Ordinal);
        string[] expected = [await scene.TextAsync(Sql), await scene.TextAsync(other)];
        await Task.WhenAll(Enumerable.Range(0, memoryLimit is null ? 4 : 1).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < 15; i++)
            {
                int which = (thread + i) % 2;
                Assert.Equal(expected[which], await scene.TextAsync(which == 0 ? Sql : other));
                if (i % 5 == 4)
                {
                    scene.Session.ClearCache();
                }
            }
        })));
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task AResultOutlivesCacheTableAndSession()
    {
        TestScene scene = await SceneAsync();
        string sql = Sql.Replace(" ORDER BY a.id", "", StringComparison.Ordinal);
        await scene.TextAsync(sql);
        IArrowArrayStream stream = scene.Session.Sql(sql).ExecuteArrowStream(TestScene.Cancellation);
        try
        {
            scene.Session.ClearCache();
            scene.Session.Tables.Remove("c");
            scene.Session.Dispose();
            long rows = 0;
            while (await stream.ReadNextRecordBatchAsync(TestScene.Cancellation) is { } batch)
            {
                using (batch)
                {
                    rows += batch.Length;
                }
            }
            Assert.Equal(1500, rows);
        }
        finally
        {
            stream.Dispose();
            await scene.DisposeAsync();
        }
    }

    [Fact]
    public void TheDefaultIsAQuarterOfWhatThereIs()
    {
        Assert.Equal(1L << 28, OptionParser.ParseCacheLimit(null, 0));
        Assert.Equal(1000, OptionParser.ParseCacheLimit(null, 4000));
        Assert.Equal(0, OptionParser.ParseCacheLimit(" 0 ", 4000));
        Assert.Equal(256_000_000, OptionParser.ParseCacheLimit("256MB", 4000));
        Assert.Throws<InferFException>(() => OptionParser.ParseCacheLimit("-1", 0));
    }

    // Twice with the cache, which is then filled by this very query, and compared with a run without it.
    private static async Task AssertSameAsWithoutCacheAsync(TestScene scene, string sql, QueryOptions? options = null)
    {
        string cached = await scene.TextAsync(sql, options);
        Assert.Equal(cached, await scene.TextAsync(sql, options));
        scene.Session.ClearCache();
        Assert.Equal(await scene.TextAsync(sql, options), cached);
    }

    private async Task RewriteAsync(TestScene scene, string name, string sql)
    {
        string path = scene.PathOf($"{name}.parquet");
        await using DuckDBConnection connection = new("Data Source=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"COPY ({sql}) TO '{path}'";
        await command.ExecuteNonQueryAsync(TestScene.Cancellation);
        Age(path);
    }

    // A file that was just written would not be cached; and no two writes get the same time.
    private void Age(string path) => File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-_age--));

    private async Task<TestScene> SceneAsync(InferOptions? options = null)
    {
        TestScene scene = new(options);
        await scene.TableAsync("a", "SELECT i::INTEGER AS id, (i % 20)::INTEGER AS k, (i * 0.37 % 4 - 2)::FLOAT AS x FROM range(2000) t(i)");
        await scene.TableAsync("b", "SELECT i::INTEGER AS k, (i % 3)::INTEGER AS g, (i * 0.23 % 2 - 1)::FLOAT AS y FROM range(15) t(i)", "parquet");
        await scene.TableAsync("c", "SELECT i::INTEGER AS g, (i * 0.4)::FLOAT AS z FROM range(4) t(i)");
        Age(scene.PathOf("b.parquet"));
        await scene.ModelAsync("m", OnnxModels.Mlp(3, [8], "Relu", 1));
        await scene.ModelAsync("two", OnnxModels.Mlp(2, [8], "Relu", 1));
        return scene;
    }
}
