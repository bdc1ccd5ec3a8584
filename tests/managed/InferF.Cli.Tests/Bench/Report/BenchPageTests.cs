using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferF.Cli.Bench.Report;
using InferF.Cli.Bench.Report.Html;
using InferF.Optimizer.Tests.Support;

namespace InferF.Cli.Tests.Bench.Report;

/// <summary>The page of <c>bench all</c>, as text and as a browser understands it.</summary>
public sealed partial class BenchPageTests
{
    // Writes what was laid out where into the document. The page's own policy forbids scripts, so it is taken out for measuring.
    private const string Measure = """
        <script>
        const boxes = Array.from(document.querySelectorAll("svg")).map((svg) => {
          const place = svg.getBoundingClientRect();
          const texts = Array.from(svg.querySelectorAll("text")).map((text) => text.getBoundingClientRect());
          const bar = svg.querySelector(".bar, .dot");
          return { width: place.width, height: place.height, inside: texts.every((t) => t.left >= place.left - 1 && t.right <= place.right + 1 && t.top >= place.top - 1 && t.bottom <= place.bottom + 1),
            texts: texts.length, colour: getComputedStyle(bar).fill };
        });
        document.documentElement.dataset.boxes = JSON.stringify({ boxes, page: document.documentElement.scrollWidth, tables: document.querySelectorAll("table").length });
        </script>
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void ShowsEverythingAndReachesOutToNothing()
    {
        string page = BenchPage.Write(Reports.All());
        foreach (string text in new[] { "star-mlp", "duckdb-ort-best", "9.50", "skipped: the data are elsewhere", "time by rows", "Factorization begins to pay at 12 fact rows", "A processor", "roofline", "peer ≥ 8 ×" })
        {
            Assert.Contains(text, page, StringComparison.OrdinalIgnoreCase);
        }
        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(src|href)=|url\(|<script", page);
    }

    [Fact]
    public async Task ABrowserDrawsThePlots()
    {
        string document = await OpenAsync(Policy().Replace(BenchPage.Write(Reports.All()), "").Replace("</body>", Measure + "</body>", StringComparison.Ordinal));
        JsonElement measured = JsonDocument.Parse(WebUtility.HtmlDecode(Boxes().Match(document).Groups[1].Value)).RootElement;
        JsonElement[] plots = [.. measured.GetProperty("boxes").EnumerateArray()];
        Assert.Equal(2, plots.Length);
        Assert.All(plots, plot =>
        {
            Assert.True(plot.GetProperty("width").GetDouble() > 300 && plot.GetProperty("height").GetDouble() > 20);
            Assert.True(plot.GetProperty("inside").GetBoolean());
            Assert.True(plot.GetProperty("texts").GetInt32() >= 4);
            // The style was applied: neither black, the colour of what has none, nor nothing.
            Assert.DoesNotContain(plot.GetProperty("colour").GetString(), new[] { "rgb(0, 0, 0)", "none" });
        });
        Assert.InRange(measured.GetProperty("page").GetInt32(), 1, 1600);
        Assert.Equal(6, measured.GetProperty("tables").GetInt32());
    }

    [Fact]
    public async Task ThePolicyAdmitsTheStyleAndNamesDoNoHarm()
    {
        string page = BenchPage.Write(Reports.All(Reports.Hostile));
        string document = await OpenAsync(page);
        Assert.Equal("InferF benchmarks", Title().Match(document).Groups[1].Value);
        Assert.DoesNotContain("<script", document, StringComparison.Ordinal);
    }

    [Fact]
    public void MarkdownReplacesWhatIsBetweenTheMarkers()
    {
        string page = $"# Page\n\nBefore.\n\n{AllMarkdown.Begin}\nold\n{AllMarkdown.End}\n\nAfter.\n";
        string written = AllMarkdown.Replace(page, Reports.All("a|b"));
        Assert.StartsWith("# Page\n\nBefore.\n\n" + AllMarkdown.Begin, written, StringComparison.Ordinal);
        Assert.EndsWith(AllMarkdown.End + "\n\nAfter.\n", written, StringComparison.Ordinal);
        Assert.DoesNotContain("old", written, StringComparison.Ordinal);
        Assert.Contains("| duckdb-ort-best | 3 | 0.950 | 0.855 | 1.045 | 1.900 | 9.50 | 300 | 10 |  |", written, StringComparison.Ordinal);
        Assert.Contains("a\\|b, memory", written, StringComparison.Ordinal);
        Assert.Equal(written, AllMarkdown.Replace(written, Reports.All("a|b")));
        Assert.Contains(AllMarkdown.End, AllMarkdown.Replace("", Reports.All()), StringComparison.Ordinal);
    }

    private static Task<string> OpenAsync(string html)
    {
        Assert.SkipWhen(HeadlessBrowser.Find() is null, HeadlessBrowser.Missing);
        return HeadlessBrowser.DocumentAsync(html, Cancellation);
    }

    [GeneratedRegex("""<meta http-equiv="Content-Security-Policy"[^>]*>""")]
    private static partial Regex Policy();

    [GeneratedRegex("data-boxes=\"([^\"]*)\"")]
    private static partial Regex Boxes();

    [GeneratedRegex("<title>(.*?)</title>", RegexOptions.Singleline)]
    private static partial Regex Title();
}
