using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferF.Optimizer.Reporting;
using InferF.Optimizer.Tests.Support;

namespace InferF.Optimizer.Tests.Reporting;

/// <summary>The page as a browser understands it.</summary>
public sealed partial class PlanHtmlInBrowserTests
{
    // Writes what was laid out where into the document. The page's own policy forbids foreign scripts, so it is taken out for measuring.
    private const string Measure = """
        <script>
        const boxes = Array.from(document.querySelectorAll("article.node")).map((box) => {
          const place = box.getBoundingClientRect();
          return { node: Number(box.dataset.node), left: place.left, top: place.top, right: place.right, bottom: place.bottom, colour: getComputedStyle(box).backgroundColor, text: box.innerText };
        });
        document.documentElement.dataset.boxes = JSON.stringify(boxes);
        </script>
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ProbeSidesAreBelowTheirJoinsAndBuildSidesToTheRight()
    {
        ExplainedPlan plan = Reports.Snowflake(isAnalyzed: true);
        Dictionary<int, JsonElement> boxes = (await BoxesAsync(PlanHtml.Write(plan))).ToDictionary(box => box.GetProperty("node").GetInt32());
        Assert.Equal(plan.Report.Nodes.Length, boxes.Count);
        foreach (var node in plan.Report.Nodes.Where(node => node.Inputs.Length == 2))
        {
            (JsonElement join, JsonElement probe, JsonElement build) = (boxes[node.Node], boxes[node.Inputs[0]], boxes[node.Inputs[1]]);
            Assert.Equal(Number(join, "left"), Number(probe, "left"), 1.0);
            Assert.True(Number(probe, "top") > Number(join, "bottom"));
            Assert.True(Number(build, "left") > Number(join, "right"));
            Assert.Equal(Number(join, "top"), Number(build, "top"), 1.0);
        }
        AssertNothingOverlaps([.. boxes.Values]);
        Assert.All(boxes.Values, box => Assert.True(Number(box, "right") - Number(box, "left") > 200 && Number(box, "bottom") - Number(box, "top") > 50));
        Assert.NotEqual(boxes[4].GetProperty("colour").GetString(), boxes[5].GetProperty("colour").GetString());
        Assert.Contains("Relu 'act' {f, a, c, b}", boxes[6].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Contains("4x fewer", boxes[6].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WideAndDeepTreesAreLaidOutWithoutOverlap()
    {
        foreach (ExplainedPlan plan in (ExplainedPlan[])[Reports.Star(20), Reports.Chain(20), Reports.Bushy(4)])
        {
            List<JsonElement> boxes = await BoxesAsync(PlanHtml.Write(plan));
            Assert.Equal(plan.Report.Nodes.Length, boxes.Count);
            AssertNothingOverlaps(boxes);
        }
    }

    [Fact]
    public async Task ComparedTreesStandSideBySide()
    {
        List<JsonElement> boxes = await BoxesAsync(PlanHtml.Write(Reports.Star(1), Reports.Star(1)));
        List<JsonElement> roots = [.. boxes.Where(box => box.GetProperty("node").GetInt32() == 2)];
        Assert.Equal(2, roots.Count);
        Assert.Equal(Number(roots[0], "top"), Number(roots[1], "top"), 1.0);
        Assert.True(Number(roots[1], "left") > Number(roots[0], "right"));
    }

    [Fact]
    public async Task HostileNamesRunNothingAndThePageWorks()
    {
        string hostile = "<img src=x onerror=\"document.title='owned'\"></script></style><script>document.title='owned'</script>" + Reports.Hostile;
        string document = await OpenAsync(PlanHtml.Write(Reports.Snowflake(hostile, hostile)));
        Assert.Contains("data-ready=\"true\"", document, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", Tools().Match(document).Value, StringComparison.Ordinal);
        Assert.Equal("InferF plan: greedy", WebUtility.HtmlDecode(Title().Match(document).Groups[1].Value));
        Assert.DoesNotMatch("<img", document);
        // The data and the page's own script.
        Assert.Equal(2, Script().Count(document));
    }

    private static async Task<List<JsonElement>> BoxesAsync(string html)
    {
        string measured = Policy().Replace(html, "").Replace("</body>", Measure + "</body>", StringComparison.Ordinal);
        string document = await OpenAsync(measured);
        string json = WebUtility.HtmlDecode(Boxes().Match(document).Groups[1].Value);
        return [.. JsonDocument.Parse(json).RootElement.EnumerateArray()];
    }

    private static Task<string> OpenAsync(string html)
    {
        Assert.SkipWhen(HeadlessBrowser.Find() is null, HeadlessBrowser.Missing);
        return HeadlessBrowser.DocumentAsync(html, Cancellation);
    }

    private static void AssertNothingOverlaps(List<JsonElement> boxes)
    {
        for (int i = 0; i < boxes.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                (JsonElement one, JsonElement other) = (boxes[i], boxes[j]);
                Assert.True(
                    Number(one, "right") <= Number(other, "left") || Number(other, "right") <= Number(one, "left")
                        || Number(one, "bottom") <= Number(other, "top") || Number(other, "bottom") <= Number(one, "top"),
                    $"{one} overlaps {other}");
            }
        }
    }

    private static double Number(JsonElement box, string name) => box.GetProperty(name).GetDouble();

    [GeneratedRegex("""<meta http-equiv="Content-Security-Policy"[^>]*>""")]
    private static partial Regex Policy();

    [GeneratedRegex("data-boxes=\"([^\"]*)\"")]
    private static partial Regex Boxes();

    [GeneratedRegex("""<div class="tools"[^>]*>""")]
    private static partial Regex Tools();

    [GeneratedRegex("<title>(.*?)</title>", RegexOptions.Singleline)]
    private static partial Regex Title();

    [GeneratedRegex("<script")]
    private static partial Regex Script();
}
