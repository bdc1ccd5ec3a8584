using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>Each fact row meets ten rows of the other table.</summary>
internal static class ManyToMany
{
    private const int Groups = 20_000;
    private const int RowsPerGroup = 10;
    private const int FactWidth = 8;
    private const int Width = 64;

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "many-to-many", "each fact row (8 features) joins ten of 200 000 rows with 64 features, scored by an MLP 72-64-1; ten result rows per fact row", 500_000, (request, _) =>
    {
        OnnxMlpWriter.Write(request.ModelPath, [FactWidth + Width, 64, 1], request.Weights());
        BenchTable[] tables =
        [
            BenchTable.Generate("f", request.Rows, request.Seed, ComputedKey.RowNumber(), new DrawnKey("g", Groups), new FeatureColumn(FactWidth)),
            BenchTable.Generate(
                "b", Groups * RowsPerGroup, request.Seed, new ComputedKey("g", row => row % Groups), new ComputedKey("o", row => row / Groups), new FeatureColumn(Width)),
        ];
        WorkloadQuery query = new([new TableUse("f", "f"), new TableUse("b", "b", "f.g = b.g")], [new ModelInput("x", [("f", FactWidth), ("b", Width)])])
        {
            RowNumber = [("f.id", RowsPerGroup), ("b.o", 1)],
            SlotsPerRow = RowsPerGroup,
        };
        return Task.FromResult(new WorkloadData(tables, query, request.ModelPath, request.Rows));
    });
}
