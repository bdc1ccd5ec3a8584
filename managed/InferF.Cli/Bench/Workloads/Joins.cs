using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>Joins without a model worth mentioning: the features of the dimensions are added up. DuckDB does the same alone, row by row and as one sum.</summary>
internal static class Joins
{
    private const int Rows = 10_000_000;

    /// <summary>Four dense dimensions with wide payload.</summary>
    public static Workload Wide { get; } = Create("join-wide", "four dense dimensions of 1 000, 10 000, 50 000 and 100 000 rows with 8 floats each, summed", 4, [("a", 100_000, 8), ("b", 50_000, 8), ("c", 10_000, 8), ("d", 1_000, 8)]);

    /// <summary>One dense dimension that does not fit into the cache.</summary>
    public static Workload Large { get; } = Create("join-large", "one dense dimension of 1 000 000 rows with 8 floats, summed", 5, [("a", 1_000_000, 8)]);

    /// <summary>One small dimension with one float.</summary>
    public static Workload Narrow { get; } = Create("join-narrow", "one dense dimension of 1 000 rows with one float", 1.5, [("a", 1_000, 1)]);

    private static Workload Create(string name, string description, double goal, IReadOnlyList<(string, int, int)> dimensions)
    {
        StarShape shape = new(Rows, 0, dimensions, []);
        Workload star = Star.Create(name, description, shape, (path, width, _) => OnnxMlpWriter.WriteSum(path, width));
        return star with
        {
            MakeAsync = async (request, cancellation) =>
            {
                WorkloadData data = await star.MakeAsync(request, cancellation);
                return data with { Query = data.Query with { IsSum = true } };
            },
            Contenders = [ContenderList.Auto, ContenderList.None, ContenderList.Join, ContenderList.Aggregate],
            Goals = [Goal.Ratio(ContenderList.Join, goal), Goal.Ratio(ContenderList.Aggregate, goal)],
        };
    }
}
