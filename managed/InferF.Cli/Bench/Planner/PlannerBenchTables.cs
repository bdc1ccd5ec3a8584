using System.Globalization;
using InferF.Cli.Bench.Report;

namespace InferF.Cli.Bench.Planner;

/// <summary>The report of the planner's benchmark as tables: by workload, and by planner.</summary>
internal static class PlannerBenchTables
{
    /// <summary>Headers of the table by workload.</summary>
    public static IReadOnlyList<string> WorkloadHeaders { get; } =
        ["workload", "tables", "rows", "placements", "fastest ms", "slowest ms", "auto ms", "auto / fastest", "cpu", "rank correlation", "cpu", "guard", "cpu", "twice / once", "cpu"];

    /// <summary>Headers of the table by workload and planner.</summary>
    public static IReadOnlyList<string> PlannerHeaders { get; } = ["workload", "planner", "predicted ms", "measured ms", "cpu ms", "planning ms", "placement"];

    /// <summary>Rows of the table by workload, without those that were skipped.</summary>
    public static IEnumerable<IReadOnlyList<string>> WorkloadRows(PlannerBenchReport report) => report.Workloads.Where(workload => workload.Skipped is null).Select(workload => (IReadOnlyList<string>)
    [
        workload.Workload,
        workload.Tables.ToString(CultureInfo.InvariantCulture),
        workload.Rows.ToString(CultureInfo.InvariantCulture),
        workload.Placements.Count == 0 ? "" : workload.Placements.Count.ToString(CultureInfo.InvariantCulture),
        workload.Placements.Count == 0 ? "" : Milliseconds(workload.Placements[0].MeasuredSeconds),
        workload.Placements.Count == 0 ? "" : Milliseconds(workload.Placements[^1].MeasuredSeconds),
        Milliseconds(workload.Planners.First(planner => planner.Planner == "auto").Plan.MeasuredSeconds),
        Ratio(workload.AutoOverFastest),
        Ratio(workload.AutoOverFastestProcessor),
        Ratio(workload.Spearman),
        Ratio(workload.SpearmanProcessor),
        Ratio(workload.Guard),
        Ratio(workload.GuardProcessor),
        Ratio(workload.SecondDecision),
        Ratio(workload.SecondDecisionProcessor),
    ]);

    /// <summary>Rows of the table by workload and planner.</summary>
    public static IEnumerable<IReadOnlyList<string>> PlannerRows(PlannerBenchReport report) => report.Workloads.SelectMany(workload => workload.Planners.Select(planner => (IReadOnlyList<string>)
    [
        workload.Workload,
        planner.Planner,
        Milliseconds(planner.Plan.PredictedSeconds),
        Milliseconds(planner.Plan.MeasuredSeconds),
        Milliseconds(planner.Plan.ProcessorSeconds),
        Milliseconds(planner.PlanningSeconds),
        planner.Plan.Placement,
    ]));

    /// <summary>Headers of the table of wrong statistics.</summary>
    public static IReadOnlyList<string> WrongHeaders { get; } = ["workload", "wrong rows", "decided once", "cpu", "decided twice", "cpu", "planned from them"];

    /// <summary>Rows of the table of wrong statistics.</summary>
    public static IEnumerable<IReadOnlyList<string>> WrongRows(PlannerBenchReport report) => report.Workloads.SelectMany(workload => workload.WrongStatistics.Select(wrong => (IReadOnlyList<string>)
    [
        workload.Workload, wrong.Wrong, Ratio(wrong.DecidedOnce), Ratio(wrong.DecidedOnceProcessor), Ratio(wrong.DecidedTwice), Ratio(wrong.DecidedTwiceProcessor), wrong.Placement,
    ]));

    /// <summary>One line per figure that the planner is judged by.</summary>
    public static IEnumerable<string> SummaryLines(PlannerSummary summary)
    {
        if (summary.Exhaustive > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Exhaustive} workloads with all placements executed: the plan auto picks is within 10 % of the fastest on {summary.WithinTenPercent:P0} of them (by processor time {summary.WithinTenPercentProcessor:P0}); median rank correlation {summary.MedianSpearman:F2} ({summary.MedianSpearmanProcessor:F2}).");
        }
        if (summary.WorstGuard is double guard)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"End to end, auto takes at most {guard:F2} times as long as the better of none and leaf ({summary.WorstGuardWorkload}); by processor time {summary.WorstGuardProcessor:F2}.");
        }
        if (summary.DecidedTwice is double twice)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.WrongStatistics} plans from row counts wrong by a factor of 4 take at most {summary.DecidedOnce:F2} times as long as well-informed ones; decided twice, at most {twice:F2} times (by processor time {summary.DecidedTwiceProcessor:F2}).");
        }
    }

    /// <summary>Prints the report for people.</summary>
    public static void Print(PlannerBenchReport report)
    {
        ConsoleTables.Print(WorkloadHeaders, WorkloadRows(report), left: 1);
        ConsoleTables.Print(PlannerHeaders, PlannerRows(report), left: 2, "placement");
        ConsoleTables.Print(WrongHeaders, WrongRows(report), left: 2, "planned from them");
        foreach (WorkloadResult skipped in report.Workloads.Where(workload => workload.Skipped is not null))
        {
            Console.WriteLine($"skipped {skipped.Workload}: {skipped.Skipped}");
        }
        foreach (string line in SummaryLines(report.Summary))
        {
            Console.WriteLine(line);
        }
    }

    private static string Milliseconds(double seconds) => (seconds * 1e3).ToString(seconds < 0.01 ? "F2" : "F1", CultureInfo.InvariantCulture);

    private static string Ratio(double? ratio) => ratio?.ToString("F2", CultureInfo.InvariantCulture) ?? "";
}
