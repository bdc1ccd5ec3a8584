using System.Text;
using InferF.Cli.Bench.Report;

namespace InferF.Cli.Bench.Planner;

/// <summary>The report of the planner's benchmark as a page of the documentation.</summary>
internal static class PlannerBenchMarkdown
{
    /// <summary>The page.</summary>
    public static string Write(PlannerBenchReport report)
    {
        StringBuilder page = new();
        page.Append("# The planner's benchmark\n\n");
        page.Append("Written by `inferf bench planner --write docs/PLANNER_BENCH.md`; run it again rather than edit it. ");
        page.Append($"{report.Threads} threads, {report.Runs} interleaved runs of every plan after one to warm up, seed {report.Seed}{(report.IsQuick ? ", short benchmark" : "")}.\n\n");
        foreach (string line in PlannerBenchTables.SummaryLines(report.Summary))
        {
            page.Append($"- {line}\n");
        }
        page.Append(
            """

            ## By workload

            *Fastest*, *slowest* and *auto* are medians of measured milliseconds; *auto / fastest* compares the plan that auto picked with the fastest of all placements, both run
            again in a final with the closest others. *Rank correlation* is Spearman's, between predicted and measured times of all placements. *Guard* is the time of the query with
            `auto`, planning included, over the better of `none` and `leaf`; *twice / once* over the same query that does not decide a second time. Every *cpu* column is the figure before it in processor time of all threads, which other work on the
            machine disturbs less.


            """);
        page.AppendTable(PlannerBenchTables.WorkloadHeaders, PlannerBenchTables.WorkloadRows(report));
        page.Append(
            """

            ## By planner

            *Predicted* is the modelled time of one thread. Planners that choose the same plan share its runs.


            """);
        page.AppendTable(PlannerBenchTables.PlannerHeaders, PlannerBenchTables.PlannerRows(report));
        if (report.Summary.WrongStatistics > 0)
        {
            page.Append(
                """

                ## Wrong statistics

                The planner is told a wrong number of rows of a table, four times too many or too few, alone or in all tables in opposite directions. *Decided once* is the time of the
                plan it makes, executed as it is, over that of the well-informed plan; *decided twice* that of the query, which places again after the build phase, over that of the
                well-informed query. Wrong numbers that do not change the plan are left out, and of those that change it alike all but one.


                """);
            page.AppendTable(PlannerBenchTables.WrongHeaders, PlannerBenchTables.WrongRows(report));
        }
        WorkloadResult[] skipped = [.. report.Workloads.Where(workload => workload.Skipped is not null)];
        if (skipped.Length > 0)
        {
            page.Append("\n## Skipped\n\n");
            foreach (WorkloadResult workload in skipped)
            {
                page.Append($"- {workload.Workload}: {workload.Skipped}\n");
            }
        }
        return page.ToString();
    }
}
