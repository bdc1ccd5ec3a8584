namespace InferF.Cli.Bench.Planner;

/// <summary>What <c>bench planner</c> is asked for.</summary>
/// <param name="Only">Names of workloads; empty for all.</param>
/// <param name="IsQuick">Fewer workloads and rows.</param>
/// <param name="Runs">Timed runs of every plan.</param>
/// <param name="Threads">Threads of the engine.</param>
/// <param name="Seed">Of data and weights.</param>
internal sealed record PlannerBenchOptions(IReadOnlyList<string> Only, bool IsQuick, int Runs, int Threads, int Seed);

/// <summary>The planner's benchmark: predicted against measured time.</summary>
internal static class PlannerBench
{
    /// <summary>Name on the command line.</summary>
    public const string Name = "planner";

    // A short benchmark scores this share of the rows.
    private const double QuickScale = 0.25;

    /// <summary>Runs the benchmark.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="progress">Told what is running.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InferFException">Unknown workloads; or two plans of one query give different results.</exception>
    public static async Task<PlannerBenchReport> RunAsync(PlannerBenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        List<WorkloadResult> results = [];
        foreach (PlannerWorkload workload in WorkloadCatalog.Choose(options.Only, options.IsQuick))
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(workload.Missing is string reason ? WorkloadResult.NotRun(workload, reason) : await RunAsync(workload, options, progress, cancellation));
        }
        return new PlannerBenchReport(options.Threads, options.Runs, options.Seed, options.IsQuick, results, PlannerBenchReport.Summarize(results));
    }

    private static async Task<WorkloadResult> RunAsync(PlannerWorkload workload, PlannerBenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-bench-");
        try
        {
            await using InferSession session = InferSession.Open(new InferOptions { Threads = options.Threads, CacheLimit = "0" });
            progress($"{workload.Name}: making data");
            string sql = await workload.PrepareAsync(new PreparationContext(session, directory.FullName, options.Seed, options.IsQuick ? QuickScale : 1), cancellation);
            return await new WorkloadMeasurement(session, sql, options.Runs, options.Seed, progress).MeasureAsync(workload, cancellation);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
