using System.Text.Json;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Models that read build sides alone: their values are computed once per tuple of build rows.</summary>
public sealed class TupleTests
{
    private const string Sql = "SELECT a.id, predict('m', [b.y, c.z]) AS p FROM a JOIN b ON a.k = b.k LEFT JOIN c ON a.g = c.g";

    [Fact]
    public async Task TheAnswerIsThatOfTheReference()
    {
        await using TestScene scene = await SceneAsync();
        QueryOptions options = new() { Nulls = OptionParser.ParseNulls("0.5") };
        Assert.Equal(40_000, await scene.VerifyAsync(Sql, options));
        Assert.InRange(await scene.VerifyAsync($"{Sql} WHERE predict('m', [b.y, c.z]) > 0", options), 1, 40_000);
    }

    [Fact]
    public async Task RowsAreTheSameInSmallQueries()
    {
        await using TestScene scene = await SceneAsync();
        QueryOptions options = new() { Nulls = OptionParser.ParseNulls("0.5"), Planner = Planner.Leaf };
        List<string> parts = [];
        for (int begin = 0; begin < 40_000; begin += 8000)
        {
            // Fewer rows than tuples are tried for.
            parts.Add(await scene.TextAsync($"{Sql} WHERE a.id >= {begin} AND a.id < {begin + 8000}", options));
        }
        string[] expected = [.. string.Join("\n", parts).Split('\n').Order(StringComparer.Ordinal)];
        Assert.Equal(expected, (await scene.TextAsync(Sql, options)).Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ExplainTellsHowManyTuplesThereWere()
    {
        await using TestScene scene = await SceneAsync();
        QueryOptions options = new() { Nulls = OptionParser.ParseNulls("0.5"), Planner = Planner.Leaf };
        PlanReport report = await scene.Session.Sql(Sql, options).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Contains("tuples ", report.ToText(), StringComparison.Ordinal);
        JsonElement tuples = JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("nodes").EnumerateArray()
            .Single(node => node.TryGetProperty("tuples", out _)).GetProperty("tuples");
        Assert.InRange(tuples.GetProperty("computed").GetInt64(), 1, 20 * 16);
        Assert.InRange(tuples.GetProperty("rows").GetInt64(), 16_384, 40_000);
        Assert.True(tuples.GetProperty("heldBytes").GetInt64() > 0);
    }

    // 20 rows of b; 15 of c, and rows without one.
    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new(new InferOptions { Threads = 1 });
        await scene.TableAsync("a", "SELECT i::INTEGER AS id, (i * 7 % 20)::INTEGER AS k, (i * 11 % 17)::INTEGER AS g FROM range(40000) t(i)");
        await scene.TableAsync("b", "SELECT i::INTEGER AS k, (i * 0.1 - 1)::FLOAT AS y FROM range(20) t(i)");
        await scene.TableAsync("c", "SELECT i::INTEGER AS g, (1 - i * 0.2)::FLOAT AS z FROM range(15) t(i)");
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [48], "Tanh", 1));
        return scene;
    }
}
