using System.Text.Json.Serialization;

namespace InferF.Cli.Bench.Machine;

/// <summary>A rate measured with one thread and with all.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Threads">Threads.</param>
/// <param name="PerSecond">Bytes or floating-point operations per second.</param>
internal sealed record MeasuredRate([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("threads")] int Threads, [property: JsonPropertyName("per_second")] double PerSecond);

/// <summary>Rate of adding rows of a table, chosen at random.</summary>
/// <param name="RowBytes">Bytes per row.</param>
/// <param name="TableBytes">Bytes of the table.</param>
/// <param name="Threads">Threads.</param>
/// <param name="BytesPerSecond">Bytes of rows per second.</param>
internal sealed record GatherRate(
    [property: JsonPropertyName("row_bytes")] int RowBytes,
    [property: JsonPropertyName("table_bytes")] long TableBytes,
    [property: JsonPropertyName("threads")] int Threads,
    [property: JsonPropertyName("bytes_per_second")] double BytesPerSecond);

/// <summary>What the machine can do, as <c>bench machine --json</c> prints it.</summary>
/// <param name="Processor">Its name.</param>
/// <param name="Cores">Logical processors.</param>
/// <param name="VectorBits">Width of the vectors used.</param>
/// <param name="Flops">Fused multiply-adds in registers, floating-point operations per second.</param>
/// <param name="Reads">Sequential reads, bytes per second, by cache.</param>
/// <param name="Gathers">Rows gathered and added.</param>
internal sealed record MachineReport(
    [property: JsonPropertyName("processor")] string Processor,
    [property: JsonPropertyName("cores")] int Cores,
    [property: JsonPropertyName("vector_bits")] int VectorBits,
    [property: JsonPropertyName("flops")] IReadOnlyList<MeasuredRate> Flops,
    [property: JsonPropertyName("reads")] IReadOnlyList<MeasuredRate> Reads,
    [property: JsonPropertyName("gathers")] IReadOnlyList<GatherRate> Gathers);
