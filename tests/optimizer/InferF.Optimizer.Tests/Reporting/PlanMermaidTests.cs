using InferF.Optimizer.Reporting;

namespace InferF.Optimizer.Tests.Reporting;

public sealed class PlanMermaidTests
{
    // Everything a line of our flowcharts may be; a label holds no quote, and no sign that means something to Mermaid or HTML except in entity codes and <br/>.
    private const string Text = @"(?:[\p{L}\p{Nd} ,.:()+/%_…-]|#\d+;|<br/>)*";
    private const string Line = $@"^(?:flowchart TD|\s+[nab]\d+\[""{Text}""\]:::heat[0-3]|\s+[nab]\d+ ---(?:\|probe\||\|build\|)? [nab]\d+|\s+subgraph [ab]\[""{Text}""\]|\s+end|\s+classDef heat[0-3] [\w:#,]+|)$";

    [Fact]
    public void ATreeHasItsNodesAndEdges()
    {
        string[] lines = PlanMermaid.Write(Reports.Snowflake(isAnalyzed: true)).Split('\n');
        Assert.Equal("flowchart TD", lines[0]);
        Assert.StartsWith("  n6[\"HashJoin #35;6<br/>LEFT f.b #61; b.id<br/>rows 1M (estimate), actual 250k<br/>", lines[1], StringComparison.Ordinal);
        Assert.Contains("  n6 ---|probe| n4", lines);
        Assert.Contains("  n6 ---|build| n5", lines);
        Assert.Contains("  n4 ---|build| n3", lines);
        Assert.Equal(6, lines.Count(line => line.Contains("---", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("HashJoin #35;3, lazy<br/>", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Matches(Line, line));
    }

    [Fact]
    public void NoNameBreaksTheChart()
    {
        string text = PlanMermaid.Write(Reports.Snowflake(Reports.Hostile, Reports.Hostile), Reports.Snowflake("\"", "end"));
        Assert.All(text.Split('\n'), line => Assert.Matches(Line, line));
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.Equal(14, text.Split('\n').Count(line => line.Contains(":::heat", StringComparison.Ordinal)));
    }

    [Fact]
    public void ComparisonsAreTwoSubgraphs()
    {
        string[] lines = PlanMermaid.Write(Reports.Snowflake(), Reports.Star(3)).Split('\n');
        Assert.Equal(["  subgraph a[\"planner greedy: estimated 87.7 ms\"]", "  subgraph b[\"planner none: estimated 75 ms\"]"], lines.Where(line => line.Contains("subgraph", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line == "  end"));
        Assert.All(lines, line => Assert.Matches(Line, line));
    }
}
