using System.Globalization;
using System.Text.Json.Serialization;

namespace InferF.Cli.Bench;

/// <summary>What a workload's report has to say.</summary>
/// <param name="Text">In words.</param>
/// <param name="Limit">What the measured value is compared with.</param>
/// <param name="IsAtLeast">Whether it must be at least that, or at most.</param>
/// <param name="Measure">Takes the value from a report; null if the report does not have it.</param>
/// <param name="Source">Holds for this source only; null for any.</param>
internal sealed record Goal(string Text, double Limit, bool IsAtLeast, Func<BenchReport, double?> Measure, string? Source = null)
{
    /// <summary>A contender takes so many times as long as inferf-auto.</summary>
    public static Goal Ratio(string contender, double times, string? source = null) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{contender} takes ≥ {times} × as long as the first contender"), times, true, report => report.RatioOf(contender), source);

    /// <summary>The first contender takes at most so many times as long as the fastest of others.</summary>
    public static Goal NotBehind(IReadOnlyList<string> contenders, double times) => new(
        string.Create(CultureInfo.InvariantCulture, $"≤ {times} × the time of the fastest of {string.Join(", ", contenders)}"),
        times,
        false,
        report => contenders.Select(report.RatioOf).Where(ratio => ratio is not null).Min() is double fastest ? 1 / fastest : null);

    /// <summary>A contender takes so many times as long as another one; says nothing where either does not take part.</summary>
    public static Goal Between(string contender, string other, double times, string? source = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"{contender} takes ≥ {times} × as long as {other}"),
        times,
        true,
        report => report.Of(contender)?.MedianSeconds / report.Of(other)?.MedianSeconds,
        source);

    /// <summary>A contender takes at most so many times as long as the first one.</summary>
    public static Goal AtMost(string contender, double times) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{contender} takes ≤ {times} × as long as the first contender"), times, false, report => report.RatioOf(contender));

    /// <summary>A contender writes at least so many times the memory limit to disk.</summary>
    public static Goal Spills(string contender, double times) => new(
        string.Create(CultureInfo.InvariantCulture, $"{contender} writes ≥ {times} × the memory limit to disk"),
        times,
        true,
        report => report.Of(contender)?.SpilledBytes / (double?)report.MemoryLimit);

    /// <summary>Nothing is left behind in the directory for what does not fit into memory.</summary>
    public static Goal NoFilesLeft() => new("files left behind: 0", 0, false, report => report.FilesLeft);

    /// <summary>The outputs of all contenders are the same within a bound.</summary>
    public static Goal SameOutputs(double most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"largest difference of outputs ≤ {most}"), most, false, report => report.Results.Count > 1 ? report.MaxAbsDifference : null);

    /// <summary>The first contender spends at most a share of its time outside the engine and the reading of results.</summary>
    public static Goal OutsideEngine(double share) =>
        new(string.Create(CultureInfo.InvariantCulture, $"C# and crossing ≤ {share:P0} of the time"), share, false, report => report.Results.FirstOrDefault()?.OutsideShare);

    /// <summary>The first contender reaches a share of the serial roofline.</summary>
    public static Goal SerialRoofline(double share) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≥ {share:P0} of the serial roofline"), share, true, report => report.Roofline?.SerialShare, "memory");

    /// <summary>The first contender reaches a share of the overlapped roofline: what one may hope for.</summary>
    public static Goal OverlappedRoofline(double share) =>
        new(string.Create(CultureInfo.InvariantCulture, $"stretch: ≥ {share:P0} of the overlapped roofline"), share, true, report => report.Roofline?.OverlappedShare, "memory");

    /// <summary>Planning takes at most a share of the first contender's time.</summary>
    public static Goal Planning(double share) => new(
        string.Create(CultureInfo.InvariantCulture, $"planning in C# ≤ {share:P0} of the time"), share, false, report => report.PlanningSeconds / report.Results.FirstOrDefault()?.MedianSeconds);

    /// <summary>The first contender takes at most so long.</summary>
    public static Goal Seconds(double most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"≤ {most * 1e3} ms"), most, false, report => report.Results.FirstOrDefault()?.MedianSeconds);

    /// <summary>Compares a report with the goal; null if the goal is about another source or the report does not have the value.</summary>
    public GoalResult? Check(BenchReport report) => (Source is null || Source == report.Source) && Measure(report) is double value ? Compare(value) : null;

    /// <summary>Compares a value with the goal.</summary>
    public GoalResult Compare(double value) => new(Text, Limit, value, IsAtLeast ? value >= Limit : value <= Limit);
}

/// <summary>A goal beside what was measured.</summary>
/// <param name="Goal">In words.</param>
/// <param name="Limit">What is asked for.</param>
/// <param name="Measured">What was measured.</param>
/// <param name="IsMet">Whether that is enough.</param>
internal sealed record GoalResult(
    [property: JsonPropertyName("goal")] string Goal,
    [property: JsonPropertyName("limit")] double Limit,
    [property: JsonPropertyName("measured")] double Measured,
    [property: JsonPropertyName("met")] bool IsMet);
