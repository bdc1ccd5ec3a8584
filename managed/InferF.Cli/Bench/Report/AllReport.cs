using System.Text.Json.Serialization;
using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Sweeps;

namespace InferF.Cli.Bench.Report;

/// <summary>Result of <c>bench all</c>, as <c>--json</c> prints it.</summary>
/// <param name="IsQuick">Whether it was the short benchmark, whose figures say little.</param>
/// <param name="Machine">What the machine can do.</param>
/// <param name="Workloads">Every workload, from memory; star-mlp also from Parquet.</param>
/// <param name="Sweeps">Every sweep.</param>
internal sealed record AllReport(
    [property: JsonPropertyName("quick")] bool IsQuick,
    [property: JsonPropertyName("machine")] MachineReport Machine,
    [property: JsonPropertyName("workloads")] IReadOnlyList<BenchReport> Workloads,
    [property: JsonPropertyName("sweeps")] IReadOnlyList<SweepReport> Sweeps)
{
    /// <summary>Whether something did not come to its end.</summary>
    [JsonIgnore]
    public bool HasFailures => Workloads.Any(workload => workload.HasFailed) || Sweeps.Any(sweep => sweep.Failure is not null);

    /// <summary>All goals: where, and what was measured.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Where, GoalResult Result)> Goals =>
    [
        .. Workloads.SelectMany(report => report.Goals.Select(goal => ($"{report.Workload}, {report.Source}", goal))),
        .. Sweeps.SelectMany(sweep => sweep.Goals.Select(goal => (sweep.Name, goal))),
    ];
}
