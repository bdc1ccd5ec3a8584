using System.Text.Json.Serialization;

namespace InferF.Cli.Bench.Planner;

/// <summary>What executing one plan took, beside what was predicted.</summary>
/// <param name="Placement">What is computed below the joins.</param>
/// <param name="PredictedSeconds">Modelled seconds of one thread.</param>
/// <param name="MeasuredSeconds">Median of its runs.</param>
/// <param name="MinSeconds">Fastest run.</param>
/// <param name="ProcessorSeconds">Median of the processor time of all threads.</param>
/// <param name="Runs">Timed runs.</param>
internal sealed record MeasuredPlacement(
    [property: JsonPropertyName("placement")] string Placement,
    [property: JsonPropertyName("predicted_s")] double PredictedSeconds,
    [property: JsonPropertyName("measured_s")] double MeasuredSeconds,
    [property: JsonPropertyName("min_s")] double MinSeconds,
    [property: JsonPropertyName("cpu_s")] double ProcessorSeconds,
    [property: JsonPropertyName("runs")] int Runs);

/// <summary>A planner or published rule on one workload.</summary>
/// <param name="Planner">Its name.</param>
/// <param name="PlanningSeconds">Median time of planning the query, from statistics to the finished plan.</param>
/// <param name="Plan">The plan it chose, executed as it is. Planners that chose the same plan share its runs.</param>
/// <param name="EndToEndSeconds">Median time of the query as users run it: planning included, decided twice. Null where that was not measured.</param>
/// <param name="EndToEndProcessorSeconds">Median processor time of it.</param>
internal sealed record PlannerResult(
    [property: JsonPropertyName("planner")] string Planner,
    [property: JsonPropertyName("planning_s")] double PlanningSeconds,
    [property: JsonPropertyName("plan")] MeasuredPlacement Plan,
    [property: JsonPropertyName("end_to_end_s")] double? EndToEndSeconds,
    [property: JsonPropertyName("end_to_end_cpu_s")] double? EndToEndProcessorSeconds);

/// <summary>What a wrong number of rows costs, in times of the plan made from right ones.</summary>
/// <param name="Wrong">Which table's number is wrong, and how.</param>
/// <param name="Placement">What is planned from it.</param>
/// <param name="DecidedOnce">Measured time of that plan, executed as it is, over that of the well-informed plan.</param>
/// <param name="DecidedOnceProcessor">The same in processor time.</param>
/// <param name="DecidedTwice">Measured time of the query, which decides again after the build phase, over that of the well-informed query.</param>
/// <param name="DecidedTwiceProcessor">The same in processor time.</param>
internal sealed record WrongStatisticsResult(
    [property: JsonPropertyName("wrong")] string Wrong,
    [property: JsonPropertyName("placement")] string Placement,
    [property: JsonPropertyName("decided_once")] double DecidedOnce,
    [property: JsonPropertyName("decided_once_cpu")] double DecidedOnceProcessor,
    [property: JsonPropertyName("decided_twice")] double DecidedTwice,
    [property: JsonPropertyName("decided_twice_cpu")] double DecidedTwiceProcessor);

/// <summary>A workload's results.</summary>
/// <param name="Workload">Name.</param>
/// <param name="Tables">Tables joined.</param>
/// <param name="Rows">Rows scored.</param>
/// <param name="Skipped">Why it did not run; null if it did.</param>
/// <param name="Planners">By planner.</param>
/// <param name="Placements">All placements in the order of their measured times, where they were executed.</param>
/// <param name="AutoOverFastest">Measured time of the plan auto chose over that of the fastest placement.</param>
/// <param name="AutoOverFastestProcessor">The same in processor time: what to look at on a machine that does other things, too.</param>
/// <param name="Spearman">Rank correlation of predicted and measured times of all placements.</param>
/// <param name="SpearmanProcessor">Rank correlation of predicted and processor times.</param>
/// <param name="Guard">End-to-end time of auto over the better of none and leaf.</param>
/// <param name="GuardProcessor">The same in processor time.</param>
/// <param name="SecondPlacement">What auto decided after the build phase, from right statistics.</param>
/// <param name="SecondDecision">Time of the query with auto over the same query that decides once.</param>
/// <param name="SecondDecisionProcessor">The same in processor time.</param>
/// <param name="WrongStatistics">What wrong cardinalities cost, where they change the plan.</param>
internal sealed record WorkloadResult(
    [property: JsonPropertyName("workload")] string Workload,
    [property: JsonPropertyName("tables")] int Tables,
    [property: JsonPropertyName("rows")] long Rows,
    [property: JsonPropertyName("skipped")] string? Skipped,
    [property: JsonPropertyName("planners")] IReadOnlyList<PlannerResult> Planners,
    [property: JsonPropertyName("placements")] IReadOnlyList<MeasuredPlacement> Placements,
    [property: JsonPropertyName("auto_over_fastest")] double? AutoOverFastest,
    [property: JsonPropertyName("auto_over_fastest_cpu")] double? AutoOverFastestProcessor,
    [property: JsonPropertyName("spearman")] double? Spearman,
    [property: JsonPropertyName("spearman_cpu")] double? SpearmanProcessor,
    [property: JsonPropertyName("guard")] double? Guard,
    [property: JsonPropertyName("guard_cpu")] double? GuardProcessor,
    [property: JsonPropertyName("second_placement")] string? SecondPlacement,
    [property: JsonPropertyName("second_decision")] double? SecondDecision,
    [property: JsonPropertyName("second_decision_cpu")] double? SecondDecisionProcessor,
    [property: JsonPropertyName("wrong_statistics")] IReadOnlyList<WrongStatisticsResult> WrongStatistics)
{
    /// <summary>A workload that cannot run.</summary>
    public static WorkloadResult NotRun(PlannerWorkload workload, string reason) => new(workload.Name, workload.TableCount, 0, reason, [], [], null, null, null, null, null, null, null, null, null, []);
}

/// <summary>The figures the planner is judged by.</summary>
/// <param name="Exhaustive">Workloads of which all placements were executed.</param>
/// <param name="WithinTenPercent">Share of them on which the plan auto chose took at most 10 % more than the fastest placement.</param>
/// <param name="WithinTenPercentProcessor">The same in processor time.</param>
/// <param name="MedianSpearman">Rank correlation in the median workload.</param>
/// <param name="MedianSpearmanProcessor">The same with processor times.</param>
/// <param name="WorstGuard">Largest ratio of auto to the better of none and leaf, end to end.</param>
/// <param name="WorstGuardWorkload">Where.</param>
/// <param name="WorstGuardProcessor">The largest ratio in processor time.</param>
/// <param name="WrongStatistics">Wrong cardinalities that changed a plan.</param>
/// <param name="DecidedOnce">Largest ratio of the plans made from them to well-informed ones.</param>
/// <param name="DecidedTwice">Largest ratio when the query decides again.</param>
/// <param name="DecidedTwiceProcessor">The same in processor time.</param>
internal sealed record PlannerSummary(
    [property: JsonPropertyName("exhaustive_workloads")] int Exhaustive,
    [property: JsonPropertyName("within_10_percent")] double? WithinTenPercent,
    [property: JsonPropertyName("within_10_percent_cpu")] double? WithinTenPercentProcessor,
    [property: JsonPropertyName("median_spearman")] double? MedianSpearman,
    [property: JsonPropertyName("median_spearman_cpu")] double? MedianSpearmanProcessor,
    [property: JsonPropertyName("worst_guard")] double? WorstGuard,
    [property: JsonPropertyName("worst_guard_workload")] string? WorstGuardWorkload,
    [property: JsonPropertyName("worst_guard_cpu")] double? WorstGuardProcessor,
    [property: JsonPropertyName("wrong_statistics")] int WrongStatistics,
    [property: JsonPropertyName("worst_decided_once")] double? DecidedOnce,
    [property: JsonPropertyName("worst_decided_twice")] double? DecidedTwice,
    [property: JsonPropertyName("worst_decided_twice_cpu")] double? DecidedTwiceProcessor);

/// <summary>Result of <c>bench planner</c>, as <c>--json</c> prints it.</summary>
/// <param name="Threads">Threads of the engine.</param>
/// <param name="Runs">Interleaved runs of every plan, after one to warm up.</param>
/// <param name="Seed">Of data and weights.</param>
/// <param name="IsQuick">Whether it was the short benchmark.</param>
/// <param name="Workloads">By workload.</param>
/// <param name="Summary">The figures the planner is judged by.</param>
internal sealed record PlannerBenchReport(
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("runs")] int Runs,
    [property: JsonPropertyName("seed")] int Seed,
    [property: JsonPropertyName("quick")] bool IsQuick,
    [property: JsonPropertyName("workloads")] IReadOnlyList<WorkloadResult> Workloads,
    [property: JsonPropertyName("summary")] PlannerSummary Summary)
{
    /// <summary>Summarises workloads.</summary>
    public static PlannerSummary Summarize(IReadOnlyList<WorkloadResult> workloads)
    {
        WorkloadResult[] exhaustive = [.. workloads.Where(workload => workload.AutoOverFastest is not null)];
        WorkloadResult? worst = workloads.Where(workload => workload.Guard is not null).MaxBy(workload => workload.Guard);
        WrongStatisticsResult[] wrong = [.. workloads.SelectMany(workload => workload.WrongStatistics)];
        return new PlannerSummary(
            exhaustive.Length,
            WithinTenPercent(exhaustive.Select(workload => workload.AutoOverFastest)),
            WithinTenPercent(exhaustive.Select(workload => workload.AutoOverFastestProcessor)),
            Median(workloads.Select(workload => workload.Spearman)),
            Median(workloads.Select(workload => workload.SpearmanProcessor)),
            worst?.Guard,
            worst?.Workload,
            workloads.Max(workload => workload.GuardProcessor),
            wrong.Length,
            wrong.Max(result => (double?)result.DecidedOnce),
            wrong.Max(result => (double?)result.DecidedTwice),
            wrong.Max(result => (double?)result.DecidedTwiceProcessor));
    }

    private static double? WithinTenPercent(IEnumerable<double?> ratios) =>
        ratios.OfType<double>().ToArray() is { Length: > 0 } known ? (double)known.Count(ratio => ratio <= 1.1) / known.Length : null;

    private static double? Median(IEnumerable<double?> values) => values.OfType<double>().ToArray() is { Length: > 0 } known ? Bench.Median.Of(known) : null;
}
