namespace InferF.Cli.Bench.Contenders;

/// <summary>Something that scores a workload.</summary>
/// <param name="Name">In reports and on the command line.</param>
/// <param name="Description">What it does, for the documentation.</param>
/// <param name="ScoreAsync">Scores all rows once. What it needs beside them is made the first time, which is not timed.</param>
/// <param name="IsComparable">Whether it notes scores, which are then compared with those of others.</param>
internal sealed record Contender(string Name, string Description, Func<BenchEnvironment, ScoredRows, CancellationToken, Task> ScoreAsync, Func<WorkloadQuery, bool> IsComparable);
