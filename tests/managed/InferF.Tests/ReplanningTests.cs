using System.Text.Json;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Queries whose placement is decided a second time, when the engine has counted the rows of the build sides.</summary>
public sealed class ReplanningTests
{
    private const string Sql = "SELECT a.id, predict('m', [a.v, b.w, c.u]) AS p FROM a JOIN b ON a.k = b.k LEFT JOIN c ON b.l = c.l ORDER BY a.id";

    // What the planner is told: the small build side is huge, so that nothing is pushed into it.
    private static readonly Dictionary<string, double> s_wrong = new() { ["a"] = 20_000, ["b"] = 19_000, ["c"] = 18_000 };

    [Fact]
    public async Task WrongRowCountsAreSetRightBeforeAnythingIsComputed()
    {
        await using TestScene scene = await SceneAsync();
        JsonElement[] decisions = await DecisionsAsync(scene, new QueryOptions { RowCounts = s_wrong, Replan = Replanning.Always });
        Assert.Equal(["before build", "after build"], decisions.Select(decision => decision.GetProperty("when").GetString()));
        Assert.True(decisions[1].GetProperty("taken").GetBoolean());
        Assert.Contains(
            decisions[1].GetProperty("observed").EnumerateArray(),
            observed => observed.GetProperty("quantity").GetString() == "rows" && observed.GetProperty("observed").GetDouble() == 40);
    }

    [Fact]
    public async Task RowsAreTheSameHoweverOftenIsDecided()
    {
        await using TestScene scene = await SceneAsync();
        // Leaf does not go by cost, so its plan, and with it every bit, stays the same.
        string expected = await scene.TextAsync(Sql, new QueryOptions { Planner = Planner.Leaf, RowCounts = s_wrong });
        foreach (Replanning replan in Enum.GetValues<Replanning>())
        {
            Assert.Equal(expected, await scene.TextAsync(Sql, new QueryOptions { RowCounts = s_wrong, Replan = replan, Planner = Planner.Leaf }));
            ParityReport parity = await scene.Session.Sql(Sql, new QueryOptions { RowCounts = s_wrong, Replan = replan }).VerifyAsync(cancellation: TestScene.Cancellation);
            Assert.True(parity.Ok, parity.ToText());
        }
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task NeverMeansOnce()
    {
        await using TestScene scene = await SceneAsync();
        Assert.Empty(await DecisionsAsync(scene, new QueryOptions { RowCounts = s_wrong, Replan = Replanning.Never }));
    }

    [Fact]
    public async Task ShortQueriesAreDecidedOnceUnlessAsked()
    {
        await using TestScene scene = await SceneAsync();
        Dictionary<string, double> few = new() { ["a"] = 10, ["b"] = 10, ["c"] = 10 };
        Assert.Empty(await DecisionsAsync(scene, new QueryOptions { RowCounts = few }));
        Assert.Equal(2, (await DecisionsAsync(scene, new QueryOptions { RowCounts = few, Replan = Replanning.Always })).Length);
    }

    [Fact]
    public async Task ACancelledBuildLeavesNothingBehind()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql(Sql, new QueryOptions { Replan = Replanning.Always });
        Assert.ThrowsAny<OperationCanceledException>(() => query.ExecuteArrowStream(new CancellationToken(canceled: true)));
        scene.AssertNothingIsHeld();
    }

    private static async Task<JsonElement[]> DecisionsAsync(TestScene scene, QueryOptions options)
    {
        PlanReport report = await scene.Session.Sql(Sql, options).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        return [.. JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("decisions").EnumerateArray()];
    }

    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("a", "SELECT i AS id, i % 40 AS k, (i % 17)::FLOAT AS v FROM range(20000) t(i)");
        await scene.TableAsync("b", "SELECT i AS k, i % 7 AS l, i::FLOAT AS w FROM range(40) t(i)");
        await scene.TableAsync("c", "SELECT i AS l, i::FLOAT AS u FROM range(7) t(i)");
        await scene.ModelAsync("m", OnnxModels.Mlp(3, [64, 16], "Relu", seed: 3));
        return scene;
    }
}
