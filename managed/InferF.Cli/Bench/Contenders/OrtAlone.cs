using Microsoft.ML.OnnxRuntime;

namespace InferF.Cli.Bench.Contenders;

/// <summary>
/// The model alone on inputs that are ready in memory: a lower bound for anything that joins first. Every thread scores the same block of rows again and
/// again, which keeps it in cache; the outputs are not comparable.
/// </summary>
internal static class OrtAlone
{
    // Any table of embeddings has as many.
    private const int IdLimit = 16;

    /// <summary>Scores as many rows as the workload has results.</summary>
    public static Task ScoreAsync(BenchEnvironment environment, ScoredRows rows, CancellationToken cancellation) => environment.InSharesAsync((share, _) =>
    {
        InferenceSession session = environment.ModelSession(1, share);
        int blockRows = DuckDbOrt.RowsOfBlock(environment.Data.Query);
        ModelBlock block = environment.Block(ContenderList.OrtOnly, share, () => Invented(environment.Data.Query, blockRows));
        long count = environment.ResultRows * (share + 1) / environment.Threads - environment.ResultRows * share / environment.Threads;
        for (long done = 0; done < count; done += blockRows)
        {
            cancellation.ThrowIfCancellationRequested();
            block.Score(session, (int)Math.Min(blockRows, count - done));
        }
    }, cancellation);

    private static ModelBlock Invented(WorkloadQuery query, int rows)
    {
        ModelBlock block = new(query, rows);
        block.Invent(IdLimit);
        return block;
    }
}
