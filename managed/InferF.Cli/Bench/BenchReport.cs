using System.Text.Json.Serialization;

namespace InferF.Cli.Bench;

/// <summary>What one contender took.</summary>
/// <param name="Name">Contender.</param>
/// <param name="MedianSeconds">Median of its runs.</param>
/// <param name="MinSeconds">Fastest run.</param>
/// <param name="MaxSeconds">Slowest run.</param>
/// <param name="ProcessorSeconds">Median of the processor time of all threads: what to compare on a machine that does other things, too.</param>
internal sealed record BenchResult(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("median_s")] double MedianSeconds,
    [property: JsonPropertyName("min_s")] double MinSeconds,
    [property: JsonPropertyName("max_s")] double MaxSeconds,
    [property: JsonPropertyName("cpu_s")] double ProcessorSeconds);

/// <summary>Result of a benchmark, as <c>--json</c> prints it.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Rows">Fact rows.</param>
/// <param name="Threads">Threads every contender may use.</param>
/// <param name="Runs">Interleaved runs of every contender, after one warm-up each.</param>
/// <param name="Source"><c>memory</c> or <c>parquet</c>.</param>
/// <param name="MaxAbsDifference">Largest difference between the outputs of any contender and the first.</param>
/// <param name="Results">By contender.</param>
/// <param name="Ratios">Median of a contender divided by the median of inferf-auto, by contender.</param>
internal sealed record BenchReport(
    [property: JsonPropertyName("workload")] string Workload,
    [property: JsonPropertyName("rows")] long Rows,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("runs")] int Runs,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("max_abs_difference")] double MaxAbsDifference,
    [property: JsonPropertyName("results")] IReadOnlyList<BenchResult> Results,
    [property: JsonPropertyName("ratios")] IReadOnlyDictionary<string, double> Ratios);

/// <summary>Times contenders in turns, so that a slow minute of the machine hits all of them.</summary>
internal static class Interleaved
{
    /// <summary>Runs every contender once to warm up and then <paramref name="runs"/> times in turns.</summary>
    /// <param name="contenders">Name and body; a body returns its outputs by row, or null if they are not comparable.</param>
    /// <param name="runs">Timed runs per contender.</param>
    /// <param name="progress">Told what is running.</param>
    /// <param name="cancellation">Stops between and inside runs.</param>
    public static async Task<(IReadOnlyList<BenchResult> Results, double MaxAbsDifference)> RunAsync(
        IReadOnlyList<(string Name, Func<CancellationToken, Task<float[]?>> Body)> contenders, int runs, Action<string> progress, CancellationToken cancellation)
    {
        Dictionary<string, List<(double Wall, double Processor)>> seconds = contenders.ToDictionary(c => c.Name, _ => new List<(double, double)>());
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetCurrentProcess();
        float[]? expected = null;
        double difference = 0;
        for (int run = 0; run <= runs; run++)
        {
            foreach ((string name, Func<CancellationToken, Task<float[]?>> body) in contenders)
            {
                cancellation.ThrowIfCancellationRequested();
                process.Refresh();
                TimeSpan processorStart = process.TotalProcessorTime;
                long start = System.Diagnostics.Stopwatch.GetTimestamp();
                float[]? output = await body(cancellation).ConfigureAwait(false);
                double elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds;
                process.Refresh();
                double processor = (process.TotalProcessorTime - processorStart).TotalSeconds;
                progress($"{(run == 0 ? "warm-up" : $"run {run}/{runs}")}  {name,-18} {elapsed:F3} s");
                if (run > 0)
                {
                    seconds[name].Add((elapsed, processor));
                }
                else if (output is not null)
                {
                    expected ??= output;
                    difference = Math.Max(difference, Difference(expected, output));
                }
            }
        }
        return ([.. contenders.Select(c => Summary(c.Name, seconds[c.Name]))], difference);
    }

    private static BenchResult Summary(string name, List<(double Wall, double Processor)> seconds) => new(
        name, Median(seconds.Select(run => run.Wall)), seconds.Min(run => run.Wall), seconds.Max(run => run.Wall), Median(seconds.Select(run => run.Processor)));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    private static double Difference(float[] expected, float[] actual)
    {
        if (expected.Length != actual.Length)
        {
            throw new InferFException(InferFErrorCode.Internal, $"Contenders disagree on the number of rows: {expected.Length} and {actual.Length}.");
        }
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]);
            // A NaN on one side only must not vanish in the maximum.
            worst = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(worst, difference);
        }
        return worst;
    }
}
