using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>As many dimension rows as fact rows and few features: sharing work between fact rows does not pay.</summary>
internal static class Narrow
{
    private const int Width = 4;

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new("narrow", "one dimension row per fact row, 4 features each, scored by an MLP 8-16-1: factorization should not win", 1_000_000, (request, _) =>
    {
        // One dimension with as many rows as there are facts: its size follows the request.
        StarShape shape = new(request.Rows, Width, [("a", request.Rows, Width)], [16, 1]);
        OnnxMlpWriter.Write(request.ModelPath, [shape.Width, .. shape.Layers], request.Weights());
        return Task.FromResult(new WorkloadData(Star.Tables(shape, request), Star.Query(shape), request.ModelPath, request.Rows));
    })
    {
        Contenders = [ContenderList.Auto, ContenderList.None, ContenderList.Leaf, ContenderList.Best, ContenderList.Simple, ContenderList.OrtOnly, ContenderList.Join],
        Goals = [Goal.NotBehind([ContenderList.None, ContenderList.Leaf], 1.05), Goal.NotBehind([ContenderList.Best, ContenderList.Simple], 1)],
    };
}
