namespace InferF.Cli.Bench.Sweeps;

/// <summary>Measures sweeps.</summary>
/// <param name="runner">Measures each point.</param>
internal sealed class SweepRunner(BenchRunner runner)
{
    /// <summary>Measures a sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="options">Runs, threads and seed.</param>
    /// <param name="isQuick">Fewer points, fewer rows.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<SweepReport> MeasureAsync(Sweep sweep, BenchOptions options, bool isQuick, CancellationToken cancellation)
    {
        List<MeasuredPoint> points = [];
        foreach (SweepPoint point in sweep.Points(isQuick))
        {
            BenchOptions here = options with { Rows = point.Rows, Threads = point.Threads ?? options.Threads, Runs = Math.Min(options.Runs, point.MostRuns ?? options.Runs), Source = sweep.Source, Only = [] };
            // A point's own goals are about the workload at its usual size.
            Workload workload = point.Workload with { Contenders = sweep.Contenders, Goals = [], Shape = null };
            points.Add(new MeasuredPoint(point.X, await runner.MeasureAsync(workload, here, cancellation)));
        }
        return new SweepReport(sweep.Name, sweep.Title, sweep.Axis, points, BreakEvenPoint.Find(points), [.. sweep.Judge(points)]);
    }
}
