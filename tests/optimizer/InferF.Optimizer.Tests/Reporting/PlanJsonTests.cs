using System.Text.Json;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Tests.Reporting;

public sealed class PlanJsonTests
{
    [Fact]
    public void FieldNamesAreStable()
    {
        using JsonDocument json = JsonDocument.Parse(PlanJson.Write(Reports.DecidedTwice() with { Actuals = Reports.Snowflake(isAnalyzed: true).Actuals }));
        JsonElement plan = json.RootElement;
        Assert.Equal(["planner", "requested", "reason", "estimatedSeconds", "costConstants", "total", "nodes", "decisions", "coverage"], Names(plan));
        Assert.Equal(["estimatedSeconds", "actualSeconds", "spilledBytes"], Names(plan.GetProperty("total")));
        JsonElement node = plan.GetProperty("nodes")[3];
        Assert.Equal(
            [
                "id", "kind", "description", "inputs", "tables", "estimatedRows", "estimatedRowsSource", "referencedRows", "referencedRowsSource", "lazy", "estimatedSeconds",
                "relationalSeconds", "flops", "bytes", "actual", "values",
            ],
            Names(node));
        Assert.Equal(["rows", "milliseconds", "bytes", "flops"], Names(node.GetProperty("actual")));
        Assert.Equal(["id", "operator", "label", "width", "estimatedSeconds", "flops", "bytes", "actual"], Names(node.GetProperty("values")[0]));
        JsonElement decision = plan.GetProperty("decisions")[1];
        Assert.Equal(["when", "planner", "keptSeconds", "alternativeSeconds", "taken", "observed", "moves"], Names(decision));
        Assert.Equal(["node", "quantity", "expected", "observed"], Names(decision.GetProperty("observed")[0]));
        Assert.Equal(["label", "from", "to"], Names(decision.GetProperty("moves")[0]));
        Assert.Equal(["model", "operator", "form", "pushable", "why"], Names(plan.GetProperty("coverage")[0]));
    }

    [Fact]
    public void NumbersAreThoseOfTheReport()
    {
        using JsonDocument json = JsonDocument.Parse(PlanJson.Write(Reports.Snowflake(isAnalyzed: true)));
        JsonElement node = json.RootElement.GetProperty("nodes")[3];
        Assert.True(node.GetProperty("lazy").GetBoolean());
        Assert.Equal(1500, node.GetProperty("referencedRows").GetDouble());
        Assert.Equal(0.0254, node.GetProperty("estimatedSeconds").GetDouble(), 10);
        Assert.Equal(0.025, node.GetProperty("relationalSeconds").GetDouble());
        Assert.Equal(15_360_000, node.GetProperty("flops").GetDouble());
        Assert.Equal(20_000, node.GetProperty("actual").GetProperty("rows").GetInt64());
        Assert.Equal(0.0606, json.RootElement.GetProperty("total").GetProperty("actualSeconds").GetDouble(), 10);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("nodes")[0].GetProperty("referencedRows").ValueKind);
        Assert.False(json.RootElement.GetProperty("nodes")[2].TryGetProperty("actual", out _));
    }

    [Fact]
    public void ComparisonsHoldBothPlansAndTheirDifference()
    {
        using JsonDocument json = JsonDocument.Parse(PlanJson.Write(Reports.Snowflake(isAnalyzed: true), Reports.Star(3)));
        Assert.Equal(["plans", "difference"], Names(json.RootElement));
        Assert.Equal(["greedy", "none"], json.RootElement.GetProperty("plans").EnumerateArray().Select(plan => plan.GetProperty("planner").GetString()));
        JsonElement difference = json.RootElement.GetProperty("difference");
        Assert.Equal(["estimatedSeconds", "sameJoinTree", "moves"], Names(difference));
        Assert.False(difference.GetProperty("sameJoinTree").GetBoolean());
        Assert.Equal(3, difference.GetProperty("moves").GetArrayLength());
        JsonElement seconds = difference.GetProperty("estimatedSeconds");
        Assert.Equal(seconds.GetProperty("second").GetDouble() / seconds.GetProperty("first").GetDouble(), seconds.GetProperty("ratio").GetDouble());
    }

    [Fact]
    public void NamesSurviveAndNumbersThatJsonLacksAreNull()
    {
        ExplainedPlan plan = Reports.Snowflake(Reports.Hostile, "lone \ud800 surrogate");
        plan = plan with { Report = plan.Report with { Nodes = [.. plan.Report.Nodes.Select(node => node with { EstimatedRows = double.NaN })] } };
        string text = PlanJson.Write(plan);
        Assert.DoesNotContain('<', text);
        using JsonDocument json = JsonDocument.Parse(text);
        Assert.Equal(Reports.Hostile, json.RootElement.GetProperty("nodes")[1].GetProperty("description").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("nodes")[1].GetProperty("estimatedRows").ValueKind);
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
