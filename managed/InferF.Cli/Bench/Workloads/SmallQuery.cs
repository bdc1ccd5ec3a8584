using InferF.Cli.Bench.Contenders;

namespace InferF.Cli.Bench.Workloads;

/// <summary>A query of a thousand rows: what running anything at all costs, planning included, model load excluded.</summary>
internal static class SmallQuery
{
    private const double MostSeconds = 0.005;

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } =
        Star.OfPerceptron("small-query", "1000 rows, dimensions of 200 × 20 and 50 × 10, an MLP 38-32-1: the fixed cost of a query", rows => new StarShape(rows, 8, [("a", 200, 20), ("b", 50, 10)], [32, 1])) with
        {
            Rows = 1_000,
            Shape = null,
            IsScalable = false,
            Contenders = [ContenderList.Cached, ContenderList.Auto, ContenderList.None, ContenderList.Best, ContenderList.Simple],
            Goals = [Goal.Seconds(MostSeconds)],
        };
}
