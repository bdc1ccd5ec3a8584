using InferF.Plan.Query;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Partial results in half precision: right within a bound that is reported, and only where they were asked for.</summary>
public sealed class PrecisionTests
{
    private const string Sql = "SELECT a.id, predict('m', [a.x, b.y, b.z, c.u]) AS p FROM a JOIN b ON a.k = b.k LEFT JOIN c ON b.g = c.g ORDER BY a.id";

    private static readonly QueryOptions s_fast = new() { Precision = Precision.Fast, Planner = Planner.Leaf, Nulls = OptionParser.ParseNulls("0.25") };
    private static readonly QueryOptions s_exact = s_fast with { Precision = Precision.Exact };

    [Theory]
    [InlineData(64, "Relu")]
    [InlineData(37, "Tanh")]
    [InlineData(200, "Sigmoid")]
    public async Task EveryPlannerIsWithinTheBound(int hidden, string activation)
    {
        await using TestScene scene = await SceneAsync(hidden, activation);
        Assert.Equal(200, await scene.VerifyAsync(Sql, s_fast));
    }

    [Fact]
    public async Task TheBoundOfTheReportTellsWhatItCosts()
    {
        await using TestScene scene = await SceneAsync(64, "Relu");
        ParityReport exact = await scene.Session.Sql(Sql, s_exact).VerifyAsync(cancellation: TestScene.Cancellation);
        ParityReport fast = await scene.Session.Sql(Sql, s_fast).VerifyAsync(cancellation: TestScene.Cancellation);
        Assert.True(exact.Ok && fast.Ok);
        Assert.True(fast.MaxErrorBound > 20 * exact.MaxErrorBound, $"{fast.MaxErrorBound}, {exact.MaxErrorBound}");
        Assert.True(fast.MaxAbsError > 20 * exact.MaxAbsError, $"{fast.MaxAbsError}, {exact.MaxAbsError}");
        Assert.InRange(fast.MaxErrorBound, fast.MaxAbsError, 0.5);
        Assert.Contains("largest bound", fast.ToText(), StringComparison.Ordinal);
        Assert.Contains("\"max_error_bound\":", fast.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneSessionRunsBothAndMixesNothing()
    {
        await using TestScene scene = await SceneAsync(64, "Relu");
        string exact = await scene.TextAsync(Sql, s_exact);
        string fast = await scene.TextAsync(Sql, s_fast);
        Assert.NotEqual(exact, fast);
        Assert.Equal(exact, await scene.TextAsync(Sql, s_exact));
        Assert.Equal(fast, await scene.TextAsync(Sql, s_fast));
        PlanReport report = await scene.Session.Sql(Sql, s_fast).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Contains("in half precision", report.ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("half precision", (await scene.Session.Sql(Sql, s_exact).ExplainAsync(cancellation: TestScene.Cancellation)).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatHalfPrecisionCannotHoldIsAnError()
    {
        await using TestScene scene = await SceneAsync(64, "Relu");
        scene.Session.Tables.Remove("b");
        await scene.TableAsync("b", "SELECT i::INTEGER AS k, (i % 5)::INTEGER AS g, (i * 1e6)::FLOAT AS y, 0::FLOAT AS z FROM range(20) t(i)");
        InferFException exception = await Assert.ThrowsAsync<InferFException>(() => scene.TextAsync(Sql, s_fast));
        Assert.Equal(InferFErrorCode.Arithmetic, exception.Code);
        Assert.Contains("65504", exception.Message, StringComparison.Ordinal);
        Assert.Contains("partial", exception.Message, StringComparison.Ordinal);
        Assert.Equal(200, (await scene.Session.Sql(Sql, s_exact).VerifyAsync(cancellation: TestScene.Cancellation)).Rows);
    }

    private static async Task<TestScene> SceneAsync(int hidden, string activation)
    {
        TestScene scene = new();
        await scene.TableAsync("a", "SELECT i::INTEGER AS id, (i % 20)::INTEGER AS k, (i * 0.003)::FLOAT AS x FROM range(200) t(i)");
        await scene.TableAsync("b", "SELECT i::INTEGER AS k, (i % 5)::INTEGER AS g, (i * 0.11)::FLOAT AS y, sin(i)::FLOAT AS z FROM range(20) t(i)");
        // No row for 3 and 4.
        await scene.TableAsync("c", "SELECT i::INTEGER AS g, (i * 0.7)::FLOAT AS u FROM range(3) t(i)");
        await scene.ModelAsync("m", OnnxModels.Mlp(4, [hidden, 8], activation, 1));
        return scene;
    }
}
