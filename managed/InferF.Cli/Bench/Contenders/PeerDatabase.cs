using DuckDB.NET.Data;
using InferF.Cli.Bench.Data;

namespace InferF.Cli.Bench.Contenders;

/// <summary>A workload's tables for DuckDB, loaded from its Parquet files or read from them by every query: with features as ARRAY columns, and with a FLOAT column per feature.</summary>
internal sealed class PeerDatabase : IDisposable
{
    private const string Wide = "_wide";

    private readonly DuckDBConnection _connection = new("Data Source=:memory:");
    private readonly IReadOnlyList<BenchTable> _tables;
    private readonly string _kind;
    private readonly Lock _lock = new();
    private bool _hasWideTables;

    /// <summary>Makes the tables with ARRAY columns.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="pathOf">The Parquet file of a table.</param>
    /// <param name="threads">Threads DuckDB may use.</param>
    /// <param name="fromParquet">Views over the files instead of tables in memory.</param>
    public PeerDatabase(IReadOnlyList<BenchTable> tables, Func<string, string> pathOf, int threads, bool fromParquet)
    {
        _tables = tables;
        _kind = fromParquet ? "VIEW" : "TABLE";
        _connection.Open();
        Execute($"SET threads = {threads}");
        foreach (BenchTable table in tables)
        {
            string features = table.Width > 0 ? $", x::FLOAT[{table.Width}] AS x" : "";
            Execute($"CREATE {_kind} {table.Name} AS SELECT {Keys(table)}{features} FROM '{pathOf(table.Name)}'");
        }
    }

    /// <summary>Columns of the features of a table that has one for each.</summary>
    /// <param name="alias">The table.</param>
    /// <param name="width">Number of features.</param>
    public static IEnumerable<string> WideColumns(string alias, int width) => Enumerable.Range(0, width).Select(i => $"{alias}.x{i}");

    /// <summary>A connection of its own to the tables.</summary>
    public DuckDBConnection Connect()
    {
        DuckDBConnection connection = _connection.Duplicate();
        connection.Open();
        return connection;
    }

    /// <summary>What to add to a table's name for the one with a column per feature; the tables are made when first asked for.</summary>
    public string WideSuffix()
    {
        lock (_lock)
        {
            if (!_hasWideTables)
            {
                foreach (BenchTable table in _tables)
                {
                    string features = string.Concat(Enumerable.Range(0, table.Width).Select(i => $", x[{i + 1}] AS x{i}"));
                    Execute($"CREATE {_kind} {table.Name}{Wide} AS SELECT {Keys(table)}{features} FROM {table.Name}");
                }
                _hasWideTables = true;
            }
        }
        return Wide;
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private static string Keys(BenchTable table) => string.Join(", ", table.Keys.Select(key => $"\"{key}\""));

    private void Execute(string sql)
    {
        using DuckDBCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
