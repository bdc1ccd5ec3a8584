using System.Globalization;
using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Sweeps;

namespace InferF.Cli.Bench.Report;

/// <summary>A table of text; the first column is left-aligned, the others are figures.</summary>
/// <param name="Headers">Its headers.</param>
/// <param name="Rows">Its rows.</param>
internal sealed record ReportTable(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private const double Giga = 1e9;
    private const double Mega = 1e6;

    /// <summary>The contenders of a workload.</summary>
    public static ReportTable Contenders(BenchReport report) => new(
        ["contender", "runs", "median s", "min s", "max s", "cpu s", $"x {report.Results.FirstOrDefault()?.Name}", "peak MB", "grown MB", "outside engine"],
        [.. report.Results.Select(result => (IReadOnlyList<string>)
        [
            result.Name, Number(result.Runs), Seconds(result.MedianSeconds), Seconds(result.MinSeconds), Seconds(result.MaxSeconds), Seconds(result.ProcessorSeconds), Ratio(report.Ratios[result.Name]),
            Megabytes(result.PeakBytes), Megabytes(result.GrowthBytes),
            result.OutsideShare is double share ? share.ToString("P2", CultureInfo.InvariantCulture) : "",
        ])]);

    /// <summary>Goals beside what was measured.</summary>
    /// <param name="goals">Where, and what.</param>
    public static ReportTable Goals(IEnumerable<(string Where, GoalResult Result)> goals) => new(
        ["where", "goal", "measured", "met"],
        [.. goals.Select(goal => (IReadOnlyList<string>)[goal.Where, goal.Result.Goal, goal.Result.Measured.ToString("G3", CultureInfo.InvariantCulture), goal.Result.IsMet ? "yes" : "no"])]);

    /// <summary>The parts of a roofline.</summary>
    public static ReportTable Roofline(RooflineReport roofline) => new(
        ["part", "kind", "seconds"],
        [.. roofline.Parts.Select(part => (IReadOnlyList<string>)[part.Name, part.Kind, Seconds(part.Seconds)])]);

    /// <summary>The lines of a sweep, point by point.</summary>
    public static ReportTable Sweep(SweepReport sweep)
    {
        var lines = sweep.Lines;
        var growth = sweep.GrowthBytes;
        return new ReportTable(
            [sweep.Axis, .. lines.Select(line => $"{line.Name} s"), .. growth.Count > 0 ? new[] { "grown MB" } : []],
            [.. lines.SelectMany(line => line.Points.Select(point => point.X)).Distinct().Order().Select(x => (IReadOnlyList<string>)
            [
                Number(x), .. lines.Select(line => line.Points.Where(point => point.X == x).Select(point => Seconds(point.Seconds)).FirstOrDefault() ?? ""),
                .. growth.Count > 0 ? new[] { Megabytes(growth[x]) } : [],
            ])]);
    }

    /// <summary>Arithmetic and sequential reads of a machine.</summary>
    public static ReportTable Rates(MachineReport machine) => new(
        ["rate", "threads", "G/s"],
        [.. machine.Flops.Concat(machine.Reads).Select(rate => (IReadOnlyList<string>)[rate.Name, Number(rate.Threads), (rate.PerSecond / Giga).ToString("F1", CultureInfo.InvariantCulture)])]);

    /// <summary>Gathers of a machine.</summary>
    public static ReportTable Gathers(MachineReport machine) => new(
        ["row bytes", "table MB", "threads", "GB/s"],
        [.. machine.Gathers.Select(rate => (IReadOnlyList<string>)
        [
            Number(rate.RowBytes), (rate.TableBytes / (double)(1 << 20)).ToString("0.#", CultureInfo.InvariantCulture), Number(rate.Threads), (rate.BytesPerSecond / Giga).ToString("F1", CultureInfo.InvariantCulture),
        ])]);

    /// <summary>One line about a workload's run.</summary>
    public static string Summary(BenchReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Workload}: {report.Rows} rows{(report.ResultRows == report.Rows ? "" : $", {report.ResultRows} scored")}, {report.Threads} threads, {report.Runs} runs, source {report.Source}, largest difference of outputs {report.MaxAbsDifference:G3}");

    /// <summary>One line about a roofline.</summary>
    public static string Summary(RooflineReport roofline) => string.Create(
        CultureInfo.InvariantCulture,
        $"roofline of the factorized plan: {roofline.SerialSeconds:F3} s serial ({roofline.SerialShare:P0} reached), {roofline.OverlappedSeconds:F3} s overlapped ({roofline.OverlappedShare:P0}), peak {roofline.FlopsPerSecond / Giga:F0} GF/s");

    private static string Seconds(double seconds) => seconds.ToString(seconds < 0.1 ? "F5" : "F3", CultureInfo.InvariantCulture);

    private static string Ratio(double ratio) => ratio.ToString("F2", CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Megabytes(long? bytes) => bytes is long value ? (value / Mega).ToString("F0", CultureInfo.InvariantCulture) : "";
}
