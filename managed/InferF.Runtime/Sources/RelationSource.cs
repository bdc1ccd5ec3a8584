namespace InferF.Runtime.Sources;

/// <summary>A table that is a view in DuckDB: over files, over a table of an attached database, or over a query.</summary>
internal sealed class RelationSource : TableSource
{
    private bool _disposed;

    /// <summary>Creates the view, which reads the head of its files.</summary>
    public RelationSource(DuckDbDatabase database, string name, string context, string sql)
        : base(database, name, context) => database.Execute($"CREATE VIEW {Relation} AS {sql}", context);

    /// <inheritdoc/>
    public override string Relation => SqlText.Name(Name);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_disposed)
        {
            _disposed = true;
            Database.Execute($"DROP VIEW IF EXISTS {Relation}", $"Table '{Name}' cannot be removed.");
        }
    }
}
