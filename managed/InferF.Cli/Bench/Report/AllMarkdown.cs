using System.Globalization;
using System.Text;
using InferF.Cli.Bench.Sweeps;

namespace InferF.Cli.Bench.Report;

/// <summary>The figures of <c>bench all</c> as part of a page of the documentation.</summary>
internal static class AllMarkdown
{
    /// <summary>Line before what the tool writes.</summary>
    public const string Begin = "<!-- begin: written by inferf bench all -->";

    /// <summary>Line after it.</summary>
    public const string End = "<!-- end: written by inferf bench all -->";

    /// <summary>Replaces the figures of a page.</summary>
    /// <param name="page">The page; without markers the figures are added at its end.</param>
    /// <param name="report">The figures.</param>
    public static string Replace(string page, AllReport report) => Markdown.ReplaceBlock(page, Begin, End, Write(report));

    private static string Write(AllReport report)
    {
        StringBuilder page = new();
        BenchReport? first = report.Workloads.FirstOrDefault();
        page.Append(CultureInfo.InvariantCulture, $"Measured on {report.Machine.Processor}, {report.Machine.Cores} logical processors, vectors of {report.Machine.VectorBits} bits");
        page.Append(first is null ? ".\n" : string.Create(CultureInfo.InvariantCulture, $"; {first.Threads} threads, medians of {first.Runs} interleaved runs.\n"));
        page.Append(report.IsQuick ? "\n**A quick run over few rows: it shows that everything runs, not how fast.**\n" : "");
        if (report.Goals.Count > 0)
        {
            page.Append("\n### Goals\n\n").AppendTable(ReportTable.Goals(report.Goals));
        }
        foreach (BenchReport workload in report.Workloads)
        {
            page.Append($"\n### {workload.Workload}{(workload.Source == "memory" ? "" : $" from {workload.Source}")}\n\n{Capitalized(workload.Description)}. ");
            if (workload.Skipped is string reason)
            {
                page.Append($"{(workload.HasFailed ? "Failed" : "Skipped")}: {reason.TrimEnd('.')}.\n");
                continue;
            }
            page.Append($"{ReportTable.Summary(workload)}.\n\n").AppendTable(ReportTable.Contenders(workload));
            if (workload.Roofline is not null)
            {
                page.Append($"\n{Capitalized(ReportTable.Summary(workload.Roofline))}:\n\n").AppendTable(ReportTable.Roofline(workload.Roofline));
            }
        }
        foreach (SweepReport sweep in report.Sweeps)
        {
            page.Append($"\n### {sweep.Name}\n\n{Capitalized(sweep.Title)}.");
            if (sweep.Failure is string failure)
            {
                page.Append($" Failed: {failure.TrimEnd('.')}.\n");
                continue;
            }
            page.Append(sweep.BreakEven is double x ? string.Create(CultureInfo.InvariantCulture, $" Factorization begins to pay at {x:G2} {sweep.Axis}.") : "").Append("\n\n");
            page.AppendTable(ReportTable.Sweep(sweep));
        }
        page.Append("\n### The machine\n\n").AppendTable(ReportTable.Rates(report.Machine)).Append('\n').AppendTable(ReportTable.Gathers(report.Machine));
        return page.ToString();
    }

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
