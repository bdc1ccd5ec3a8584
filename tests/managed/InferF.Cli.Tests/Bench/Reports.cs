using InferF.Cli.Bench;
using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Report;
using InferF.Cli.Bench.Sweeps;

namespace InferF.Cli.Tests.Bench;

/// <summary>Reports with figures that are made up.</summary>
internal static class Reports
{
    /// <summary>Text that would do harm on a page that does not escape it.</summary>
    public const string Hostile = "<script>document.title='owned'</script>&\"'|";

    public static BenchReport Workload(string name, params (string Name, double Seconds)[] results) => new(
        name, $"about {name}", 1000, 1000, 2, 3, "memory", null, 1e-7,
        [.. results.Select(result => new BenchResult(result.Name, 3, result.Seconds, result.Seconds * 0.9, result.Seconds * 1.1, result.Seconds * 2, 300_000_000, 10_000_000))],
        results.ToDictionary(result => result.Name, result => result.Seconds / results[0].Seconds), results[0].Seconds / 50, null, null, null, []);

    public static MeasuredPoint Point(double x, params (string Name, double Seconds)[] results) => new(x, Workload("w", results));

    public static AllReport All(string name = "star-mlp")
    {
        MeasuredPoint[] points = [Point(1, ("inferf-auto", 0.1), ("inferf-none", 0.3)), Point(10, ("inferf-auto", 0.2), ("inferf-none", 2.9)), Point(100, ("inferf-auto", 1.1), ("inferf-none", 31))];
        RooflineReport roofline = new(100e9, [new RooflinePart("layer 2", 0.03, "compute"), new RooflinePart("gather of a", 0.02, "memory")], 0.05, 0.03, 0.5, 0.3);
        return new AllReport(
            IsQuick: false,
            new MachineReport("A processor", 2, 256, [new MeasuredRate("fused multiply-add", 1, 100e9)], [new MeasuredRate("DRAM", 1, 20e9)], [new GatherRate(256, 8 << 20, 1, 30e9)]),
            [
                Workload(name, ("inferf-auto", 0.1), ("duckdb-ort-best", 0.95)) with { Roofline = roofline, Goals = [new GoalResult("peer ≥ 8 ×", 8, 9.5, true), new GoalResult("other", 0.85, 0.5, false)] },
                BenchReport.NotRun(InferF.Cli.Bench.Workloads.RealFlights.NewYork, new BenchOptions(1, 1, 1, "memory"), "the data are elsewhere"),
            ],
            [new SweepReport("sweep-rows", "time by rows", "fact rows", points, 12.3, [new GoalResult("linear", 1.15, 1.1, true)])]);
    }
}
