using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>
/// The star workloads: a fact table with 8 own features and three dimension tables, 358 features in all. Keys are dense integers drawn uniformly.
/// </summary>
internal static class Star
{
    private const int Rows = 5_000_000;
    private static readonly (string Name, int Rows, int Width)[] s_dimensions = [("a", 100_000, 100), ("b", 10_000, 200), ("c", 1_000, 50)];

    /// <summary>Scored by a perceptron.</summary>
    public static Workload Mlp { get; } = OfPerceptron("star-mlp", "a fact table with 8 own features and dimensions of 100 000 × 100, 10 000 × 200 and 1 000 × 50, scored by an MLP 358-256-64-1", MlpShape) with
    {
        Contenders = [ContenderList.Auto, ContenderList.Fast, .. Workload.UsualContenders.Skip(1), ContenderList.Simple],
        // The goal with files is about these; the others' times from memory say enough.
        FromFiles = [ContenderList.Auto, ContenderList.None, ContenderList.Best],
        Goals =
        [
            Goal.Ratio(ContenderList.Best, 8, "memory"),
            Goal.Ratio(ContenderList.Simple, 15, "memory"),
            Goal.Ratio(ContenderList.None, 3.2, "memory"),
            Goal.Ratio(ContenderList.Best, 5, "parquet"),
            Goal.SerialRoofline(0.85),
            Goal.OverlappedRoofline(0.70),
            Goal.Between(ContenderList.Best, ContenderList.Fast, 10, "memory"),
            Goal.OutsideEngine(0.01),
            Goal.Planning(0.01),
        ],
    };

    /// <summary>Scored by regression trees.</summary>
    public static Workload Forest { get; } = Create("star-forest", "the tables of star-mlp, scored by 100 regression trees of depth 6 over all features", MlpShape(Rows) with { Layers = [] },
        (path, width, random) => OnnxForestWriter.Write(path, width, trees: 100, depth: 6, random)) with
    {
        Goals = [Goal.Ratio(ContenderList.OrtOnly, 12)],
    };

    /// <summary>The shape of <see cref="Mlp"/> with another first layer, for sweeps.</summary>
    /// <param name="rows">Fact rows.</param>
    /// <param name="hidden">Width of the first layer.</param>
    public static StarShape MlpShape(int rows, int hidden) => new(rows, 8, s_dimensions, [hidden, 64, 1]);

    /// <summary>A star scored by a perceptron.</summary>
    /// <param name="name">Name of the workload.</param>
    /// <param name="description">What it is.</param>
    /// <param name="shape">Its tables and layers, given the rows of the fact table.</param>
    public static Workload OfPerceptron(string name, string description, Func<int, StarShape> shape) =>
        Create(name, description, shape(Rows), (path, width, random) => OnnxMlpWriter.Write(path, [width, .. shape(1).Layers], random)) with { Shape = shape };

    /// <summary>A star.</summary>
    /// <param name="name">Name of the workload.</param>
    /// <param name="description">What it is.</param>
    /// <param name="shape">Its tables.</param>
    /// <param name="writeModel">Writes the model's file, given its path, its inputs and a source of weights.</param>
    public static Workload Create(string name, string description, StarShape shape, Action<string, int, Random> writeModel) => new(name, description, shape.Rows, (request, _) =>
    {
        writeModel(request.ModelPath, shape.Width, request.Weights());
        return Task.FromResult(new WorkloadData(Tables(shape, request), Query(shape), request.ModelPath, request.Rows));
    });

    /// <summary>The query over a star: row numbers of the fact table <c>f</c>, all features as one input.</summary>
    public static WorkloadQuery Query(StarShape shape) => new(
        [new TableUse("f", "f"), .. shape.Dimensions.Select(dimension => new TableUse(dimension.Name, dimension.Name, $"f.k{dimension.Name} = {dimension.Name}.k"))],
        [new ModelInput("x", [.. shape.FactWidth > 0 ? new[] { ("f", shape.FactWidth) } : [], .. shape.Dimensions.Select(dimension => (dimension.Name, dimension.Width))])]);

    /// <summary>The tables of a star: <c>f</c> (id, kNAME …, x) and the dimensions (k, x).</summary>
    public static IReadOnlyList<BenchTable> Tables(StarShape shape, WorkloadRequest request) =>
    [
        BenchTable.Generate(
            "f", request.Rows, request.Seed,
            [
                ComputedKey.RowNumber(),
                .. shape.Dimensions.Select(dimension => new DrawnKey($"k{dimension.Name}", dimension.Rows)),
                .. shape.FactWidth > 0 ? new[] { new FeatureColumn(shape.FactWidth) } : [],
            ]),
        .. shape.Dimensions.Select(dimension => BenchTable.Generate(
            dimension.Name, dimension.Rows, request.Seed, ComputedKey.Shuffled("k", dimension.Rows, request.Seed), new FeatureColumn(dimension.Width))),
    ];

    private static StarShape MlpShape(int rows) => MlpShape(rows, 256);
}
