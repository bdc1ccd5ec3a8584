using System.Data.Common;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Plan;
using InferF.Runtime.Sources;

namespace InferF;

/// <summary>Where the rows of a table come from; give one to <see cref="TableCollection.Add"/>.</summary>
public abstract class Source
{
    private static readonly Dictionary<string, Func<string, Source>> s_byExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".parquet"] = Parquet,
        [".csv"] = path => Csv(path),
        [".csv.gz"] = path => Csv(path),
        [".tsv"] = path => Csv(path),
        [".tsv.gz"] = path => Csv(path),
        [".json"] = Json,
        [".ndjson"] = Json,
        [".jsonl"] = Json,
        [".arrow"] = ArrowFile,
    };

    private protected Source()
    {
    }

    /// <summary>Parquet files.</summary>
    /// <param name="path">A file or glob pattern.</param>
    public static Source Parquet(string path) => new Registered((db, name, _) => Done(db.AddParquet(name, path)));

    /// <summary>CSV files, plain or gzip-compressed.</summary>
    /// <param name="path">A file or glob pattern.</param>
    /// <param name="options">How to read them, or null to find out from the file.</param>
    public static Source Csv(string path, CsvOptions? options = null) => new Registered((db, name, _) => Done(db.AddCsv(name, path, options)));

    /// <summary>JSON files: an array of objects, or one object per line.</summary>
    /// <param name="path">A file or glob pattern.</param>
    public static Source Json(string path) => new Registered((db, name, _) => Done(db.AddJson(name, path)));

    /// <summary>A table of a DuckDB file, opened read-only.</summary>
    /// <param name="path">The file.</param>
    /// <param name="table">Table in it, or null for the name it is added under.</param>
    public static Source DuckDb(string path, string? table = null) => new Registered((db, name, _) => Done(db.AddDuckDbTable(name, path, table)));

    /// <summary>Record batches in memory, shared with the engine without copying. The session disposes them.</summary>
    /// <param name="batches">At least one, all of one schema.</param>
    public static Source Arrow(IReadOnlyList<RecordBatch> batches) => batches.Count > 0
        ? new Registered((db, name, _) => Done(db.AddArrow(name, batches[0].Schema, batches)))
        : throw new InferFException(InferFErrorCode.InvalidArgument, "An Arrow source needs at least one batch, which may be empty: it carries the schema.");

    /// <summary>An Arrow stream, read to its end when the table is added.</summary>
    /// <param name="stream">Disposed by the session.</param>
    public static Source Arrow(IArrowArrayStream stream) => new Registered((db, name, cancellation) => db.AddArrowAsync(name, stream, cancellation));

    /// <summary>An Arrow IPC file.</summary>
    /// <param name="path">The file.</param>
    public static Source ArrowFile(string path) => new Registered(async (db, name, cancellation) =>
    {
        try
        {
            await using FileStream file = System.IO.File.OpenRead(path);
            using ArrowFileReader reader = new(file);
            List<RecordBatch> batches = [];
            while (await reader.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false) is { } batch)
            {
                batches.Add(batch);
            }
            return db.AddArrow(name, reader.Schema, batches);
        }
        catch (Exception exception) when (exception is not (InferFException or OperationCanceledException))
        {
            throw new InferFException(InferFErrorCode.Source, $"Table '{name}' cannot be read from '{path}'. {exception.Message}", inner: exception);
        }
    });

    /// <summary>The rows of a query to any ADO.NET database, read to the end when the table is added.</summary>
    /// <param name="dataSource">The database.</param>
    /// <param name="sql">A query in its dialect.</param>
    public static Source Database(DbDataSource dataSource, string sql) =>
        new Registered((db, name, cancellation) => db.AddDataSourceAsync(name, dataSource, sql, cancellation));

    /// <summary>A file of the format its extension names: parquet, csv, csv.gz, tsv, json, ndjson, arrow.</summary>
    /// <param name="path">A file or glob pattern.</param>
    /// <exception cref="InferFException">An extension that is not known.</exception>
    public static Source File(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        foreach ((string extension, Func<string, Source> create) in s_byExtension)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return create(path);
            }
        }
        string actual = System.IO.Path.GetExtension(path);
        throw new InferFException(InferFErrorCode.InvalidArgument,
            $"The file's format is not known by its extension. File '{path}', known: {string.Join(", ", s_byExtension.Keys)}.{NearestName.Hint(actual, s_byExtension.Keys)}");
    }

    internal abstract Task<TableSource> RegisterAsync(DuckDbDatabase database, string name, CancellationToken cancellation);

    private static Task<TableSource> Done(TableSource source) => Task.FromResult(source);

    private sealed class Registered(Func<DuckDbDatabase, string, CancellationToken, Task<TableSource>> register) : Source
    {
        internal override Task<TableSource> RegisterAsync(DuckDbDatabase database, string name, CancellationToken cancellation) =>
            register(database, name, cancellation);
    }
}
