using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>Where the rows of a registered table come from. Any thread may use it.</summary>
public abstract class TableSource : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string? Filter, string Expression), double> _counts = [];
    private readonly Dictionary<string, ColumnType> _types = new(StringComparer.Ordinal);
    private CatalogTable? _description;

    /// <summary>Creates a source.</summary>
    private protected TableSource(DuckDbDatabase database, string name, string context) => (Database, Name, Context) = (database, name, context);

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

    /// <summary>Row count and distinct counts of a scan, remembered for the next time.</summary>
    /// <param name="scan">What is read.</param>
    /// <param name="distinctColumns">Indices into <c>scan.Columns</c> whose distinct counts are wanted, usually join keys.</param>
    /// <param name="cancellationToken">Stops counting.</param>
    /// <returns>An exact row count, and approximate distinct counts (HyperLogLog).</returns>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public TableStatistics ReadStatistics(TableScan scan, IReadOnlyCollection<int> distinctColumns, CancellationToken cancellationToken = default)
    {
        string[] expressions = ["", .. distinctColumns.Select(column => scan.Columns[column].Sql)];
        lock (_counts)
        {
            string[] missing = [.. expressions.Distinct().Where(expression => !_counts.ContainsKey((scan.FilterSql, expression)))];
            if (missing.Length > 0)
            {
                double[] counts = Count(scan, missing, cancellationToken);
                for (int i = 0; i < missing.Length; i++)
                {
                    _counts[(scan.FilterSql, missing[i])] = counts[i];
                }
            }
            return new TableStatistics(
                _counts[(scan.FilterSql, "")],
                "exact",
                distinctColumns.ToImmutableDictionary(column => column, column => _counts[(scan.FilterSql, scan.Columns[column].Sql)]));
        }
    }

    /// <summary>Opens a scan.</summary>
    /// <param name="scan">Columns and filter.</param>
    /// <param name="cancellationToken">Interrupts it, also while it is read.</param>
    /// <returns>Its rows, which the caller disposes or binds to a query.</returns>
    /// <exception cref="InferFException">The source cannot be read.</exception>
    public virtual NativeArrowStream OpenScan(TableScan scan, CancellationToken cancellationToken = default) =>
        Database.Query(ScanSql(scan), Context, cancellationToken);

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

    /// <summary>Counts rows (for the empty expression) and distinct values.</summary>
    private protected virtual double[] Count(TableScan scan, IReadOnlyList<string> expressions, CancellationToken cancellationToken)
    {
        string list = string.Join(", ", expressions.Select(expression => expression.Length == 0 ? "count(*)" : $"approx_count_distinct({expression})"));
        object?[] row = Database.ReadRows($"SELECT {list} FROM {Relation}{Where(scan)}", Context, cancellationToken)[0];
        return [.. row.Select(value => Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>The scan as DuckDB SQL.</summary>
    private protected string ScanSql(TableScan scan)
    {
        // A scan without columns still yields its rows: one constant column carries their number.
        string list = scan.Columns.IsEmpty ? "true AS \"\"\"no columns\"\"\"" : string.Join(", ", scan.Columns.Select(column => $"{column.Sql} AS {SqlText.Name(column.Name)}"));
        return $"SELECT {list} FROM {Relation}{Where(scan)}";
    }

    private static string Where(TableScan scan) => scan.FilterSql is null ? "" : $" WHERE {scan.FilterSql}";
}
