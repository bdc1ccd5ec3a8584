using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using InferF.Cli.Bench.Sweeps;

namespace InferF.Cli.Bench.Report.Html;

/// <summary>
/// The report as one HTML page: no network, no other file, no script; its content security policy allows its own style and nothing else. Built from elements, so that all text is escaped.
/// </summary>
internal static class BenchPage
{
    /// <summary>The page.</summary>
    public static string Write(AllReport report)
    {
        string style = Style();
        XElement page = new(
            "html", new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("http-equiv", "Content-Security-Policy"), new XAttribute("content", $"default-src 'none'; style-src '{HashOf(style)}'; base-uri 'none'; form-action 'none'")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width")),
                new XElement("title", "InferF benchmarks"),
                new XElement("style", style)),
            new XElement("body", new XElement("h1", "InferF benchmarks"), Introduction(report), Goals(report), Workloads(report), SweepSections(report), Machine(report)));
        return "<!DOCTYPE html>\n" + page.ToString(SaveOptions.DisableFormatting) + "\n";
    }

    private static IEnumerable<XElement> Introduction(AllReport report)
    {
        BenchReport? first = report.Workloads.FirstOrDefault();
        yield return new XElement("p", new XAttribute("class", "faint"), string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Machine.Processor}, {report.Machine.Cores} logical processors; {(first is null ? "" : $"{first.Threads} threads, medians of {first.Runs} interleaved runs in one process. ")}Outputs of all contenders are compared row by row."));
        if (report.IsQuick)
        {
            yield return new XElement("p", new XElement("strong", "A quick run over few rows: it shows that everything runs, not how fast."));
        }
    }

    private static IEnumerable<XElement> Goals(AllReport report)
    {
        if (report.Goals.Count > 0)
        {
            yield return new XElement("h2", "Goals");
            yield return Table(ReportTable.Goals(report.Goals), "words");
        }
    }

    private static IEnumerable<XElement> Workloads(AllReport report)
    {
        if (report.Workloads.Count > 0)
        {
            yield return new XElement("h2", "Time by contender");
        }
        foreach (BenchReport workload in report.Workloads)
        {
            yield return new XElement("h3", workload.Source == "memory" ? workload.Workload : $"{workload.Workload} from {workload.Source}");
            yield return new XElement("p", workload.Description);
            if (workload.Skipped is string reason)
            {
                yield return new XElement("p", new XAttribute("class", "faint"), $"{(workload.HasFailed ? "Failed" : "Skipped")}: {reason.TrimEnd('.')}.");
                continue;
            }
            yield return new XElement("p", new XAttribute("class", "faint"), ReportTable.Summary(workload));
            yield return Chart.Bars(
                $"{workload.Workload}: seconds by contender",
                [.. workload.Results.Select(result => (result.Name, result.MedianSeconds, string.Create(CultureInfo.InvariantCulture, $"{result.MedianSeconds:G3} s, × {workload.Ratios[result.Name]:F2}")))]);
            yield return Table(ReportTable.Contenders(workload));
            if (workload.Roofline is not null)
            {
                yield return new XElement("p", ReportTable.Summary(workload.Roofline));
                yield return Table(ReportTable.Roofline(workload.Roofline), "words");
            }
        }
    }

    private static IEnumerable<XElement> SweepSections(AllReport report)
    {
        if (report.Sweeps.Count > 0)
        {
            yield return new XElement("h2", "How time grows");
        }
        foreach (SweepReport sweep in report.Sweeps)
        {
            yield return new XElement("h3", sweep.Title);
            if (sweep.Failure is string failure)
            {
                yield return new XElement("p", new XAttribute("class", "faint"), $"Failed: {failure.TrimEnd('.')}.");
                continue;
            }
            if (sweep.BreakEven is double x)
            {
                yield return new XElement("p", string.Create(CultureInfo.InvariantCulture, $"Factorization begins to pay at {x:G2} {sweep.Axis}."));
            }
            yield return Chart.Lines(sweep.Title, sweep.Axis, "seconds", sweep.Lines);
            yield return Table(ReportTable.Sweep(sweep));
        }
    }

    private static IEnumerable<XElement> Machine(AllReport report) =>
        [new XElement("h2", "The machine"), Table(ReportTable.Rates(report.Machine)), Table(ReportTable.Gathers(report.Machine))];

    private static XElement Table(ReportTable table, string style = "figures") => new(
        "div", new XAttribute("class", "scroll"),
        new XElement(
            "table", new XAttribute("class", style),
            new XElement("tr", table.Headers.Select(header => new XElement("th", header))),
            table.Rows.Select(row => new XElement("tr", row.Select(cell => new XElement("td", cell is "yes" or "no" ? new XAttribute("class", cell) : null, cell))))));

    private static string Style()
    {
        using Stream stream = typeof(BenchPage).Assembly.GetManifestResourceStream("BenchPage.css")!;
        using StreamReader reader = new(stream);
        // A reader of HTML sees line feeds only, and the hash is over what it sees.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";
}
