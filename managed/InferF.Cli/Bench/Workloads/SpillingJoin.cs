using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>A join whose build side takes four times the memory there is, against the same join in memory.</summary>
internal static class SpillingJoin
{
    private const int BuildRows = 1_000_000;
    private const int BuildWidth = 16;
    private const int Times = 4;
    private const double MostTimes = 3;

    // A key and the features; what the engine makes of them comes on top.
    private const long BuildBytes = BuildRows * (BuildWidth + 1L) * sizeof(float);

    private static readonly StarShape s_shape = new(3_000_000, 4, [("a", BuildRows, BuildWidth)], [32, 1]);

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "join-spill",
        "3 million rows join 1 million rows of 68 MB with a memory limit of 17 MB and without one, scored by an MLP 20-32-1",
        s_shape.Rows,
        (request, _) =>
        {
            OnnxMlpWriter.Write(request.ModelPath, [s_shape.Width, .. s_shape.Layers], request.Weights());
            return Task.FromResult(new WorkloadData(Star.Tables(s_shape, request), Star.Query(s_shape), request.ModelPath, request.Rows) { MemoryLimit = BuildBytes / Times });
        })
    {
        Contenders = [ContenderList.Auto, ContenderList.Spill],
        FromFiles = [ContenderList.Auto, ContenderList.Spill],
        Goals = [Goal.AtMost(ContenderList.Spill, MostTimes), Goal.Spills(ContenderList.Spill, BuildBytes), Goal.SameOutputs(0), Goal.NoFilesLeft()],
    };
}
