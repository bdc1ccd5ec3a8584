using System.Text.Json;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>EXPLAIN through the library: every format, comparisons, and counts of real runs.</summary>
public sealed class PlanReportTests
{
    private const string Sql = "SELECT a.id, predict('m', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k";

    [Fact]
    public async Task EveryFormatTellsTheActualRows()
    {
        await using TestScene scene = await SceneAsync();
        PlanReport report = await scene.Session.Sql(Sql).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Contains("actual 3000", report.ToText(), StringComparison.Ordinal);
        Assert.Contains("actual 3000", report.ToMermaid(), StringComparison.Ordinal);
        Assert.Contains("<td>3000</td>", report.ToHtml(), StringComparison.Ordinal);
        JsonElement root = JsonDocument.Parse(report.ToJson()).RootElement;
        JsonElement top = root.GetProperty("nodes").EnumerateArray().Last();
        Assert.Equal(3000, top.GetProperty("actual").GetProperty("rows").GetInt64());
        double milliseconds = root.GetProperty("nodes").EnumerateArray()
            .SelectMany(node => node.GetProperty("values").EnumerateArray().Append(node))
            .Sum(entry => entry.TryGetProperty("actual", out JsonElement actual) ? actual.GetProperty("milliseconds").GetDouble() : 0);
        Assert.Equal(milliseconds / 1e3, root.GetProperty("total").GetProperty("actualSeconds").GetDouble(), 9);
        Assert.True(milliseconds > 0);
    }

    [Fact]
    public async Task EstimatesAloneHaveNoActualFigures()
    {
        await using TestScene scene = await SceneAsync();
        PlanReport report = await scene.Session.Sql(Sql).ExplainAsync(cancellation: TestScene.Cancellation);
        Assert.All([report.ToText(), report.ToMermaid(), report.ToJson()], text => Assert.DoesNotContain("actual", text, StringComparison.Ordinal));
        Assert.DoesNotContain("<th>actual</th>", report.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PagesAreSavedAndReplaced()
    {
        await using TestScene scene = await SceneAsync();
        PlanReport report = await scene.Session.Sql(Sql, new QueryOptions { Planner = Planner.Leaf }).ExplainAsync(cancellation: TestScene.Cancellation);
        PlanComparison comparison = report.Compare(await scene.Session.Sql(Sql, new QueryOptions { Planner = Planner.None }).ExplainAsync(cancellation: TestScene.Cancellation));
        string path = scene.PathOf("plan.html");
        await comparison.SaveHtmlAsync(path, TestScene.Cancellation);
        Assert.Equal(comparison.ToHtml(), await File.ReadAllTextAsync(path, TestScene.Cancellation));
        await report.SaveHtmlAsync(path, TestScene.Cancellation);
        Assert.Equal(report.ToHtml(), await File.ReadAllTextAsync(path, TestScene.Cancellation));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => report.SaveHtmlAsync(path, new CancellationToken(canceled: true)));
        await Assert.ThrowsAsync<ArgumentException>(() => report.SaveHtmlAsync("", TestScene.Cancellation));
    }

    [Fact]
    public async Task ComparisonsTellWhatMovesBetweenPlanners()
    {
        await using TestScene scene = await SceneAsync();
        PlanReport leaf = await scene.Session.Sql(Sql, new QueryOptions { Planner = Planner.Leaf }).ExplainAsync(cancellation: TestScene.Cancellation);
        PlanReport none = await scene.Session.Sql(Sql, new QueryOptions { Planner = Planner.None }).ExplainAsync(cancellation: TestScene.Cancellation);
        PlanComparison comparison = leaf.Compare(none);
        JsonElement difference = JsonDocument.Parse(comparison.ToJson()).RootElement.GetProperty("difference");
        Assert.True(difference.GetProperty("sameJoinTree").GetBoolean());
        Assert.Contains(difference.GetProperty("moves").EnumerateArray(), move =>
            move.GetProperty("label").GetString()!.EndsWith("partial {b}", StringComparison.Ordinal)
            && move.GetProperty("from")[0].GetString() == "Scan b" && move.GetProperty("to").GetArrayLength() == 0);
        Assert.Contains("partial {b}: Scan b -> nowhere", comparison.ToText(), StringComparison.Ordinal);
        Assert.Contains("subgraph b[\"planner none", comparison.ToMermaid(), StringComparison.Ordinal);
        Assert.Contains("every value is computed at the same node", none.Compare(none).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task QuotedIdentifiersOfAnyKindAreShown()
    {
        await using TestScene scene = await SceneAsync();
        const string name = "</script><script>alert(1)</script>\"]";
        string quoted = $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        string sql = $"SELECT predict('m', [{quoted}.v, b.w]) AS p FROM a AS {quoted} JOIN b ON {quoted}.k = b.k";
        PlanReport report = await scene.Session.Sql(sql).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Contains(name, report.ToText(200), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", report.ToHtml(), StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", report.ToMermaid(), StringComparison.Ordinal);
        Assert.Contains(
            JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("nodes").EnumerateArray(), node => node.GetProperty("description").GetString() == $"a AS {name}");
    }

    [Fact]
    public async Task RealFlightsAreExplained()
    {
        Assert.SkipWhen(SharedData.Find("nycflights13") is null, SharedData.Missing);
        await using TestScene scene = new(new InferOptions { Nulls = new Plan.Query.NullHandling(Plan.Query.NullMode.Constant, 0.5) });
        foreach (string table in (string[])["flights", "planes", "airports"])
        {
            scene.Session.Tables.Add(table, Source.Csv(SharedData.Find("nycflights13", $"{table}.csv.gz")!));
        }
        await scene.ModelAsync("m", OnnxModels.Mlp(6, [64, 32], "Relu", seed: 1));
        PlanReport report = await scene.Session
            .Sql("SELECT predict('m', [f.distance, f.hour, p.seats, p.engines, a.lat, a.lon]) AS p FROM flights f JOIN planes p USING (tailnum) JOIN airports a ON f.dest = a.faa")
            .ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Matches(@"rows \S+ \(\w+\), actual 278k", report.ToText(200));
        Assert.All(report.ToText().Split('\n'), line => Assert.InRange(line.Length, 0, 100));
        JsonElement[] nodes = [.. JsonDocument.Parse(report.ToJson()).RootElement.GetProperty("nodes").EnumerateArray()];
        Assert.Equal(5, nodes.Length);
        Assert.All(nodes, node => Assert.True(node.GetProperty("kind").GetString() != "HashJoin" || node.GetProperty("estimatedSeconds").GetDouble() > 0));
        Assert.Equal(1, nodes.Count(node => node.GetProperty("description").GetString() == "flights AS f" && node.GetProperty("actual").GetProperty("rows").GetInt64() == 336_776));
    }

    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("a", "SELECT i AS id, i % 4 AS k, i::FLOAT AS v FROM range(4000) t(i)");
        await scene.TableAsync("b", "SELECT i AS k, i::FLOAT AS w FROM range(3) t(i)");
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [16], "Relu", seed: 1));
        return scene;
    }
}
