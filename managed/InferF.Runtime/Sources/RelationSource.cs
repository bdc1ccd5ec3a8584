using System.Collections.Immutable;
using InferF.Plan.Query;

namespace InferF.Runtime.Sources;

/// <summary>A table that is a view in DuckDB (over files, over a table of an attached database, or over a query) or a copy of a query's rows.</summary>
internal sealed class RelationSource : TableSource
{
    // Columns of the view with numbered rows.
    private const string FileColumn = "__inferf_file";
    private const string NumberColumn = "__inferf_row";

    // Smaller files are not worth a look at their footers.
    private const long LeastBytes = 1 << 20;

    private static long s_views;

    private readonly Lock _gate = new();
    private readonly string _kind;
    private readonly RelationOrigin _origin;
    private readonly ParquetLayout? _layout;
    private string? _numbered;
    private bool _cannotBeNumbered;
    private bool _disposed;

    /// <summary>Creates the view, which reads the head of its files, or the copy.</summary>
    public RelationSource(DuckDbDatabase database, string name, string context, string sql, RelationOrigin origin, bool isCopy = false)
        : base(database, name, context)
    {
        _origin = origin;
        _kind = isCopy ? "TABLE" : "VIEW";
        _layout = origin is RelationOrigin.ParquetFiles files ? new ParquetLayout(database, files.Path, context) : null;
        database.Execute($"CREATE {_kind} {Relation} AS {sql}", context);
    }

    /// <inheritdoc/>
    public override string Relation => SqlText.Name(Name);

    /// <inheritdoc/>
    private protected override RelationOrigin Origin => _origin;

    /// <inheritdoc/>
    private protected override TableCuts? FindCuts(int threads, CancellationToken cancellationToken) => _origin switch
    {
        RelationOrigin.ParquetFiles files => CutFiles(files.Path, threads, cancellationToken),
        RelationOrigin.DuckDbTable table => CutTable(table, threads, cancellationToken),
        _ => null,
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }
            _disposed = true;
            string context = $"Table '{Name}' cannot be removed.";
            Database.Execute($"DROP {_kind} IF EXISTS {Relation}", context);
            if (_numbered is not null)
            {
                Database.Execute($"DROP VIEW IF EXISTS {_numbered}", context);
            }
        }
    }

    private TableCuts? CutFiles(string path, int threads, CancellationToken cancellationToken)
    {
        if (!_layout!.IsPattern && FileStamps.Look(path) is (long length, _) && length < LeastBytes)
        {
            return null;
        }
        IReadOnlyList<FileRows> files = _layout.Read(cancellationToken);
        var stamps = new FileStamps(files.Select(file => file.Path));
        ImmutableArray<string> conditions = _layout.IsPattern
            ? ScanCuts.OfFiles(FileColumn, NumberColumn, files, threads)
            : ScanCuts.OfRows(NumberColumn, files[0].Groups, threads);
        return conditions.Length > 1 && Numbered(path) is string relation ? new TableCuts(relation, conditions, Verify) : null;

        void Verify()
        {
            if (stamps.FindChanged() is string changed)
            {
                throw new InferFException(InferFErrorCode.Source, $"{Context} A file has changed while it was read. File '{changed}'.");
            }
        }
    }

    // A view of the same files whose rows are numbered; null if their own columns are in the way.
    private string? Numbered(string path)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_numbered is not null || _cannotBeNumbered)
            {
                return _numbered;
            }
            string[] reserved = ["filename", "file_row_number", FileColumn, NumberColumn];
            ImmutableArray<CatalogColumn> columns = ReadColumns();
            if (columns.Any(column => reserved.Contains(column.Name, StringComparer.OrdinalIgnoreCase)))
            {
                _cannotBeNumbered = true;
                return null;
            }
            string view = $"__inferf_rows_{Interlocked.Increment(ref s_views)}";
            Database.Execute($"CREATE VIEW {view} AS SELECT *, filename AS {FileColumn}, file_row_number AS {NumberColumn} FROM read_parquet({SqlText.Literal(path)})", Context);
            _numbered = view;
            // The table's own view fails from the day on which the files have other columns than on the day it was made. So does this one, if it begins the same.
            if (!Database.Describe($"SELECT * EXCLUDE ({FileColumn}, {NumberColumn}) FROM {view}", Context).SequenceEqual(columns))
            {
                throw new InferFException(InferFErrorCode.Source, $"{Context} Its files no longer have the columns they had when the table was added.");
            }
            return view;
        }
    }
}
