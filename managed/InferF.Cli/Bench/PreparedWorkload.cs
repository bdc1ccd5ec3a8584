using Apache.Arrow;

namespace InferF.Cli.Bench;

/// <summary>A workload that is ready to be measured.</summary>
/// <param name="Sql">The query InferF runs: row numbers from 0 on, then the score.</param>
/// <param name="ModelName">Name of the model in the query.</param>
/// <param name="ModelPath">Its file.</param>
/// <param name="Tables">The tables by name.</param>
/// <param name="Peers">Contenders beside InferF; a body returns its scores by row, or null if they are not comparable.</param>
/// <param name="Owner">What the peers use; disposed with the workload.</param>
internal sealed record PreparedWorkload(
    string Sql,
    string ModelName,
    string ModelPath,
    IReadOnlyDictionary<string, IReadOnlyList<RecordBatch>> Tables,
    IReadOnlyList<(string Name, Func<CancellationToken, Task<float[]?>> Body)> Peers,
    IDisposable Owner) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Owner.Dispose();
}
