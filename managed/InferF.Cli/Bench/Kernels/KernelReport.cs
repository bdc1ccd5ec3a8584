using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using InferF.Cli.Bench.Report;

namespace InferF.Cli.Bench.Kernels;

/// <summary>The fastest repetition of a native micro-benchmark.</summary>
/// <param name="Name">Its name and arguments, e.g. <c>gemm/128/256</c>.</param>
/// <param name="Unit"><c>GF/s</c>, <c>GB/s</c> or <c>M/s</c>: items.</param>
/// <param name="Rate">How many of them.</param>
/// <param name="OfPeak">Share of what the machine was measured to reach in the same process; null if nothing is measured that it could be compared with.</param>
internal sealed record KernelRate(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("rate")] double Rate,
    [property: JsonPropertyName("of_peak")] double? OfPeak);

/// <summary>What the native micro-benchmarks measured, read from the JSON that Google Benchmark writes, and whether the kernels reach what is asked of them.</summary>
/// <param name="Rates">All benchmarks in the order of the file.</param>
/// <param name="Goals">Those that something is asked of.</param>
internal sealed record KernelReport([property: JsonPropertyName("kernels")] IReadOnlyList<KernelRate> Rates, [property: JsonPropertyName("goals")] IReadOnlyList<GoalResult> Goals)
{
    /// <summary>Name on the command line.</summary>
    public const string Name = "kernels";

    /// <summary>Line before what the tool writes.</summary>
    public const string Begin = "<!-- begin: written by inferf bench kernels -->";

    /// <summary>Line after it.</summary>
    public const string End = "<!-- end: written by inferf bench kernels -->";

    private const string Product = "gemm/";
    private const string GatherAndAdd = "gatherAdd/";
    private const int DeepInputs = 128;
    private const int WideOutputs = 256;
    private const int NarrowOutputs = 64;
    private const double WideShare = 0.85;
    private const double NarrowShare = 0.70;
    private const double GatherShare = 0.85;

    /// <summary>Reads a file that <c>--benchmark_out_format=json</c> made.</summary>
    /// <exception cref="InferFException">It is not there, or no such file.</exception>
    public static async Task<KernelReport> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            return Parse(await File.ReadAllTextAsync(file.FullName, cancellation));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InferFException(
                InferFErrorCode.InvalidArgument,
                $"Cannot read the results of the native benchmarks from '{file.FullName}': {exception.Message} Make them by 'dotnet run build.cs -- microbench --write docs/BENCHMARKS.md'.");
        }
    }

    /// <summary>Reads Google Benchmark's JSON. Of several repetitions the fastest counts, as it does in the probe.</summary>
    public static KernelReport Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        KernelRate[] rates =
        [
            .. document.RootElement.GetProperty("benchmarks").EnumerateArray()
                .Where(run => Text(run, "run_type") != "aggregate" && !run.TryGetProperty("error_occurred", out _))
                .Select(ReadRate).OfType<KernelRate>()
                .GroupBy(rate => rate.Name).Select(runs => runs.MaxBy(run => run.Rate)!),
        ];
        return new KernelReport(rates, [.. rates.Select(Check).OfType<GoalResult>()]);
    }

    /// <summary>All rates, with goals where there are any.</summary>
    public ReportTable Table() => new(
        ["kernel", "rate", "of peak", "goal", "met"],
        [.. Rates.Select(rate =>
        {
            GoalResult? goal = Check(rate);
            return (IReadOnlyList<string>)
            [
                rate.Name,
                string.Create(CultureInfo.InvariantCulture, $"{rate.Rate:F1} {rate.Unit}"),
                rate.OfPeak is double share ? share.ToString("P0", CultureInfo.InvariantCulture) : "",
                goal is null ? "" : string.Create(CultureInfo.InvariantCulture, $"≥ {goal.Limit:P0}"),
                goal is null ? "" : goal.IsMet ? "yes" : "no",
            ];
        })]);

    /// <summary>Replaces the table of a page.</summary>
    public string ReplaceIn(string page) => Markdown.ReplaceBlock(page, Begin, End, new System.Text.StringBuilder().AppendTable(Table()).ToString());

    private static KernelRate? ReadRate(JsonElement run)
    {
        (string Field, string Unit, double Divisor)[] known = [("FLOPS", "GF/s", 1e9), ("bytes_per_second", "GB/s", 1e9), ("items_per_second", "M/s", 1e6)];
        foreach ((string field, string unit, double divisor) in known)
        {
            if (Number(run, field) is double value)
            {
                return new KernelRate(run.GetProperty("name").GetString()!, unit, value / divisor, Number(run, "of_peak"));
            }
        }
        return null;
    }

    private static GoalResult? Check(KernelRate rate) =>
        rate.OfPeak is double share && AskedOf(rate.Name) is double limit
            ? new Goal(string.Create(CultureInfo.InvariantCulture, $"{rate.Name} ≥ {limit:P0} of the peak"), limit, true, _ => null).Compare(share)
            : null;

    // The names of tests/bench/native/KernelBench.cpp: inputs and outputs of a layer; bytes of a row and of a table.
    private static double? AskedOf(string name)
    {
        if (name.StartsWith(GatherAndAdd, StringComparison.Ordinal))
        {
            return GatherShare;
        }
        string[] parts = name.StartsWith(Product, StringComparison.Ordinal) ? name.Split('/') : [];
        if (parts.Length < 3 || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out int inputs) || !int.TryParse(parts[2], CultureInfo.InvariantCulture, out int outputs))
        {
            return null;
        }
        return inputs >= DeepInputs && outputs >= WideOutputs ? WideShare : outputs == NarrowOutputs ? NarrowShare : null;
    }

    private static double? Number(JsonElement run, string field) => run.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string? Text(JsonElement run, string field) => run.TryGetProperty(field, out JsonElement value) ? value.GetString() : null;
}
