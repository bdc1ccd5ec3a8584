using System.Text.Json;
using System.Text.RegularExpressions;
using InferF.Optimizer.Reporting;

namespace InferF.Optimizer.Tests.Reporting;

public sealed partial class PlanHtmlTests
{
    [Fact]
    public void ThePageNeedsNothingElse()
    {
        foreach (string html in (string[])[PlanHtml.Write(Reports.Snowflake(isAnalyzed: true)), PlanHtml.Write(Reports.DecidedTwice(), Reports.Star(3))])
        {
            Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
            Assert.DoesNotContain("http:", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("https:", html, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotMatch(ReferenceToElsewhere(), html);
            Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void HostileNamesStayText()
    {
        string harmless = PlanHtml.Write(Reports.Snowflake());
        string hostile = PlanHtml.Write(Reports.Snowflake(Reports.Hostile, Reports.Hostile));
        Assert.Equal(Tags(harmless), Tags(hostile));
        Assert.DoesNotContain("alert('x')", hostile, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', hostile);
        Assert.Contains("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)", hostile, StringComparison.Ordinal);
    }

    [Fact]
    public void TheJsonIsInThePage()
    {
        string html = PlanHtml.Write(Reports.Snowflake(Reports.Hostile));
        Match json = EmbeddedJson().Match(html);
        Assert.Equal(PlanJson.Write(Reports.Snowflake(Reports.Hostile)), json.Groups[1].Value);
        Assert.Equal(Reports.Hostile, JsonDocument.Parse(json.Groups[1].Value).RootElement.GetProperty("nodes")[1].GetProperty("description").GetString());
    }

    [Fact]
    public void EverythingIsTold()
    {
        string html = PlanHtml.Write(Reports.DecidedTwice() with { Actuals = Reports.Snowflake(isAnalyzed: true).Actuals });
        foreach (string text in (string[])
            ["Planner greedy", "requested auto", "Estimated 87.7 ms, actual 60.6 ms", ">lazy<", "1500 <span", "4x fewer", "Decision after build", "16x fewer", "384 MB", "a sum over tables"])
        {
            Assert.Contains(text, html, StringComparison.Ordinal);
        }
    }

    // Names of elements in order; attribute values cannot hold < or >.
    private static IEnumerable<string> Tags(string html) => Tag().Matches(html).Select(match => match.Groups[1].Value);

    [GeneratedRegex("<(/?[a-zA-Z][a-z0-9]*)")]
    private static partial Regex Tag();

    [GeneratedRegex("""<script type="application/json" id="plan">(.*?)</script>""", RegexOptions.Singleline)]
    private static partial Regex EmbeddedJson();

    [GeneratedRegex("""<(?:link|img|iframe|object|embed|base)\b|\b(?:src|href)=|@import|url\(""", RegexOptions.IgnoreCase)]
    private static partial Regex ReferenceToElsewhere();
}
