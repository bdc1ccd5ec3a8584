using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>Where the rows of a registered table come from. Any thread may use it.</summary>
public abstract class TableSource : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StatisticsReader _statistics;
    private readonly Dictionary<string, ColumnType> _types = new(StringComparer.Ordinal);
    private CatalogTable? _description;
    private long? _numberedRows;
    private ScanContents? _contents;
    private bool? _isBaseTable;

    /// <summary>Creates a source.</summary>
    private protected TableSource(DuckDbDatabase database, string name, string context)
    {
        (Database, Name, Context) = (database, name, context);
        _statistics = new StatisticsReader(database, context);
    }

    /// <summary>Name the table is registered under.</summary>
    public string Name { get; }

    /// <summary>Quoted name of the DuckDB relation with the table's rows; the first use may load them into DuckDB.</summary>
    public abstract string Relation { get; }

    /// <summary>The database the table is registered in.</summary>
    private protected DuckDbDatabase Database { get; }

    /// <summary>First sentence of error messages.</summary>
    private protected string Context { get; }

    /// <summary>Quoted name of a DuckDB relation with the table's columns, which may be empty.</summary>
    private protected virtual string Shape => Relation;

    /// <summary>The table's columns.</summary>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public CatalogTable Describe()
    {
        lock (_gate)
        {
            return _description ??= new CatalogTable(Name, WithListLengths(ReadColumns()));
        }
    }

    /// <summary>Types of DuckDB SQL expressions over the table's columns, remembered for the next time.</summary>
    /// <param name="expressions">SQL texts whose column references are unqualified, quoted column names.</param>
    /// <exception cref="InferFException">An expression does not bind; the message is DuckDB's.</exception>
    public ImmutableArray<ColumnType> DescribeExpressions(IReadOnlyList<string> expressions)
    {
        lock (_types)
        {
            string[] missing = [.. expressions.Distinct().Where(expression => !_types.ContainsKey(expression))];
            if (missing.Length > 0)
            {
                string list = string.Join(", ", missing.Select((expression, i) => $"({expression}) AS c{i}"));
                ImmutableArray<CatalogColumn> columns = Database.Describe($"SELECT {list} FROM {Shape}", $"An expression over table '{Name}' is not valid.");
                for (int i = 0; i < missing.Length; i++)
                {
                    _types.Add(missing[i], columns[i].Type);
                }
            }
            return [.. expressions.Select(expression => _types[expression])];
        }
    }

    /// <summary>Row counts of a scan and distinct counts of columns, remembered for the next time.</summary>
    /// <param name="scan">What is read.</param>
    /// <param name="distinctColumns">Indices into <c>scan.Columns</c> whose distinct counts are wanted, usually join keys.</param>
    /// <param name="cancellationToken">Stops counting.</param>
    /// <returns>Numbers with their sources: exact for metadata and small tables, otherwise from a sketch or a sample.</returns>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public TableStatistics ReadStatistics(TableScan scan, IReadOnlyCollection<int> distinctColumns, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _statistics.Read(this, scan, distinctColumns, cancellationToken);
    }

    /// <summary>Opens a scan.</summary>
    /// <param name="scan">Columns and filter.</param>
    /// <param name="cancellationToken">Interrupts it, also while it is read.</param>
    /// <returns>Its rows, which the caller disposes or binds to a query.</returns>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public virtual NativeArrowStream OpenScan(TableScan scan, CancellationToken cancellationToken = default) =>
        Database.Query(ScanSql(scan), Context, cancellationToken);

    /// <summary>Opens a scan in parts that may be read at the same time: together they have every row once.</summary>
    /// <param name="scan">Columns and filter.</param>
    /// <param name="threads">Threads that read.</param>
    /// <param name="cancellationToken">Interrupts it, also while it is read.</param>
    /// <returns>At least one part, which the caller disposes or binds to a query; one only of a table that is small or cannot be cut. All have the same
    /// columns.</returns>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public virtual ImmutableArray<NativeArrowStream> OpenParts(TableScan scan, int threads, CancellationToken cancellationToken = default) =>
        threads > 1 && FindCuts(threads, cancellationToken) is { Conditions.Length: > 1 } cuts
            ? Database.QueryParts([.. cuts.Conditions.Select(condition => ScanSql(scan, cuts.Relation, condition))], Context, cuts.Verify, cancellationToken)
            : [OpenScan(scan, cancellationToken)];

    /// <summary>Opens a scan and names the rows it yields, so that what was made of them before can be used in place of them.</summary>
    /// <param name="scan">Columns and filter.</param>
    /// <param name="key">The name: scans of equal names yield equal rows. Null if nothing tells whether they do.</param>
    /// <param name="cancellationToken">Interrupts the scan, also while it is read.</param>
    /// <returns>Its rows, which the caller disposes or binds to a query. They are not looked for before they are asked for, if the scan was opened before.</returns>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public NativeArrowStream OpenScan(TableScan scan, out byte[]? key, CancellationToken cancellationToken = default)
    {
        key = null;
        if (!Database.RepeatableScans.Includes(scan) || ReadVersion(cancellationToken) is not string version)
        {
            return OpenScan(scan, cancellationToken);
        }
        string scanSql = ScanSql(scan);
        ScanContents contents;
        lock (_gate)
        {
            contents = _contents?.Version == version ? _contents : new ScanContents(version);
        }
        NativeArrowStream rows = NativeArrowStream.Produce(new NamedScanProducer(() => OpenScan(scan, cancellationToken), contents, scanSql, Context, () => Settle(contents), OpensAtOnce(scan)));
        key = contents.KeyOf(scanSql);
        return rows;
    }

    /// <summary>Forgets the table in DuckDB and frees what it holds.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the source holds.</summary>
    /// <param name="disposing">Always true.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Reads the table's columns.</summary>
    private protected virtual ImmutableArray<CatalogColumn> ReadColumns() => Database.Describe($"SELECT * FROM {Relation}", Context);

    /// <summary>Length of the first list that is not NULL in each of some columns of variable lists; 0 where there is none.</summary>
    private protected virtual int[] ReadListLengths(IReadOnlyList<string> columns)
    {
        string list = string.Join(", ", columns.Select(column => $"(SELECT len({SqlText.Name(column)}) FROM {Relation} WHERE {SqlText.Name(column)} IS NOT NULL LIMIT 1)"));
        return [.. Database.ReadRows($"SELECT {list}", Context)[0].Select(length => Convert.ToInt32(length ?? 0, System.Globalization.CultureInfo.InvariantCulture))];
    }

    // Files have no type for lists of one length. The first list tells the length a model can expect; the engine insists on it for every row.
    private ImmutableArray<CatalogColumn> WithListLengths(ImmutableArray<CatalogColumn> columns)
    {
        string[] open = [.. columns.Where(HasOpenLength).Select(column => column.Name)];
        if (open.Length == 0)
        {
            return columns;
        }
        Dictionary<string, int> lengths = open.Zip(ReadListLengths(open)).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. columns.Select(column => HasOpenLength(column) ? column with { Type = column.Type with { ListLength = lengths[column.Name] } } : column)];
    }

    private static bool HasOpenLength(CatalogColumn column) => column.Type is { Kind: ColumnKind.NumericList, ListLength: 0 };

    /// <summary>True if opening a scan takes no time.</summary>
    private protected virtual bool OpensAtOnce(TableScan scan) => false;

    /// <summary>Changes whenever the table's rows may have changed; null if that cannot be told.</summary>
    private protected virtual string? ReadVersion(CancellationToken cancellationToken)
    {
        switch (Origin)
        {
            case RelationOrigin.ParquetFiles files:
                return FileVersion.OfPattern(Database, files.Path, Context, cancellationToken);
            case RelationOrigin.TextFiles files:
                return FileVersion.OfPattern(Database, files.Path, Context, cancellationToken);
            case RelationOrigin.OtherFiles files:
                return FileVersion.OfPattern(Database, files.Path, Context, cancellationToken);
            case RelationOrigin.DuckDbTable { File: string file } table when _isBaseTable ??= IsBaseTable(table, cancellationToken):
                string log = $"{file}.wal";
                return FileVersion.Of(File.Exists(log) ? [file, log] : [file]);
            default:
                return null;
        }
    }

    // After the last row: the contents are what their name says if the version is still the one they were opened with.
    private void Settle(ScanContents contents)
    {
        bool isSame = ReadVersion(CancellationToken.None) == contents.Version;
        lock (_gate)
        {
            if (isSame)
            {
                _contents = contents;
            }
            else if (ReferenceEquals(_contents, contents))
            {
                _contents = null;
            }
        }
    }

    /// <summary>What the relation reads.</summary>
    private protected virtual RelationOrigin Origin => new RelationOrigin.Unknown();

    /// <summary>True if rows that are not counted yet are known to be few, so that distinct values may be counted exactly.</summary>
    internal bool IsSmall => Origin is RelationOrigin.TextFiles;

    /// <summary>Rows of the table, if they are known without reading it.</summary>
    internal virtual Statistic? ReadRowCount(CancellationToken cancellationToken)
    {
        switch (Origin)
        {
            case RelationOrigin.ParquetFiles files:
                return new Statistic(ParquetMetadata.Count(Database, files.Path, Context, cancellationToken).Rows, StatisticSource.Exact);
            case RelationOrigin.DuckDbTable table when IsBaseTable(table, cancellationToken):
                return new Statistic(
                    Convert.ToDouble(Database.ReadRows($"SELECT count(*) FROM {table.Name}", Context, cancellationToken)[0][0], System.Globalization.CultureInfo.InvariantCulture),
                    StatisticSource.Exact);
            case RelationOrigin.TextFiles files when TextRowEstimate.Of(files.Path, cancellationToken) is double rows:
                return new Statistic(rows, StatisticSource.Sample);
            default:
                return null;
        }
    }

    /// <summary>Statistics of a column that lies in memory, or null.</summary>
    internal virtual ColumnStatistics? ReadColumnInMemory(ScanColumn column) => null;

    /// <summary>What metadata say about columns, by name; empty if there is nothing.</summary>
    internal IReadOnlyDictionary<string, ColumnBounds> ReadBounds(CancellationToken cancellationToken) => Origin is RelationOrigin.ParquetFiles files
        ? ParquetMetadata.Bounds(Database, files.Path, Context, cancellationToken)
        : ImmutableDictionary<string, ColumnBounds>.Empty;

    /// <summary>A query for some of the table's rows, which reads few others.</summary>
    /// <param name="rows">Rows of the table.</param>
    /// <param name="cancellationToken">Stops looking for it.</param>
    internal string SampleSql(double rows, CancellationToken cancellationToken)
    {
        const string Number = "file_row_number";
        switch (Origin)
        {
            case RelationOrigin.ParquetFiles files when !Describe().Columns.Any(column => string.Equals(column.Name, Number, StringComparison.OrdinalIgnoreCase)):
                double count = Math.Max(1, ParquetMetadata.Count(Database, files.Path, Context, cancellationToken).Files);
                return SampleQuery.Spread($"read_parquet({SqlText.Literal(files.Path)}, file_row_number = true)", Number, rows / count, count);
            case RelationOrigin.DuckDbTable table when IsBaseTable(table, cancellationToken):
                return SampleQuery.Spread(table.Name, "rowid", rows);
            default:
                return SampleQuery.Head(Relation);
        }
    }

    // Only tables have numbered rows; views may take any time to count.
    private bool IsBaseTable(RelationOrigin.DuckDbTable table, CancellationToken cancellationToken)
    {
        try
        {
            Database.ReadRows($"SELECT rowid FROM {table.Name} LIMIT 0", Context, cancellationToken);
            return true;
        }
        catch (InferFException exception) when (exception.Code is InferFErrorCode.UnknownName or InferFErrorCode.TypeMismatch)
        {
            return false;
        }
    }

    /// <summary>Cuts a table of DuckDB, whose rows do not change, by the numbers of its rows; null if it is a view.</summary>
    private protected TableCuts? CutTable(RelationOrigin.DuckDbTable table, int threads, CancellationToken cancellationToken)
    {
        const long RowGroup = 122_880;
        lock (_gate)
        {
            // A view has no rows of its own to cut.
            _numberedRows ??= IsBaseTable(table, cancellationToken)
                ? Convert.ToInt64(Database.ReadRows($"SELECT coalesce(max(rowid) + 1, 0) FROM {table.Name}", Context, cancellationToken)[0][0], System.Globalization.CultureInfo.InvariantCulture)
                : 0;
        }
        long[] groups = [.. Enumerable.Range(0, (int)(_numberedRows.Value / RowGroup)).Select(_ => RowGroup), _numberedRows.Value % RowGroup];
        return new TableCuts(table.Name, ScanCuts.OfRows("rowid", groups, threads), static () => { });
    }

    /// <summary>How the table's rows can be cut into parts, or null.</summary>
    private protected virtual TableCuts? FindCuts(int threads, CancellationToken cancellationToken) => null;

    /// <summary>The scan as DuckDB SQL.</summary>
    private protected string ScanSql(TableScan scan) => ScanSql(scan, Relation, null);

    // `condition`: rows of `relation` that are read, beside the scan's own filter.
    private static string ScanSql(TableScan scan, string relation, string? condition)
    {
        // A scan without columns still yields its rows: one constant column carries their number.
        string list = scan.Columns.IsEmpty ? "true AS \"\"\"no columns\"\"\"" : string.Join(", ", scan.Columns.Select(column => $"{column.Sql} AS {SqlText.Name(column.Name)}"));
        string[] conditions = [.. new[] { condition, scan.FilterSql is null ? null : $"({scan.FilterSql})" }.OfType<string>()];
        return $"SELECT {list} FROM {relation}{(conditions.Length > 0 ? $" WHERE {string.Join(" AND ", conditions)}" : "")}";
    }
}
