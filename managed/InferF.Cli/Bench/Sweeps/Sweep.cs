using System.Text.Json.Serialization;

namespace InferF.Cli.Bench.Sweeps;

/// <summary>One measurement of a sweep.</summary>
/// <param name="X">Where it lies on the axis.</param>
/// <param name="Workload">What is measured.</param>
/// <param name="Rows">Rows of the fact table.</param>
/// <param name="Threads">Threads; null for as many as the benchmark has.</param>
/// <param name="MostRuns">Most timed runs, where one takes long; null for as many as the benchmark has.</param>
internal sealed record SweepPoint(double X, Workload Workload, int Rows, int? Threads = null, int? MostRuns = null);

/// <summary>Workloads along an axis.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Axis">What varies.</param>
/// <param name="Contenders">Who is measured.</param>
/// <param name="Points">The measurements; fewer and smaller ones for a quick benchmark.</param>
internal sealed record Sweep(string Name, string Title, string Axis, IReadOnlyList<string> Contenders, Func<bool, IReadOnlyList<SweepPoint>> Points)
{
    /// <summary><c>memory</c> or <c>parquet</c>.</summary>
    public string Source { get; init; } = "memory";

    /// <summary>What the measurements have to say.</summary>
    public Func<IReadOnlyList<MeasuredPoint>, IEnumerable<GoalResult>> Judge { get; init; } = _ => [];
}

/// <summary>A point of a sweep beside its report.</summary>
/// <param name="X">Where it lies on the axis.</param>
/// <param name="Report">What was measured.</param>
internal sealed record MeasuredPoint([property: JsonPropertyName("x")] double X, [property: JsonPropertyName("report")] BenchReport Report);

/// <summary>Result of a sweep, as <c>--json</c> prints it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Axis">What varies.</param>
/// <param name="Points">The measurements.</param>
/// <param name="BreakEven">Where pushing everything to the tables begins to take less time than pushing nothing; null if it does or does not on the whole axis, or was not measured.</param>
/// <param name="Goals">What the measurements have to say, and whether they do.</param>
internal sealed record SweepReport(
    [property: JsonPropertyName("sweep")] string Name,
    [property: JsonPropertyName("title")] string Title,
    [property: JsonPropertyName("axis")] string Axis,
    [property: JsonPropertyName("points")] IReadOnlyList<MeasuredPoint> Points,
    [property: JsonPropertyName("break_even")] double? BreakEven,
    [property: JsonPropertyName("goals")] IReadOnlyList<GoalResult> Goals)
{
    /// <summary>Why it did not come to its end; null if it did.</summary>
    [JsonPropertyName("failure")]
    public string? Failure { get; init; }

    /// <summary>A sweep that did not come to its end.</summary>
    public static SweepReport Failed(Sweep sweep, string message) => new(sweep.Name, sweep.Title, sweep.Axis, [], null, []) { Failure = message };

    /// <summary>Most resident memory that runs added, by place on the axis; empty if several contenders or workloads were measured at a place, or it is not known.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<double, long> GrowthBytes => Points.GroupBy(point => point.X).All(place => place.Count() == 1) && Points.All(point => point.Report.Results is [{ GrowthBytes: not null }])
        ? Points.ToDictionary(point => point.X, point => point.Report.Results[0].GrowthBytes!.Value)
        : new Dictionary<double, long>();

    /// <summary>The lines of a plot: one for each workload and contender, named by what tells them apart.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Name, IReadOnlyList<(double X, double Seconds)> Points)> Lines
    {
        get
        {
            var results = Points.SelectMany(point => point.Report.Results.Select(result => (point.X, point.Report.Workload, Result: result))).ToArray();
            bool severalWorkloads = results.Select(result => result.Workload).Distinct().Count() > 1;
            return [.. results.GroupBy(result => (severalWorkloads ? result.Workload : "", result.Result.Name)).Select(line => (
                severalWorkloads ? line.Key.Item1 : line.Key.Name,
                (IReadOnlyList<(double, double)>)[.. line.Select(result => (result.X, result.Result.MedianSeconds))]))];
        }
    }
}
