namespace InferF.Runtime.Sources;

/// <summary>What a relation reads, as far as statistics can make use of it.</summary>
internal abstract record RelationOrigin
{
    /// <summary>Parquet files: row counts and bounds are in their metadata.</summary>
    /// <param name="Path">File or glob pattern.</param>
    public sealed record ParquetFiles(string Path) : RelationOrigin;

    /// <summary>Text files with a row per line.</summary>
    /// <param name="Path">File or glob pattern.</param>
    public sealed record TextFiles(string Path) : RelationOrigin;

    /// <summary>Other files, of which nothing is known before they are read.</summary>
    /// <param name="Path">File or glob pattern.</param>
    public sealed record OtherFiles(string Path) : RelationOrigin;

    /// <summary>A table or view of DuckDB.</summary>
    /// <param name="Name">Quoted, qualified name.</param>
    /// <param name="File">The database's file, or null if it is a copy in memory.</param>
    public sealed record DuckDbTable(string Name, string? File = null) : RelationOrigin;

    /// <summary>Anything else: nothing is known before it is read.</summary>
    public sealed record Unknown : RelationOrigin;
}
