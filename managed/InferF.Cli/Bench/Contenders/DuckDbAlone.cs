using DuckDB.NET.Data;
using InferF.Runtime.Sources;

namespace InferF.Cli.Bench.Contenders;

/// <summary>DuckDB without a model.</summary>
internal static class DuckDbAlone
{
    /// <summary>
    /// A connection per thread over its share of the rows. The columns that the model would get are read into its chunks and dropped; where the model is a sum,
    /// DuckDB computes it and the scores are noted.
    /// </summary>
    public static Task JoinAsync(BenchEnvironment environment, ScoredRows rows, CancellationToken cancellation) => environment.InSharesAsync((_, range) =>
    {
        WorkloadQuery query = environment.Data.Query;
        string sql = query.IsSum
            ? query.DuckDb($"{query.RowNumberColumns}, {Sum(query)}", environment.Database.WideSuffix(), range)
            : query.DuckDb(ModelBlock.ArrayColumns(query), share: range);
        using DuckDBConnection connection = environment.Database.Connect();
        using DuckDbChunkCursor chunks = new(connection, sql);
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            if (query.IsSum)
            {
                rows.Add(chunks.Values<int>(0), chunks.Values<float>(query.RowNumber.Count));
            }
        }
    }, cancellation);

    /// <summary>One query with all threads and one number as its result.</summary>
    public static Task AggregateAsync(BenchEnvironment environment, ScoredRows rows, CancellationToken cancellation) => Task.Run(() =>
    {
        WorkloadQuery query = environment.Data.Query;
        using DuckDBConnection connection = environment.Database.Connect();
        using DuckDbChunkCursor chunks = new(connection, query.DuckDb($"sum({Sum(query)})", environment.Database.WideSuffix()));
        while (chunks.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }, cancellation);

    private static string Sum(WorkloadQuery query) =>
        string.Join(" + ", query.Inputs.SelectMany(input => input.Features).SelectMany(feature => PeerDatabase.WideColumns(feature.Alias, feature.Width)));
}
