using System.Diagnostics;
using InferF.Cli.Bench.Contenders;

namespace InferF.Cli.Bench;

/// <summary>Times contenders in turns, so that a slow minute of the machine hits all of them.</summary>
/// <param name="environment">What they share.</param>
/// <param name="runs">Timed runs of each.</param>
/// <param name="progress">Told what is running.</param>
internal sealed class Interleaved(BenchEnvironment environment, int runs, Action<string> progress)
{
    // Whoever takes so many times as long as the fastest one has said enough after so many runs, unless a run is short anyhow.
    private const double MuchSlower = 5;
    private const int EnoughRuns = 2;
    private const double ShortSeconds = 1;

    // And whoever is this far behind in so long a run has said it in one.
    private const double FarSlower = 20;
    private const double LongSeconds = 30;

    /// <summary>Largest difference between the outputs of any contender and the first.</summary>
    public double MaxAbsDifference { get; private set; }

    /// <summary>Rows scored.</summary>
    public long ResultRows { get; private set; } = environment.Data.Rows;

    /// <summary>Runs every contender once to warm up, compares what they computed, and then times them in turns.</summary>
    /// <param name="contenders">The contenders.</param>
    /// <param name="cancellation">Stops between and inside runs.</param>
    /// <exception cref="InferFException">Contenders disagree on the number of rows.</exception>
    public async Task<IReadOnlyList<BenchResult>> RunAsync(IReadOnlyList<Contender> contenders, CancellationToken cancellation)
    {
        ScoredRows rows = await WarmUpAsync(contenders, cancellation);
        Dictionary<string, List<Run>> measured = contenders.ToDictionary(contender => contender.Name, _ => new List<Run>());
        for (int run = 1; run <= runs; run++)
        {
            string[] done = [.. WhoHasSaidEnough(measured)];
            foreach (Contender contender in contenders.Where(contender => !done.Contains(contender.Name)))
            {
                cancellation.ThrowIfCancellationRequested();
                rows.Clear();
                environment.Notes = null;
                GC.Collect();
                long? resident = ResidentMemory.StartPeak();
                TimeSpan processorStart = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                await contender.ScoreAsync(environment, rows, cancellation);
                double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
                double processor = (Environment.CpuUsage.TotalTime - processorStart).TotalSeconds;
                long? peak = resident is null ? null : ResidentMemory.Peak();
                measured[contender.Name].Add(new Run(wall, processor, peak, peak - resident, environment.Notes));
                progress($"run {run}/{runs}  {contender.Name,-18} {wall:F3} s");
            }
        }
        return [.. contenders.Select(contender => Summary(contender.Name, measured[contender.Name]))];
    }

    private async Task<ScoredRows> WarmUpAsync(IReadOnlyList<Contender> contenders, CancellationToken cancellation)
    {
        long slots = (long)environment.Data.Rows * environment.Data.Query.SlotsPerRow;
        ScoredRows? expected = null;
        ScoredRows spare = new(slots);
        // Those that count the rows come first: others score as many.
        foreach (Contender contender in contenders.OrderByDescending(contender => contender.IsComparable(environment.Data.Query)))
        {
            cancellation.ThrowIfCancellationRequested();
            progress($"warm-up  {contender.Name}");
            spare.Clear();
            await contender.ScoreAsync(environment, spare, cancellation);
            if (!contender.IsComparable(environment.Data.Query))
            {
                continue;
            }
            if (expected is null)
            {
                expected = spare;
                environment.ResultRows = ResultRows = spare.Count;
                spare = new ScoredRows(slots);
            }
            else
            {
                MaxAbsDifference = Math.Max(MaxAbsDifference, expected.Difference(spare));
            }
        }
        return spare;
    }

    // Decided between rounds, so that all runs of a round are there.
    private static IEnumerable<string> WhoHasSaidEnough(IReadOnlyDictionary<string, List<Run>> measured)
    {
        double fastest = measured.Values.Min(runs => runs.Count == 0 ? double.PositiveInfinity : runs.Min(run => run.Wall));
        return measured.Where(entry => HasSaidEnough(entry.Value, fastest)).Select(entry => entry.Key);
    }

    private static bool HasSaidEnough(IReadOnlyList<Run> runs, double fastest)
    {
        if (runs.Count == 0)
        {
            return false;
        }
        double best = runs.Min(run => run.Wall);
        return runs.Count >= EnoughRuns && best > Math.Max(ShortSeconds, MuchSlower * fastest) || best > Math.Max(LongSeconds, FarSlower * fastest);
    }

    private static BenchResult Summary(string name, IReadOnlyList<Run> runs) => new(
        name,
        runs.Count,
        Median.Of(runs.Select(run => run.Wall)),
        runs.Min(run => run.Wall),
        runs.Max(run => run.Wall),
        Median.Of(runs.Select(run => run.Processor)),
        runs.Max(run => run.PeakBytes),
        runs.Max(run => run.GrowthBytes),
        runs[0].Notes is null ? null : Median.Of(runs.Select(run => run.Notes!.OutsideSeconds / run.Wall)),
        runs.Max(run => run.Notes?.SpilledBytes));

    private readonly record struct Run(double Wall, double Processor, long? PeakBytes, long? GrowthBytes, RunNotes? Notes);
}
