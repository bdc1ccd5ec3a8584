using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>A filter leaves one fact row in a hundred, which refer to few rows of a large dimension.</summary>
internal static class Selective
{
    private const int Categories = 100;
    private static readonly StarShape s_shape = new(5_000_000, 8, [("a", 500_000, 64), ("b", 1_000, 50)], [128, 32, 1]);

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "selective", "a filter leaves one of a hundred fact rows; dimensions of 500 000 × 64, of which a tenth is referred to, and 1 000 × 50, scored by an MLP 122-128-32-1", s_shape.Rows, (request, _) =>
    {
        OnnxMlpWriter.Write(request.ModelPath, [s_shape.Width, .. s_shape.Layers], request.Weights());
        IReadOnlyList<BenchTable> star = Star.Tables(s_shape, request);
        BenchTable facts = BenchTable.Generate(
            "f", request.Rows, request.Seed,
            [
                ComputedKey.RowNumber(),
                new DrawnKey("category", Categories),
                .. s_shape.Dimensions.Select(dimension => new DrawnKey($"k{dimension.Name}", dimension.Rows)),
                new FeatureColumn(s_shape.FactWidth),
            ]);
        return Task.FromResult(new WorkloadData([facts, .. star.Skip(1)], Star.Query(s_shape) with { Where = "f.category = 7" }, request.ModelPath, request.Rows));
    });
}
