using InferF.Cli.Bench.Contenders;

namespace InferF.Cli.Bench.Workloads;

/// <summary>2000 features in array columns over three tables.</summary>
internal static class Wide
{
    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = Star.OfPerceptron("wide", "2000 features: 40 of the fact table's own, dimensions of 20 000 × 960 and 5 000 × 1000, scored by an MLP 2000-256-64-1", Shape) with
    {
        Rows = 500_000,
        Goals = [Goal.Ratio(ContenderList.Best, 8)],
    };

    private static StarShape Shape(int rows) => new(rows, 40, [("a", 20_000, 960), ("b", 5_000, 1_000)], [256, 64, 1]);
}
