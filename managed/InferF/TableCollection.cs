using DuckDB.NET.Data;
using InferF.Plan.Query;
using InferF.Runtime.Sources;

namespace InferF;

/// <summary>The tables of a session. Thread-safe.</summary>
public sealed class TableCollection
{
    private readonly InferSession _session;

    internal TableCollection(InferSession session) => _session = session;

    /// <summary>Names of the tables.</summary>
    public IEnumerable<string> Names => _session.Database.Tables.Select(t => t.Name);

    /// <summary>Adds a table. Sources that have to be read first (streams, databases) are read to their end.</summary>
    /// <param name="name">Name for SQL, case-insensitive.</param>
    /// <param name="source">Where its rows come from.</param>
    /// <exception cref="InferFException">The name is taken, or the source cannot be read.</exception>
    public void Add(string name, Source source) => AddAsync(name, source).GetAwaiter().GetResult();

    /// <summary>Adds a table; see <see cref="Add"/>.</summary>
    /// <param name="name">Name for SQL, case-insensitive.</param>
    /// <param name="source">Where its rows come from.</param>
    /// <param name="cancellation">Stops reading.</param>
    public async Task AddAsync(string name, Source source, CancellationToken cancellation = default)
    {
        using InferSession.Call call = _session.Enter();
        await source.RegisterAsync(_session.Database, name, cancellation).ConfigureAwait(false);
    }

    /// <summary>Adds every table and view of a DuckDB file under its own name.</summary>
    /// <param name="path">The file; opened read-only.</param>
    /// <exception cref="InferFException">The file cannot be read, or a name is taken.</exception>
    public void AddDatabase(string path)
    {
        List<string> tables = [];
        try
        {
            if (!System.IO.File.Exists(path))
            {
                throw new InferFException(InferFErrorCode.Source, $"The DuckDB file does not exist. File '{path}'.");
            }
            using DuckDBConnection connection = new($"Data Source={path};ACCESS_MODE=READ_ONLY");
            connection.Open();
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' ORDER BY table_name";
            using DuckDBDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                tables.Add(reader.GetString(0));
            }
        }
        catch (DuckDBException exception)
        {
            throw new InferFException(InferFErrorCode.Source, $"The DuckDB file cannot be read. File '{path}': {exception.Message}", inner: exception);
        }
        foreach (string table in tables)
        {
            Add(table, Source.DuckDb(path, table));
        }
    }

    /// <summary>Columns of a table, or null if there is none of that name.</summary>
    /// <param name="name">Case-insensitive.</param>
    public CatalogTable? Describe(string name)
    {
        using InferSession.Call call = _session.Enter();
        return _session.Database.FindTable(name)?.Describe();
    }

    /// <summary>Removes a table, and what queries have left in the cache, since that may refer to its rows.</summary>
    /// <remarks>A query that has been started and has not begun to read a file of the table may fail.</remarks>
    /// <param name="name">Case-insensitive.</param>
    /// <returns>False if there is none of that name.</returns>
    public bool Remove(string name)
    {
        using InferSession.Call call = _session.Enter();
        bool isRemoved = _session.Database.Remove(name);
        if (isRemoved)
        {
            _session.Engine.ClearCache();
        }
        return isRemoved;
    }
}
