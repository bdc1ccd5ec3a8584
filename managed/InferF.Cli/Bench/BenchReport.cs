using System.Text.Json.Serialization;
using InferF.Cli.Bench.Machine;

namespace InferF.Cli.Bench;

/// <summary>What one contender took.</summary>
/// <param name="Name">Contender.</param>
/// <param name="Runs">Timed runs: fewer than asked for if it is much slower than another one.</param>
/// <param name="MedianSeconds">Median of its runs.</param>
/// <param name="MinSeconds">Fastest run.</param>
/// <param name="MaxSeconds">Slowest run.</param>
/// <param name="ProcessorSeconds">Median of the processor time of all threads: what to compare on a machine that does other things, too.</param>
/// <param name="PeakBytes">Most resident memory of the process during a run; null where the operating system does not tell.</param>
/// <param name="GrowthBytes">Most of it that was not there when the run began.</param>
/// <param name="OutsideShare">Median share of the time that was spent outside the engine and the reading of results (<see cref="RunNotes.OutsideSeconds"/>); null of contenders that are not InferF.</param>
/// <param name="SpilledBytes">Most bytes a run wrote to disk because build sides exceed the memory limit; null likewise.</param>
internal sealed record BenchResult(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("runs")] int Runs,
    [property: JsonPropertyName("median_s")] double MedianSeconds,
    [property: JsonPropertyName("min_s")] double MinSeconds,
    [property: JsonPropertyName("max_s")] double MaxSeconds,
    [property: JsonPropertyName("cpu_s")] double ProcessorSeconds,
    [property: JsonPropertyName("peak_bytes")] long? PeakBytes,
    [property: JsonPropertyName("growth_bytes")] long? GrowthBytes,
    [property: JsonPropertyName("outside_engine_share")] double? OutsideShare = null,
    [property: JsonPropertyName("spilled_bytes")] long? SpilledBytes = null);

/// <summary>Result of a benchmark, as <c>--json</c> prints it.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Description">What is joined and scored.</param>
/// <param name="Rows">Fact rows.</param>
/// <param name="ResultRows">Rows scored.</param>
/// <param name="Threads">Threads every contender may use.</param>
/// <param name="Runs">Interleaved runs of every contender, after one warm-up each; those that are much slower have fewer.</param>
/// <param name="Source"><c>memory</c> or <c>parquet</c>.</param>
/// <param name="Skipped">Why it did not run; null if it did.</param>
/// <param name="MaxAbsDifference">Largest difference between the outputs of any contender and the first.</param>
/// <param name="Results">By contender.</param>
/// <param name="Ratios">Median of a contender divided by the median of the first one, by contender.</param>
/// <param name="PlanningSeconds">Median time from SQL text to the finished plan of inferf-auto, part of its runs; null if it did not take part.</param>
/// <param name="Roofline">What the factorized plan takes at least, where that is worked out.</param>
/// <param name="MemoryLimit">Bytes the engine may hold where a contender is to exceed them; null if none is.</param>
/// <param name="FilesLeft">Files in the directory for what does not fit into memory, after all runs; null if no contender has one.</param>
/// <param name="Goals">What the report has to say, and whether it does.</param>
internal sealed record BenchReport(
    [property: JsonPropertyName("workload")] string Workload,
    [property: JsonPropertyName("description")] string Description,
    [property: JsonPropertyName("rows")] long Rows,
    [property: JsonPropertyName("result_rows")] long ResultRows,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("runs")] int Runs,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("skipped")] string? Skipped,
    [property: JsonPropertyName("max_abs_difference")] double MaxAbsDifference,
    [property: JsonPropertyName("results")] IReadOnlyList<BenchResult> Results,
    [property: JsonPropertyName("ratios")] IReadOnlyDictionary<string, double> Ratios,
    [property: JsonPropertyName("planning_s")] double? PlanningSeconds,
    [property: JsonPropertyName("roofline")] RooflineReport? Roofline,
    [property: JsonPropertyName("memory_limit")] long? MemoryLimit,
    [property: JsonPropertyName("spill_files_left")] int? FilesLeft,
    [property: JsonPropertyName("goals")] IReadOnlyList<GoalResult> Goals)
{
    /// <summary>Whether <see cref="Skipped"/> is a failure.</summary>
    [JsonPropertyName("failed")]
    public bool HasFailed { get; init; }

    /// <summary>A workload that cannot run.</summary>
    public static BenchReport NotRun(Workload workload, BenchOptions options, string reason) =>
        new(workload.Name, workload.Description, 0, 0, options.Threads, options.Runs, options.Source, reason, 0, [], new Dictionary<string, double>(), null, null, null, null, []);

    /// <summary>A contender's result, or null if it did not take part.</summary>
    public BenchResult? Of(string contender) => Results.FirstOrDefault(result => result.Name == contender);

    /// <summary>How many times as long as the first contender another one takes; null if it did not take part.</summary>
    public double? RatioOf(string contender) => Ratios.TryGetValue(contender, out double ratio) ? ratio : null;
}
