using System.Text.Json.Serialization;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench.Machine;

/// <summary>What a roofline is computed from, all threads together.</summary>
/// <param name="FlopsPerSecond">Multiply-adds in registers.</param>
/// <param name="ReadPerSecond">Sequential bytes from DRAM.</param>
/// <param name="GatherPerSecond">By dimension: bytes of partial results that are added by random row id.</param>
/// <param name="LookUpsPerSecond">By dimension: keys found in an array.</param>
internal sealed record RooflineRates(double FlopsPerSecond, double ReadPerSecond, IReadOnlyList<double> GatherPerSecond, IReadOnlyList<double> LookUpsPerSecond);

/// <summary>A part of the work.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Seconds">How long it takes at the machine's rate.</param>
/// <param name="Kind"><c>compute</c>, <c>memory</c> or <c>preparation</c>.</param>
internal sealed record RooflinePart([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("seconds")] double Seconds, [property: JsonPropertyName("kind")] string Kind);

/// <summary>The least time of the factorized plan, and the share of it that was reached.</summary>
/// <param name="FlopsPerSecond">The measured peak.</param>
/// <param name="Parts">The work.</param>
/// <param name="SerialSeconds">If one part runs after the other.</param>
/// <param name="OverlappedSeconds">If memory and arithmetic are busy at the same time.</param>
/// <param name="SerialShare">Serial seconds over measured ones: more than 1 if parts overlap well.</param>
/// <param name="OverlappedShare">Overlapped seconds over measured ones.</param>
internal sealed record RooflineReport(
    [property: JsonPropertyName("peak_flops")] double FlopsPerSecond,
    [property: JsonPropertyName("parts")] IReadOnlyList<RooflinePart> Parts,
    [property: JsonPropertyName("serial_s")] double SerialSeconds,
    [property: JsonPropertyName("overlapped_s")] double OverlappedSeconds,
    [property: JsonPropertyName("serial_share")] double? SerialShare,
    [property: JsonPropertyName("overlapped_share")] double? OverlappedShare)
{
    /// <summary>The same with the shares that a measured time reaches.</summary>
    public RooflineReport Reached(double seconds) => this with { SerialShare = SerialSeconds / seconds, OverlappedShare = OverlappedSeconds / seconds };
}

/// <summary>
/// The least time of the factorized plan of a star with a perceptron: the first layer's share of each dimension is computed once per dimension row; a fact row looks its keys up,
/// gathers and adds those partial results, adds its own features' share and runs the other layers (REFERENCES §2 counts the same parts).
/// </summary>
internal static class StarRoofline
{
    private const string ComputeKind = "compute";
    private const string MemoryKind = "memory";
    private const string PreparationKind = "preparation";

    /// <summary>Computes it.</summary>
    /// <param name="shape">Tables and layers.</param>
    /// <param name="rates">What the machine can do.</param>
    public static RooflineReport Compute(StarShape shape, RooflineRates rates)
    {
        double rows = shape.Rows;
        double hidden = shape.Layers[0];
        List<RooflinePart> parts = [];
        for (int layer = 1; layer < shape.Layers.Count; layer++)
        {
            parts.Add(new RooflinePart($"layer {layer + 1}", rows * 2 * shape.Layers[layer - 1] * shape.Layers[layer] / rates.FlopsPerSecond, ComputeKind));
        }
        parts.Add(new RooflinePart("own features", rows * 2 * shape.FactWidth * hidden / rates.FlopsPerSecond, ComputeKind));
        for (int i = 0; i < shape.Dimensions.Count; i++)
        {
            string name = shape.Dimensions[i].Name;
            parts.Add(new RooflinePart($"gather of {name}", rows * hidden * sizeof(float) / rates.GatherPerSecond[i], MemoryKind));
            parts.Add(new RooflinePart($"probe of {name}", rows / rates.LookUpsPerSecond[i], MemoryKind));
        }
        // Row number, keys, own features; the score on the way out.
        double bytesPerRow = (1 + shape.Dimensions.Count + shape.FactWidth + 1) * sizeof(float);
        parts.Add(new RooflinePart("fact table and scores", rows * bytesPerRow / rates.ReadPerSecond, MemoryKind));
        double preparation = shape.Dimensions.Sum(dimension =>
            dimension.Rows * (2.0 * dimension.Width * hidden / rates.FlopsPerSecond + (dimension.Width + hidden) * sizeof(float) / rates.ReadPerSecond));
        parts.Add(new RooflinePart("partial results of dimensions", preparation, PreparationKind));
        double Of(string kind) => parts.Where(part => part.Kind == kind).Sum(part => part.Seconds);
        return new RooflineReport(
            rates.FlopsPerSecond, parts, parts.Sum(part => part.Seconds), Of(PreparationKind) + Math.Max(Of(ComputeKind), Of(MemoryKind)), null, null);
    }
}
