using DuckDB.NET.Data;
using InferF.Runtime.Sources;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Cli.Bench.Contenders;

/// <summary>What one would write today: DuckDB joins, ONNX Runtime scores.</summary>
internal static class DuckDbOrt
{
    // Rows of a matrix: as many as fit into about 64 MB, in which ONNX Runtime has long reached its best rate.
    private const int BlockRows = 1 << 14;
    private const int BlockFloats = 1 << 24;

    // Most rows DuckDB hands over at once.
    private const int ChunkRows = 2048;

    /// <summary>As many threads as allowed, each with its own connection and session over its share of the rows; ARRAY columns are copied into the matrix row by row.</summary>
    public static Task BestAsync(BenchEnvironment environment, ScoredRows rows, CancellationToken cancellation) =>
        environment.InSharesAsync((share, range) => Score(environment, share, range, rows, cancellation), cancellation);

    /// <summary>One connection, one session with all threads, scalar columns: every chunk is transposed and scored.</summary>
    public static Task SimpleAsync(BenchEnvironment environment, ScoredRows rows, CancellationToken cancellation) => Task.Run(() =>
    {
        WorkloadQuery query = environment.Data.Query;
        string sql = query.DuckDb(ModelBlock.ScalarColumns(query), environment.Database.WideSuffix());
        using DuckDBConnection connection = environment.Database.Connect();
        InferenceSession session = environment.ModelSession(environment.Threads);
        using DuckDbChunkCursor chunks = new(connection, sql);
        ModelBlock block = environment.Block(ContenderList.Simple, 0, () => new ModelBlock(query, ChunkRows));
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            block.AddScalars(chunks);
            block.Score(session, rows);
        }
    }, cancellation);

    /// <summary>Rows that are scored at once.</summary>
    public static int RowsOfBlock(WorkloadQuery query) => Math.Clamp(BlockFloats / Math.Max(1, query.Inputs.Sum(input => input.Width)), ChunkRows, BlockRows);

    private static void Score(BenchEnvironment environment, int share, (long, long) range, ScoredRows rows, CancellationToken cancellation)
    {
        WorkloadQuery query = environment.Data.Query;
        using DuckDBConnection connection = environment.Database.Connect();
        InferenceSession session = environment.ModelSession(1, share);
        using DuckDbChunkCursor chunks = new(connection, query.DuckDb(ModelBlock.ArrayColumns(query), share: range));
        ModelBlock block = environment.Block(ContenderList.Best, share, () => new ModelBlock(query, RowsOfBlock(query)));
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            if (!block.Fits(chunks.Count))
            {
                block.Score(session, rows);
            }
            block.AddArrays(chunks);
        }
        block.Score(session, rows);
    }
}
