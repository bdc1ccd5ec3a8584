namespace InferF.Cli.Bench;

/// <summary>How a workload is measured.</summary>
/// <param name="Runs">Timed runs of every contender.</param>
/// <param name="Threads">Threads every contender may use.</param>
/// <param name="Seed">Of data and weights.</param>
/// <param name="Source"><c>memory</c> or <c>parquet</c>.</param>
internal sealed record BenchOptions(int Runs, int Threads, int Seed, string Source)
{
    /// <summary>Rows of the fact table; null for the workload's own number.</summary>
    public int? Rows { get; init; }

    /// <summary>Contenders; empty for the workload's own.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Whether the plan of the first contender is shown with actual times.</summary>
    public bool Explain { get; init; }

    /// <summary>Whether everybody reads the same files.</summary>
    public bool FromParquet => Source == "parquet";
}
