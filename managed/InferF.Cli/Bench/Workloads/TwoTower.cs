using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>
/// Interactions of users with items, scored by a recommender. Each side has dense features and an embedding of its id, each tower is a perceptron 80-128-64, and
/// the score is the logistic function of the towers' dot product. Ids are drawn uniformly.
/// </summary>
internal static class TwoTower
{
    private const int EmbeddingWidth = 16;
    private const int HiddenWidth = 128;
    private const int TowerWidth = 64;
    private static readonly (string Name, int Rows, int Width)[] s_sides = [("users", 100_000, 64), ("items", 20_000, 64)];

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "two-tower", "interactions of 100 000 users with 20 000 items: 64 features and an embedding of 16 each, towers 80-128-64, logistic function of their dot product", 5_000_000, MakeAsync)
    {
        Goals = [Goal.Ratio(ContenderList.Best, 10)],
    };

    private static Task<WorkloadData> MakeAsync(WorkloadRequest request, CancellationToken cancellation)
    {
        OnnxTowersWriter.Write(request.ModelPath, [.. s_sides.Select(side => new Tower(side.Name, side.Width, side.Rows, EmbeddingWidth))], HiddenWidth, TowerWidth, request.Weights());
        BenchTable[] tables =
        [
            BenchTable.Generate("interactions", request.Rows, request.Seed, [ComputedKey.RowNumber(), .. s_sides.Select(side => new DrawnKey($"{side.Name}_id", side.Rows))]),
            .. s_sides.Select(side => BenchTable.Generate(side.Name, side.Rows, request.Seed, ComputedKey.Shuffled("id", side.Rows, request.Seed), new FeatureColumn(side.Width))),
        ];
        WorkloadQuery query = new(
            [new TableUse("f", "interactions"), .. s_sides.Select(side => new TableUse(side.Name, side.Name, $"f.{side.Name}_id = {side.Name}.id"))],
            [.. s_sides.SelectMany(side => new[] { new ModelInput($"{side.Name}_id", [], $"{side.Name}.id"), new ModelInput($"{side.Name}_x", [(side.Name, side.Width)]) })]);
        return Task.FromResult(new WorkloadData(tables, query, request.ModelPath, request.Rows));
    }
}
