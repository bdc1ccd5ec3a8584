using Apache.Arrow;
using InferF.Plan;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Plans beside the chosen one: all give the same rows, and are told apart by name and prediction.</summary>
public sealed class CandidatePlanTests
{
    private const string Sql = "SELECT f.id, predict('m', [f.x, a.y, b.z]) AS p FROM f JOIN a ON f.k = a.k JOIN b ON a.b = b.b";

    [Fact]
    public async Task EveryPlacementGivesTheSameScores()
    {
        await using TestScene scene = await SceneAsync();
        IReadOnlyList<CandidatePlan> plans = scene.Session.Sql(Sql).EnumeratePlans(1000, TestScene.Cancellation);
        Assert.True(plans.Count > 2);
        Assert.All(plans, plan => Assert.True(plan.PredictedSeconds > 0));
        Assert.Equal(plans.Count, plans.Select(plan => plan.Report.Plan.Fragment).Distinct().Count());
        Dictionary<int, float> expected = await ScoresAsync(plans[0]);
        Assert.Equal(1000, expected.Count);
        foreach (CandidatePlan plan in plans.Skip(1))
        {
            Dictionary<int, float> actual = await ScoresAsync(plan);
            Assert.Equal(expected.Count, actual.Count);
            Assert.All(expected, entry => Assert.Equal(entry.Value, actual[entry.Key], 1e-4f));
        }
        scene.AssertNothingIsHeld();
    }

    [Fact]
    public async Task NothingIsPredictedToBeFasterThanTheExactPlan()
    {
        await using TestScene scene = await SceneAsync();
        double best = scene.Session.Sql(Sql).EnumeratePlans(1000, TestScene.Cancellation).Min(plan => plan.PredictedSeconds);
        CandidatePlan exact = scene.Session.Sql(Sql, new QueryOptions { Planner = Planner.Exact }).ChoosePlan(TestScene.Cancellation);
        Assert.InRange(exact.PredictedSeconds, 0, best * (1 + 1e-9));
        Assert.Equal(1000, (await ScoresAsync(exact)).Count);
    }

    [Fact]
    public async Task RulesGivePlansThatRun()
    {
        await using TestScene scene = await SceneAsync();
        Assert.Contains("morpheus-bottom-up", InferQuery.RuleNames);
        foreach (string rule in InferQuery.RuleNames)
        {
            Assert.Equal(1000, (await ScoresAsync(scene.Session.Sql(Sql).PlanWithRule(rule, TestScene.Cancellation))).Count);
        }
        Assert.Throws<InferFException>(() => scene.Session.Sql(Sql).PlanWithRule("morpheus", TestScene.Cancellation));
    }

    [Fact]
    public async Task TooManyPlacementsAreRefused()
    {
        await using TestScene scene = await SceneAsync();
        Assert.Throws<InferFException>(() => scene.Session.Sql(Sql).EnumeratePlans(2, TestScene.Cancellation));
    }

    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("f", "SELECT i::INTEGER AS id, (i % 50)::INTEGER AS k, (i % 7 / 7.0)::FLOAT AS x FROM range(1000) t(i)");
        await scene.TableAsync("a", "SELECT i::INTEGER AS k, (i % 5)::INTEGER AS b, (i / 50.0)::FLOAT AS y FROM range(50) t(i)");
        await scene.TableAsync("b", "SELECT i::INTEGER AS b, (i / 5.0)::FLOAT AS z FROM range(5) t(i)");
        await scene.ModelAsync("m", OnnxModels.Mlp(3, [16], "Relu", 1));
        return scene;
    }

    private static async Task<Dictionary<int, float>> ScoresAsync(CandidatePlan plan)
    {
        Dictionary<int, float> scores = [];
        await foreach (RecordBatch batch in plan.ExecuteArrowBatchesAsync(TestScene.Cancellation))
        {
            using (batch)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    scores.Add(((Int32Array)batch.Column(0)).Values[i], ((FloatArray)batch.Column(1)).Values[i]);
                }
            }
        }
        return scores;
    }
}
