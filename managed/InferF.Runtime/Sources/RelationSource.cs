namespace InferF.Runtime.Sources;

/// <summary>A table that is a view in DuckDB (over files, over a table of an attached database, or over a query) or a copy of a query's rows.</summary>
internal sealed class RelationSource : TableSource
{
    private readonly string _kind;
    private readonly RelationOrigin _origin;
    private bool _disposed;

    /// <summary>Creates the view, which reads the head of its files, or the copy.</summary>
    public RelationSource(DuckDbDatabase database, string name, string context, string sql, RelationOrigin origin, bool isCopy = false)
        : base(database, name, context)
    {
        _origin = origin;
        _kind = isCopy ? "TABLE" : "VIEW";
        database.Execute($"CREATE {_kind} {Relation} AS {sql}", context);
    }

    /// <inheritdoc/>
    public override string Relation => SqlText.Name(Name);

    /// <inheritdoc/>
    private protected override RelationOrigin Origin => _origin;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            Database.Execute($"DROP {_kind} IF EXISTS {Relation}", $"Table '{Name}' cannot be removed.");
        }
    }
}
