using Apache.Arrow;
using DuckDB.NET.Data;
using InferF.Results;

namespace InferF.Cli.Bench;

/// <summary>The workload's tables for DuckDB: in memory with ARRAY columns (<c>f, a, b, c</c>) and with one FLOAT column per feature
/// (<c>f_wide, …</c>), and as the Parquet files both were loaded from.</summary>
internal sealed class PeerTables : IDisposable
{
    private PeerTables(DuckDBConnection connection, string directory) => (Connection, Directory) = (connection, directory);

    /// <summary>Owner of the in-memory database; duplicate it for more connections.</summary>
    public DuckDBConnection Connection { get; }

    /// <summary>Folder of the Parquet files.</summary>
    public string Directory { get; }

    /// <summary>Writes the Parquet files and, for the in-memory source, loads the tables.</summary>
    /// <param name="data">The workload.</param>
    /// <param name="directory">Folder for the files.</param>
    /// <param name="threads">Threads DuckDB may use.</param>
    /// <param name="fromParquet">Views over the files instead of tables in memory.</param>
    /// <param name="cancellation">Stops between tables.</param>
    public static async Task<PeerTables> CreateAsync(StarSchema data, string directory, int threads, bool fromParquet, CancellationToken cancellation)
    {
        foreach ((string name, IReadOnlyList<RecordBatch> batches) in data.Tables)
        {
            await using FileStream stream = new(FilePath(directory, name), FileMode.Create, FileAccess.ReadWrite);
            await using ResultWriter writer = ResultWriter.Create("parquet", stream, batches[0].Schema);
            foreach (RecordBatch batch in batches)
            {
                await writer.WriteAsync(batch, cancellation);
            }
        }
        DuckDBConnection connection = new("Data Source=:memory:");
        connection.Open();
        PeerTables tables = new(connection, directory);
        tables.Execute($"SET threads = {threads}");
        string kind = fromParquet ? "VIEW" : "TABLE";
        tables.Execute($"CREATE {kind} f AS SELECT id, ka, kb, kc, x::FLOAT[{StarSchema.FactWidth}] AS x FROM '{FilePath(directory, "f")}'");
        tables.Execute($"CREATE {kind} f_wide AS SELECT id, ka, kb, kc, {Columns("f", StarSchema.FactWidth)} FROM f");
        foreach ((string name, _, int width) in StarSchema.Dimensions)
        {
            cancellation.ThrowIfCancellationRequested();
            tables.Execute($"CREATE {kind} {name} AS SELECT k, x::FLOAT[{width}] AS x FROM '{FilePath(directory, name)}'");
            tables.Execute($"CREATE {kind} {name}_wide AS SELECT k, {Columns(name, width)} FROM {name}");
        }
        return tables;
    }

    /// <summary>The Parquet file of a table.</summary>
    public static string FilePath(string directory, string table) => Path.Combine(directory, $"{table}.parquet");

    /// <summary>All scalar feature columns in the order of the model's input.</summary>
    public static string WideColumns { get; } = string.Join(", ",
        StarSchema.Dimensions.Select(d => (d.Name, d.Width)).Prepend(("f", StarSchema.FactWidth)).SelectMany(t => Enumerable.Range(0, t.Item2).Select(i => $"{t.Item1}_{i}")));

    /// <inheritdoc/>
    public void Dispose() => Connection.Dispose();

    private static string Columns(string table, int width) => string.Join(", ", Enumerable.Range(0, width).Select(i => $"x[{i + 1}] AS {table}_{i}"));

    private void Execute(string sql)
    {
        using DuckDBCommand command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
