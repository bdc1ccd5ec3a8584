namespace InferF.Cli.Bench.Planner;

/// <summary>A workload of the planner's benchmark: tables, a join, a model.</summary>
/// <param name="Name">E.g. <c>star-4-mlp64</c>.</param>
/// <param name="TableCount">Tables joined; one in two roles counts twice.</param>
/// <param name="PrepareAsync">Adds tables and model to a session and returns the query; its first column is an integer, its last one the score.</param>
/// <param name="Missing">Why the workload cannot run, or null if it can.</param>
/// <param name="IsQuick">Whether it is part of the short benchmark.</param>
/// <param name="EnumeratesPlacements">Whether all placements are executed, or only those that the planners choose.</param>
internal sealed record PlannerWorkload(
    string Name,
    int TableCount,
    Func<PreparationContext, CancellationToken, Task<string>> PrepareAsync,
    string? Missing = null,
    bool IsQuick = false,
    bool EnumeratesPlacements = true);

/// <summary>What a workload is prepared with.</summary>
/// <param name="Session">Gets tables and model.</param>
/// <param name="Directory">Folder for the model file.</param>
/// <param name="Seed">Of data and weights.</param>
/// <param name="Scale">Factor on the rows of fact tables: 1, or less for a short benchmark.</param>
internal sealed record PreparationContext(InferSession Session, string Directory, int Seed, double Scale);
