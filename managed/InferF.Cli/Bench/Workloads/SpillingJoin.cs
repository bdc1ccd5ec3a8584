using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>A join whose build side takes four times the memory there is, against the same join in memory.</summary>
internal static class SpillingJoin
{
    private const int Rows = 3_000_000;

    // The larger table is streamed, and the buffers of probing have to fit into the memory as well.
    private const int FewestRows = 600_000;
    private const int RowsPerBuildRow = 3;
    private const int BuildWidth = 16;
    private const int Times = 4;
    private const double MostTimes = 3;

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "join-spill",
        "three rows for each one of the build side (a key and 16 floats: 68 MB at the usual size) with a quarter of its size as memory limit and without a limit, scored by an MLP 20-32-1",
        Rows,
        (request, _) =>
        {
            WorkloadRequest enough = request with { Rows = Math.Max(request.Rows, FewestRows) };
            StarShape shape = new(enough.Rows, 4, [("a", enough.Rows / RowsPerBuildRow, BuildWidth)], [32, 1]);
            OnnxMlpWriter.Write(request.ModelPath, [shape.Width, .. shape.Layers], request.Weights());
            // What the engine makes of a key and its features comes on top.
            long buildBytes = shape.Dimensions[0].Rows * (BuildWidth + 1L) * sizeof(float);
            return Task.FromResult(new WorkloadData(Star.Tables(shape, enough), Star.Query(shape), request.ModelPath, enough.Rows) { MemoryLimit = buildBytes / Times });
        })
    {
        Contenders = [ContenderList.Auto, ContenderList.Spill],
        FromFiles = [ContenderList.Auto, ContenderList.Spill],
        Goals = [Goal.AtMost(ContenderList.Spill, MostTimes), Goal.Spills(ContenderList.Spill, Times), Goal.SameOutputs(0), Goal.NoFilesLeft()],
    };
}
