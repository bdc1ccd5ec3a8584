using System.Globalization;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>Joins over text: customer and product codes.</summary>
internal static class StringKeys
{
    private static readonly StarShape s_shape = new(2_000_000, 8, [("a", 100_000, 64), ("b", 5_000, 100)], [128, 1]);

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "string-keys", "joins over codes of 15 characters with dimensions of 100 000 × 64 and 5 000 × 100, scored by an MLP 172-128-1", s_shape.Rows, (request, _) =>
    {
        OnnxMlpWriter.Write(request.ModelPath, [s_shape.Width, .. s_shape.Layers], request.Weights());
        BenchTable[] tables =
        [
            BenchTable.Generate(
                "f", request.Rows, request.Seed,
                [
                    ComputedKey.RowNumber(),
                    .. s_shape.Dimensions.Select(dimension => new TextKey(new DrawnKey($"k{dimension.Name}", dimension.Rows), number => Code(dimension.Name, number))),
                    new FeatureColumn(s_shape.FactWidth),
                ]),
            .. s_shape.Dimensions.Select(dimension => BenchTable.Generate(
                dimension.Name, dimension.Rows, request.Seed,
                new TextKey(ComputedKey.Shuffled("k", dimension.Rows, request.Seed), number => Code(dimension.Name, number)), new FeatureColumn(dimension.Width))),
        ];
        return Task.FromResult(new WorkloadData(tables, Star.Query(s_shape), request.ModelPath, request.Rows));
    });

    private static string Code(string table, int number) => string.Create(CultureInfo.InvariantCulture, $"{table}-code-{number:D8}");
}
