using System.Diagnostics;
using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench;

/// <summary>Measures workloads.</summary>
/// <param name="progress">Told what is running.</param>
internal sealed class BenchRunner(Action<string> progress)
{
    private const int PlanningRuns = 5;

    /// <summary>Measures a workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops between and inside runs.</param>
    /// <exception cref="InferFException">Unknown contenders, or they disagree on the number of rows.</exception>
    public async Task<BenchReport> MeasureAsync(Workload workload, BenchOptions options, CancellationToken cancellation)
    {
        IReadOnlyList<Contender> contenders = ContenderList.Find(options.Only.Count > 0 ? workload.Contenders.Union(options.Only).Intersect(options.Only) : workload.Contenders);
        if (workload.Missing() is string reason)
        {
            return BenchReport.NotRun(workload, options, reason);
        }
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-bench-");
        try
        {
            int rows = options.Rows ?? workload.Rows;
            progress($"{workload.Name}: {rows} rows, {options.Threads} threads, seed {options.Seed}: making data");
            WorkloadData data = await workload.MakeAsync(new WorkloadRequest(rows, options.Seed, directory.FullName), cancellation);
            bool needsFiles = contenders.Any(contender => contender.Name.StartsWith("duckdb", StringComparison.Ordinal));
            await using BenchEnvironment environment = await BenchEnvironment.CreateAsync(data, directory.FullName, options.Threads, options.FromParquet, needsFiles, cancellation);
            Interleaved interleaved = new(environment, options.Runs, progress);
            IReadOnlyList<BenchResult> results = await interleaved.RunAsync(contenders, cancellation);
            if (options.Explain)
            {
                InferSession session = await environment.SessionAsync(null, cancellation);
                PlanReport plan = await session.Sql(data.Query.InferF).ExplainAsync(ExplainMode.Analyze, cancellation);
                await Console.Error.WriteLineAsync(plan.ToText());
            }
            double unit = results[0].MedianSeconds;
            BenchReport report = new(
                workload.Name, workload.Description, data.Rows, interleaved.ResultRows, options.Threads, options.Runs, options.Source, null, interleaved.MaxAbsDifference,
                results, results.ToDictionary(result => result.Name, result => result.MedianSeconds / unit),
                contenders.Any(contender => contender.Name == ContenderList.Auto) ? await PlanningSecondsAsync(environment, cancellation) : null, null,
                data.MemoryLimit, environment.FilesLeft, []);
            report = report with { Roofline = Roofline(workload, report) };
            return report with { Goals = [.. workload.Goals.Select(goal => goal.Check(report)).OfType<GoalResult>()] };
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    // Statistics are remembered by the session, as they are in the timed runs.
    private static async Task<double> PlanningSecondsAsync(BenchEnvironment environment, CancellationToken cancellation)
    {
        InferSession session = await environment.SessionAsync(null, cancellation);
        double[] seconds = new double[PlanningRuns];
        for (int run = 0; run < seconds.Length; run++)
        {
            long start = Stopwatch.GetTimestamp();
            session.Sql(environment.Data.Query.InferF).ChoosePlan(cancellation);
            seconds[run] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return Median.Of(seconds);
    }

    // The machine is probed right after the runs: its speed now is the one that counts.
    private RooflineReport? Roofline(Workload workload, BenchReport report)
    {
        if (workload.Shape is null || report.Of(ContenderList.Auto) is not BenchResult result)
        {
            return null;
        }
        progress("probing the machine");
        StarShape shape = workload.Shape((int)report.Rows);
        return StarRoofline.Compute(shape, MachineProbe.ForRoofline(shape, report.Threads)).Reached(result.MedianSeconds);
    }
}
