using System.Globalization;
using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench.Sweeps;

/// <summary>All sweeps.</summary>
internal static class SweepList
{
    private const int FactRows = 1_000_000;
    private const int QuickFactRows = 20_000;
    // A run over more takes long enough to be its own average.
    private const int ManyRows = 10_000_000;
    private const double MostNonlinearity = 1.15;
    private const double LeastSpeedUp = 1.8;

    // Row number, three keys, eight features.
    private const int StarFactBytes = 48;
    private const double MostGrowthPerByte = 0.05;

    private static readonly string[] s_planners = [ContenderList.Auto, ContenderList.None, ContenderList.Leaf];

    /// <summary>The sweeps in the order of reports.</summary>
    public static IReadOnlyList<Sweep> All { get; } =
    [
        new Sweep("sweep-rows", "star-mlp from Parquet: time and memory by fact rows", "fact rows", [ContenderList.Auto], isQuick =>
            [.. (isQuick ? new[] { 20_000, 50_000, 100_000 } : [1_000_000, 5_000_000, 20_000_000, 50_000_000]).Select(rows => new SweepPoint(rows, Star.Mlp, rows, MostRuns: rows > ManyRows ? 2 : null))])
        {
            Source = "parquet",
            Judge = JudgeRows,
        },
        new Sweep("sweep-threads", "compute-bound workloads: time by threads", "threads", [ContenderList.Auto], isQuick =>
            [.. from workload in (Workload[])[Star.Mlp, Star.Forest, TwoTower.Workload, Wide.Workload]
               from threads in Doublings(Environment.ProcessorCount)
               select new SweepPoint(threads, workload, isQuick ? QuickFactRows : workload.Rows, threads)])
        {
            Judge = JudgeThreads,
        },
        new Sweep("sweep-tuple-ratio", "one dimension × 64 features, MLP 72-64-1: time by fact rows per dimension row", "fact rows per dimension row", s_planners, isQuick =>
            [.. (isQuick ? new[] { 0.5, 2, 20 } : [0.25, 0.5, 1, 2, 5, 10, 50, 200]).Select(ratio =>
            {
                int rows = isQuick ? QuickFactRows : FactRows;
                return new SweepPoint(ratio, OneDimension((int)(rows / ratio), 64, 64), rows);
            })]),
        new Sweep("sweep-width", "star-mlp with another first layer: time by its width", "width of the first layer", [ContenderList.Auto, ContenderList.None, ContenderList.Best], isQuick =>
            [.. (isQuick ? new[] { 16, 64 } : [16, 64, 256, 1024]).Select(hidden => new SweepPoint(
                hidden, Star.OfPerceptron("star-mlp", Star.Mlp.Description, rows => Star.MlpShape(rows, hidden)) with { Shape = null }, isQuick ? QuickFactRows : FactRows))]),
        new Sweep("sweep-break-even", "3 fact rows per dimension row, MLP n-16-1: time by features of the dimension", "features of the dimension", s_planners, isQuick =>
            [.. (isQuick ? new[] { 1, 64 } : [1, 4, 16, 64, 256]).Select(width =>
            {
                int rows = isQuick ? QuickFactRows : FactRows;
                return new SweepPoint(width, OneDimension(rows / 3, width, 16), rows);
            })]),
    ];

    /// <summary>Finds a sweep, or null.</summary>
    public static Sweep? Find(string name) => All.FirstOrDefault(sweep => sweep.Name == name);

    /// <summary>Linear growth of time, and how much of the added rows becomes resident.</summary>
    internal static IEnumerable<GoalResult> JudgeRows(IReadOnlyList<MeasuredPoint> points)
    {
        static double PerRow(MeasuredPoint point) => point.Report.Results[0].MedianSeconds / point.X;
        Goal linear = new($"time per row at any size ≤ {MostNonlinearity.ToString(CultureInfo.InvariantCulture)} × that at the smallest", MostNonlinearity, false, _ => null);
        yield return linear.Compare(points.Max(PerRow) / PerRow(points[0]));
        if (points[0].Report.Results[0].GrowthBytes is long least && points[^1].Report.Results[0].GrowthBytes is long most)
        {
            Goal flat = new($"resident bytes per byte of added fact rows ≤ {MostGrowthPerByte.ToString(CultureInfo.InvariantCulture)}", MostGrowthPerByte, false, _ => null);
            yield return flat.Compare((most - least) / ((points[^1].X - points[0].X) * StarFactBytes));
        }
    }

    /// <summary>Two threads against one, by workload.</summary>
    internal static IEnumerable<GoalResult> JudgeThreads(IReadOnlyList<MeasuredPoint> points)
    {
        foreach (IGrouping<string, MeasuredPoint> workload in points.GroupBy(point => point.Report.Workload))
        {
            double? one = workload.FirstOrDefault(point => point.X == 1)?.Report.Results[0].MedianSeconds;
            double? two = workload.FirstOrDefault(point => point.X == 2)?.Report.Results[0].MedianSeconds;
            if (one / two is double speedUp)
            {
                yield return new Goal(
                    $"{workload.Key}: two threads ≥ {LeastSpeedUp.ToString(CultureInfo.InvariantCulture)} × as fast as one", LeastSpeedUp, true, _ => null).Compare(speedUp);
            }
        }
    }

    // 1, 2, 4 … and the number of processors.
    private static IEnumerable<int> Doublings(int most)
    {
        for (int threads = 1; threads < most; threads *= 2)
        {
            yield return threads;
        }
        yield return most;
    }

    private static Workload OneDimension(int dimensionRows, int width, int hidden) => Star.OfPerceptron(
        "one-dimension", "a fact table with 8 features and one dimension", rows => new StarShape(rows, 8, [("a", Math.Max(1, dimensionRows), width)], [hidden, 1])) with
    { Shape = null };
}
