using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Plan;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>Settings of the embedded DuckDB.</summary>
public sealed record DuckDbOptions
{
    /// <summary>Threads DuckDB may use; 0 means one per core.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes DuckDB may hold; 0 means its own default.</summary>
    public long MemoryLimit { get; init; }
}

/// <summary>
/// The in-process DuckDB of a session: it reads files, evaluates single-table filters and expressions, and knows statistics. Every table of
/// the session is a view or table in it under its registered name.
/// </summary>
/// <remarks>Any thread may use it. The caller disposes it, after the streams opened from it; sources are disposed with it.</remarks>
public sealed class DuckDbDatabase : IDisposable
{
    private readonly Lock _gate = new();
    private readonly DuckDbOptions _options;
    private readonly DuckDBConnection _connection;
    private readonly Dictionary<string, TableSource> _sources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _attached = new(StringComparer.Ordinal);
    private DuckDBConnection? _sorting;
    private long _version;
    private bool _disposed;

    /// <summary>Opens an empty database in memory.</summary>
    /// <param name="options">Settings, or null for the defaults.</param>
    public DuckDbDatabase(DuckDbOptions? options = null)
    {
        _options = options ?? new DuckDbOptions();
        _connection = Open(_options);
        RepeatableScans = new RepeatableScans(this);
    }

    /// <summary>The registered tables, by name.</summary>
    public IReadOnlyCollection<TableSource> Tables
    {
        get
        {
            lock (_gate)
            {
                return [.. _sources.Values];
            }
        }
    }

    /// <summary>Grows after every change of the registered tables.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Tells which scans yield the same when they read the same.</summary>
    internal RepeatableScans RepeatableScans { get; }

    /// <summary>Finds a registered table by name (case-insensitive), or null.</summary>
    public TableSource? FindTable(string name)
    {
        lock (_gate)
        {
            return _sources.GetValueOrDefault(name);
        }
    }

    /// <summary>Registers Parquet files.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="path">File or glob pattern.</param>
    /// <exception cref="InferFException">The files are missing or broken, or the name is taken.</exception>
    public TableSource AddParquet(string name, string path) => AddFile(name, path, file => $"read_parquet({file})", fullPath => new RelationOrigin.ParquetFiles(fullPath));

    /// <summary>Registers CSV files, plain or gzip-compressed.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="path">File or glob pattern.</param>
    /// <param name="options">How to read them, or null to let DuckDB find out.</param>
    /// <exception cref="InferFException">The files are missing or broken, or the name is taken.</exception>
    public TableSource AddCsv(string name, string path, CsvOptions? options = null) =>
        AddFile(name, path, file => $"read_csv({file}{(options ?? new CsvOptions()).ToSql()})", fullPath => new RelationOrigin.TextFiles(fullPath));

    /// <summary>Registers JSON files: an array of objects or one object per line.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="path">File or glob pattern.</param>
    /// <exception cref="InferFException">The files are missing or broken, or the name is taken.</exception>
    public TableSource AddJson(string name, string path) => AddFile(name, path, file => $"read_json({file})", fullPath => new RelationOrigin.OtherFiles(fullPath));

    /// <summary>Registers a table or view of a DuckDB file, which is opened read-only.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="path">The DuckDB file.</param>
    /// <param name="table">Table in that file, or null for the same name.</param>
    /// <exception cref="InferFException">The file or table is missing or broken, or the name is taken.</exception>
    public TableSource AddDuckDbTable(string name, string path, string? table = null)
    {
        string fullPath = SourceFiles.Resolve(name, path);
        string context = $"Table '{name}' cannot be read from '{path}'.";
        string alias;
        lock (_gate)
        {
            if (!_attached.TryGetValue(fullPath, out string? existing))
            {
                existing = $"__inferf_file_{_attached.Count}";
                Execute($"ATTACH {SqlText.Literal(fullPath)} AS {existing} (READ_ONLY)", context);
                _attached.Add(fullPath, existing);
            }
            alias = existing;
        }
        string source = string.Join('.', (table ?? name).Split('.').Select(SqlText.Name));
        return Register(name, () => new RelationSource(this, name, context, $"SELECT * FROM {alias}.{source}", new RelationOrigin.DuckDbTable($"{alias}.{source}", fullPath)));
    }

    /// <summary>Registers the rows of a DuckDB query over the other tables.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="sql">A SELECT statement.</param>
    /// <exception cref="InferFException">DuckDB refuses the query, or the name is taken.</exception>
    public TableSource AddQuery(string name, string sql) =>
        Register(name, () => new RelationSource(this, name, $"Table '{name}' cannot be read from its query.", sql, new RelationOrigin.Unknown()));

    /// <summary>Registers a copy of a DuckDB query's rows: unlike <see cref="AddQuery"/>, every scan sees the same rows in the same order.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="sql">A SELECT statement.</param>
    /// <exception cref="InferFException">DuckDB refuses the query or fails, or the name is taken.</exception>
    public TableSource AddSnapshot(string name, string sql) =>
        Register(name, () => new RelationSource(this, name, $"Table '{name}' cannot be copied from its query.", sql, new RelationOrigin.DuckDbTable(SqlText.Name(name)), isCopy: true));

    /// <summary>Registers record batches in memory. They are shared, not copied, as long as a query reads plain columns without a filter.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="schema">Their columns.</param>
    /// <param name="batches">The rows; owned and disposed by the table.</param>
    /// <exception cref="InferFException">The name is taken.</exception>
    public TableSource AddArrow(string name, Schema schema, IEnumerable<RecordBatch> batches) =>
        Register(name, () => new ArrowSource(this, name, schema, new SharedBatchSet(batches)));

    /// <summary>Registers the rows of an Arrow stream, which is read to its end and kept in memory.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="stream">The rows; disposed by this call.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InferFException">The stream fails, or the name is taken.</exception>
    public async Task<TableSource> AddArrowAsync(string name, IArrowArrayStream stream, CancellationToken cancellationToken = default)
    {
        using (stream)
        {
            var batches = new List<RecordBatch>();
            try
            {
                while (await stream.ReadNextRecordBatchAsync(cancellationToken).ConfigureAwait(false) is { } batch)
                {
                    batches.Add(batch);
                }
                return AddArrow(name, stream.Schema, batches);
            }
            catch (Exception exception)
            {
                batches.ForEach(batch => batch.Dispose());
                if (exception is InferFException or OperationCanceledException)
                {
                    throw;
                }
                throw new InferFException(InferFErrorCode.Source, $"Table '{name}' cannot be read from its Arrow stream. {exception.Message}", inner: exception);
            }
        }
    }

    /// <summary>Registers the rows of a data reader, which is read to its end and kept in memory.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="reader">The rows; the caller disposes it.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InferFException">The reader fails or has a column of a type InferF does not know, or the name is taken.</exception>
    public async Task<TableSource> AddReaderAsync(string name, System.Data.Common.DbDataReader reader, CancellationToken cancellationToken = default)
    {
        (Schema schema, IReadOnlyList<RecordBatch> batches) = await DataReaderBatches.ReadAsync(name, reader, cancellationToken).ConfigureAwait(false);
        return AddArrow(name, schema, batches);
    }

    /// <summary>Registers the rows of a query to another database, which are read and kept in memory.</summary>
    /// <param name="name">Table name.</param>
    /// <param name="dataSource">The other database.</param>
    /// <param name="sql">The query, in its SQL.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InferFException">The database fails, or the name is taken.</exception>
    public async Task<TableSource> AddDataSourceAsync(string name, System.Data.Common.DbDataSource dataSource, string sql, CancellationToken cancellationToken = default)
    {
        try
        {
            await using System.Data.Common.DbCommand command = dataSource.CreateCommand(sql);
            await using System.Data.Common.DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            return await AddReaderAsync(name, reader, cancellationToken).ConfigureAwait(false);
        }
        catch (System.Data.Common.DbException exception)
        {
            throw new InferFException(InferFErrorCode.Source, $"Table '{name}' cannot be read from its database. {exception.Message}", inner: exception);
        }
    }

    /// <summary>Forgets a table and what it holds.</summary>
    /// <returns>False if there is none of that name.</returns>
    public bool Remove(string name)
    {
        TableSource? source;
        lock (_gate)
        {
            _sources.Remove(name, out source);
            Interlocked.Increment(ref _version);
        }
        source?.Dispose();
        return source is not null;
    }

    /// <summary>Runs a DuckDB query over the registered tables.</summary>
    /// <param name="sql">One SELECT statement.</param>
    /// <param name="cancellationToken">Interrupts it, also while its result is read.</param>
    /// <returns>Its rows, which the caller disposes.</returns>
    /// <remarks>A table that lies in Arrow batches must have been touched before through <see cref="TableSource.Relation"/>.</remarks>
    /// <exception cref="InferFException">DuckDB refuses the statement or fails.</exception>
    public NativeArrowStream Query(string sql, CancellationToken cancellationToken = default) => Query(sql, "The DuckDB query failed.", cancellationToken);

    /// <summary>Runs a DuckDB query.</summary>
    internal NativeArrowStream Query(string sql, string context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return NativeArrowStream.Produce(new DuckDbResultProducer(Connect(), sql, context, cancellationToken));
    }

    /// <summary>Runs DuckDB queries whose results have the same columns, each on a connection of its own. All but the first are started when they are first
    /// read.</summary>
    /// <param name="queries">SELECT statements.</param>
    /// <param name="context">First sentence of error messages.</param>
    /// <param name="verify">Called when a query has been started; throws if it cannot be trusted.</param>
    /// <param name="cancellationToken">Interrupts them, also while their results are read.</param>
    internal ImmutableArray<NativeArrowStream> QueryParts(IReadOnlyList<string> queries, string context, Action verify, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var first = new DuckDbResultProducer(Connect(), queries[0], context, cancellationToken);
        NativeArrowStream stream = NativeArrowStream.Produce(first);
        try
        {
            verify();
            string layout = first.DescribeColumns();
            Schema schema = stream.Schema;
            return
            [
                stream,
                .. queries.Skip(1).Select(sql => NativeArrowStream.Produce(new ScanPartProducer(schema, layout, () => Start(sql), context))),
            ];
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        DuckDbResultProducer Start(string sql)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = new DuckDbResultProducer(Connect(), sql, context, cancellationToken);
            try
            {
                verify();
                return rows;
            }
            catch
            {
                rows.Dispose();
                throw;
            }
        }
    }

    /// <summary>Opens another connection to the same database.</summary>
    internal DuckDBConnection Connect()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            DuckDBConnection connection = _connection.Duplicate();
            connection.Open();
            return connection;
        }
    }

    /// <summary>Opens a connection to a second database, which is empty and has threads of its own.</summary>
    /// <remarks>
    /// A query that reads the engine's result blocks DuckDB's threads until there is one, which may in turn depend on scans. So it must
    /// not share its threads with the scans.
    /// </remarks>
    internal DuckDBConnection ConnectForSorting()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _sorting ??= Open(_options);
            DuckDBConnection connection = _sorting.Duplicate();
            connection.Open();
            return connection;
        }
    }

    /// <summary>Runs a statement without a result.</summary>
    internal void Execute(string sql, string context)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            Execute(_connection, sql, context);
        }
    }

    /// <summary>Runs a statement without a result on a connection.</summary>
    internal static void Execute(DuckDBConnection connection, string sql, string context)
    {
        try
        {
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
        catch (DuckDBException exception)
        {
            throw DuckDbErrors.ToException(exception, context);
        }
    }

    /// <summary>Runs a query and reads every row as objects; for metadata.</summary>
    internal IReadOnlyList<object?[]> ReadRows(string sql, string context, CancellationToken cancellationToken = default)
    {
        using DuckDBConnection connection = Connect();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static native => ((DuckDB.NET.Native.DuckDBNativeConnection)native!).Interrupt(), connection.NativeConnection);
        try
        {
            using DuckDBCommand command = connection.CreateCommand();
            command.CommandText = sql;
            using DuckDBDataReader reader = command.ExecuteReader();
            var rows = new List<object?[]>();
            while (reader.Read())
            {
                object?[] row = new object?[reader.FieldCount];
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                }
                rows.Add(row);
            }
            return rows;
        }
        catch (DuckDBException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw DuckDbErrors.ToException(exception, context);
        }
    }

    /// <summary>Names and types of a query's columns.</summary>
    internal ImmutableArray<CatalogColumn> Describe(string sql, string context) =>
        [.. ReadRows($"DESCRIBE {sql}", context).Select(row => new CatalogColumn((string)row[0]!, DuckDbTypes.Parse((string)row[1]!)))];

    /// <inheritdoc/>
    public void Dispose()
    {
        List<TableSource> sources;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            sources = [.. _sources.Values];
            _sources.Clear();
        }
        sources.ForEach(source => source.Dispose());
        lock (_gate)
        {
            _disposed = true;
            _sorting?.Dispose();
            _connection.Dispose();
        }
    }

    private static DuckDBConnection Open(DuckDbOptions options)
    {
        const string Context = "DuckDB cannot be configured.";
        var connection = new DuckDBConnection(options.Threads > 0 ? $"DataSource=:memory:;threads={options.Threads}" : "DataSource=:memory:");
        try
        {
            connection.Open();
            // Result columns must have the Arrow types the engine reads: text with 32-bit offsets, no views, no extension types.
            Execute(connection, "SET GLOBAL produce_arrow_string_view = false; SET GLOBAL arrow_large_buffer_size = false; SET GLOBAL arrow_lossless_conversion = false", Context);
            if (options.MemoryLimit > 0)
            {
                Execute(connection, $"SET GLOBAL memory_limit = '{options.MemoryLimit}B'", Context);
            }
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private RelationSource AddFile(string name, string path, Func<string, string> read, Func<string, RelationOrigin> origin)
    {
        string fullPath = SourceFiles.Resolve(name, path);
        return Register(name, () => new RelationSource(this, name, $"Table '{name}' cannot be read from '{path}'.", $"SELECT * FROM {read(SqlText.Literal(fullPath))}", origin(fullPath)));
    }

    private T Register<T>(string name, Func<T> create)
        where T : TableSource
    {
        if (string.IsNullOrWhiteSpace(name) || name.Contains('\0', StringComparison.Ordinal))
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"A table needs a name. Name: '{name}'.");
        }
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_sources.ContainsKey(name))
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"A table of this name exists already. Name: '{name}'.");
            }
            T source = create();
            _sources.Add(name, source);
            Interlocked.Increment(ref _version);
            return source;
        }
    }
}
