using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench;

/// <summary>Something that is measured end to end: tables, a join, a model.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Description">What is joined and scored.</param>
/// <param name="Rows">Rows of the fact table unless told otherwise.</param>
/// <param name="MakeAsync">Makes it.</param>
internal sealed record Workload(string Name, string Description, int Rows, Func<WorkloadRequest, CancellationToken, Task<WorkloadData>> MakeAsync)
{
    /// <summary>The contenders of a workload that does not name its own.</summary>
    public static readonly IReadOnlyList<string> UsualContenders =
        [ContenderList.Auto, ContenderList.None, ContenderList.Best, ContenderList.OrtOnly, ContenderList.Join];

    /// <summary>Names from <see cref="ContenderList"/>; the first is what others are compared with.</summary>
    public IReadOnlyList<string> Contenders { get; init; } = UsualContenders;

    /// <summary>What its report has to say.</summary>
    public IReadOnlyList<Goal> Goals { get; init; } = [];

    /// <summary>Who is measured with files, too, where everything is measured; empty if nobody is.</summary>
    public IReadOnlyList<string> FromFiles { get; init; } = [];

    /// <summary>Why it cannot run on this machine, or null if it can.</summary>
    public Func<string?> Missing { get; init; } = () => null;

    /// <summary>The least time the factorized plan can take, given what the machine can do; null if that is not worked out.</summary>
    public Func<int, StarShape>? Shape { get; init; }

    /// <summary>Whether fewer rows make sense: not for a workload that has a size by definition.</summary>
    public bool IsScalable { get; init; } = true;
}

/// <summary>What a workload is made with.</summary>
/// <param name="Rows">Rows of the fact table.</param>
/// <param name="Seed">Of data and weights.</param>
/// <param name="Directory">Folder for the model's file.</param>
internal sealed record WorkloadRequest(int Rows, int Seed, string Directory)
{
    /// <summary>Source of weights.</summary>
    public Random Weights() => new(Seed);

    /// <summary>Path of a model's file.</summary>
    public string ModelPath => Path.Combine(Directory, "model.onnx");
}

/// <summary>A workload that is ready to be measured.</summary>
/// <param name="Tables">The tables; the first one is streamed and has row numbers <c>id</c> from 0 on.</param>
/// <param name="Query">What is joined and scored.</param>
/// <param name="ModelPath">The model's file.</param>
/// <param name="Rows">Rows of the first table.</param>
internal sealed record WorkloadData(IReadOnlyList<BenchTable> Tables, WorkloadQuery Query, string ModelPath, int Rows)
{
    /// <summary>Most bytes the engine may hold where a contender is to exceed them; null if none is.</summary>
    public long? MemoryLimit { get; init; }
}
