using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Report;
using InferF.Cli.Bench.Sweeps;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench;

/// <summary>Everything: the machine, every workload, every sweep.</summary>
internal static class AllBench
{
    /// <summary>Name on the command line.</summary>
    public const string Name = "all";

    private const int MostQuickRows = 20_000;

    /// <summary>Measures everything, or what <see cref="BenchOptions.Only"/> names: workloads and sweeps.</summary>
    /// <param name="options">Runs, threads and seed.</param>
    /// <param name="isQuick">Few rows: whether it runs, not how fast.</param>
    /// <param name="progress">Told what is running.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<AllReport> RunAsync(BenchOptions options, bool isQuick, Action<string> progress, CancellationToken cancellation)
    {
        BenchRunner runner = new(progress);
        SweepRunner sweeps = new(runner);
        bool Wanted(string name) => options.Only.Count == 0 || options.Only.Contains(name);
        BenchOptions usual = options with { Only = [] };
        List<BenchReport> workloads = [];
        foreach (Workload workload in WorkloadList.All.Where(workload => Wanted(workload.Name)))
        {
            BenchOptions here = usual with { Rows = isQuick ? Math.Min(workload.Rows, MostQuickRows) : options.Rows is int rows && workload.IsScalable ? rows : null };
            workloads.Add(await MeasureAsync(runner, workload, here, progress, cancellation));
            if (workload.FromFiles.Count > 0 && !here.FromParquet)
            {
                Workload fromFiles = workload with { Contenders = workload.FromFiles };
                workloads.Add(await MeasureAsync(runner, fromFiles, here with { Source = "parquet" }, progress, cancellation));
            }
        }
        List<SweepReport> measured = [];
        foreach (Sweep sweep in SweepList.All.Where(sweep => Wanted(sweep.Name)))
        {
            progress(sweep.Name);
            try
            {
                measured.Add(await sweeps.MeasureAsync(sweep, usual, isQuick, cancellation));
            }
            catch (InferFException exception) when (exception.Code != InferFErrorCode.Cancelled)
            {
                progress($"{sweep.Name} failed: {exception.Message}");
                measured.Add(SweepReport.Failed(sweep, exception.Message));
            }
        }
        progress("probing the machine");
        return new AllReport(isQuick, MachineProbe.Run(options.Threads), workloads, measured);
    }

    // What fails after half an hour must not take the figures before it along.
    private static async Task<BenchReport> MeasureAsync(BenchRunner runner, Workload workload, BenchOptions options, Action<string> progress, CancellationToken cancellation)
    {
        try
        {
            return await runner.MeasureAsync(workload, options, cancellation);
        }
        catch (InferFException exception) when (exception.Code != InferFErrorCode.Cancelled)
        {
            progress($"{workload.Name} failed: {exception.Message}");
            return BenchReport.NotRun(workload, options, exception.Message) with { HasFailed = true };
        }
    }
}
