using System.Collections.Immutable;
using InferF.Calibration;
using InferF.Frontend.Sql;
using InferF.Optimizer.Cost;
using InferF.Plan.Model;
using InferF.Plan.Query;
using InferF.Runtime;
using InferF.Runtime.Sources;

namespace InferF;

/// <summary>Tables, models and an engine: where queries are made. Thread-safe.</summary>
/// <remarks>
/// Disposing is safe at any time and from any thread: it closes the session for new work at once, while calls that are under way and results
/// that are being read come to their end with all they need. What they need is released with the last of them.
/// </remarks>
public sealed class InferSession : IAsyncDisposable, IDisposable
{
    private readonly Catalog _catalog;
    private readonly Lock _gate = new();
    private int _callsUnderWay;
    private bool _disposed;

    private InferSession(InferOptions options)
    {
        Options = options;
        long limit = options.MemoryLimit is null ? 0 : OptionParser.ParseBytes(options.MemoryLimit);
        if (options.Threads < 0)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"The number of threads cannot be negative. Got {options.Threads}.");
        }
        Machine = CalibrationFile.Resolve(options.Calibration).Constants;
        long cacheLimit = OptionParser.ParseCacheLimit(options.CacheLimit, limit);
        IsCaching = cacheLimit > 0;
        Engine = new Engine(new EngineOptions { Threads = options.Threads, MemoryLimit = limit, SpillDirectory = options.SpillDirectory, CacheLimit = cacheLimit });
        Database = new DuckDbDatabase(new DuckDbOptions { Threads = options.Threads });
        Threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        Tables = new TableCollection(this);
        _catalog = new Catalog(Database, Models);
    }

    /// <summary>Settings the session was opened with.</summary>
    public InferOptions Options { get; }

    /// <summary>The tables.</summary>
    public TableCollection Tables { get; }

    /// <summary>The models.</summary>
    public ModelCollection Models { get; } = new();

    /// <summary>What the engine holds now and held at most.</summary>
    public MemoryUsage MemoryUsage => Engine.MemoryUsage;

    /// <summary>What the cost model knows about this machine.</summary>
    internal MachineConstants Machine { get; }

    /// <summary>Statements bound and planned before.</summary>
    internal StatementCache Statements { get; } = new();

    /// <summary>Threads that execute a query.</summary>
    internal int Threads { get; }

    internal Engine Engine { get; }

    /// <summary>True if the engine keeps build sides for later queries.</summary>
    internal bool IsCaching { get; }

    internal DuckDbDatabase Database { get; }

    /// <summary>Opens a session.</summary>
    /// <param name="options">Settings, or null for the defaults.</param>
    /// <exception cref="InferFException">An option is wrong, or the native library cannot be loaded.</exception>
    public static InferSession Open(InferOptions? options = null) => new(options ?? new InferOptions());

    /// <summary>Makes a query. Names and types are resolved at once; nothing is read but schemas.</summary>
    /// <param name="sql">One SELECT statement; docs/SQL.md tells what is understood.</param>
    /// <param name="options">What differs from the session's settings.</param>
    /// <exception cref="InferFException">The text is wrong; <see cref="InferFException.Position"/> tells where.</exception>
    public InferQuery Sql(string sql, QueryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(sql);
        using Call call = Enter();
        Statement statement = Bind(sql, new StatementSettings(options?.Nulls ?? Options.Nulls, options?.Precision ?? Options.Precision));
        return new InferQuery(this, statement, options?.Planner ?? Options.Planner, options?.Replan ?? Options.Replan, RowCountHints.ByTable(statement.Bound, options?.RowCounts));
    }

    /// <summary>Forgets what earlier queries have left for later ones: build sides of joins with their partial results. Queries under way keep what they use.</summary>
    public void ClearCache()
    {
        using Call call = Enter();
        Engine.ClearCache();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
            if (_callsUnderWay > 0)
            {
                return;
            }
        }
        Release();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Begins a call that uses the engine or the database: both stay open until it is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    internal Call Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _callsUnderWay++;
        }
        return new Call(this);
    }

    // What a statement means depends on its text and on the tables and models there are. Their numbers are read first: whatever changes meanwhile makes the
    // statement one that nobody finds.
    private Statement Bind(string sql, StatementSettings settings)
    {
        (long, long) version = (Database.Version, Models.Version);
        if (Statements.Find(sql, settings, version) is Statement known)
        {
            return known;
        }
        Statement statement = new(SqlFrontend.Bind(sql, _catalog, settings.Nulls) with { Precision = settings.Precision });
        Statements.Add(sql, settings, version, statement);
        return statement;
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_callsUnderWay > 0 || !_disposed)
            {
                return;
            }
        }
        Release();
    }

    private void Release()
    {
        Engine.Dispose();
        Database.Dispose();
    }

    /// <summary>A call under way; dispose it once.</summary>
    internal readonly struct Call(InferSession session) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => session.Leave();
    }

    private sealed class Catalog(DuckDbDatabase database, ModelCollection models) : ICatalog
    {
        public IEnumerable<string> TableNames => database.Tables.Select(t => t.Name);

        public IEnumerable<string> ModelNames => models.Names;

        public CatalogTable? FindTable(string name) => database.FindTable(name)?.Describe();

        public ModelGraph? FindModel(string name) => models.Find(name)?.Graph;

        public ImmutableArray<ColumnType> DescribeExpressions(string tableName, IReadOnlyList<string> expressions) =>
            database.FindTable(tableName)?.DescribeExpressions(expressions)
            ?? throw new InferFException(InferFErrorCode.UnknownName, $"There is no table '{tableName}'.");
    }
}
