using System.Collections.Immutable;
using Apache.Arrow;
using DuckDB.NET.Data;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using InferF.Runtime.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>
/// A table of record batches in memory. Scans of plain columns share the batches; filters and expressions make DuckDB load them once.
/// </summary>
internal sealed class ArrowSource : TableSource
{
    private static long s_shapes;

    private readonly Lock _gate = new();
    private readonly Schema _schema;
    private readonly SharedBatchSet _set;
    private string? _shape;
    private bool _loaded;
    private bool _disposed;

    /// <summary>Takes ownership of the batches.</summary>
    public ArrowSource(DuckDbDatabase database, string name, Schema schema, SharedBatchSet set)
        : base(database, name, $"The Arrow batches of table '{name}' cannot be read.")
    {
        foreach (SharedBatch batch in set.Batches)
        {
            if (!HaveSameTypes(schema, batch.Batch.Schema))
            {
                set.Release();
                throw new InferFException(InferFErrorCode.InvalidData, $"The record batches of a table differ in their columns. Table '{name}', schema {Describe(schema)}, batch {Describe(batch.Batch.Schema)}.");
            }
        }
        (_schema, _set) = (schema, set);
    }

    /// <inheritdoc/>
    public override string Relation
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (!_loaded)
                {
                    Load(SqlText.Name(Name), withRows: true);
                    _loaded = true;
                }
                return SqlText.Name(Name);
            }
        }
    }

    /// <inheritdoc/>
    private protected override string Shape
    {
        get
        {
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_loaded)
                {
                    return SqlText.Name(Name);
                }
                if (_shape is null)
                {
                    string shape = $"__inferf_shape_{Interlocked.Increment(ref s_shapes)}";
                    Load(shape, withRows: false);
                    _shape = shape;
                }
                return _shape;
            }
        }
    }

    /// <inheritdoc/>
    public override NativeArrowStream OpenScan(TableScan scan, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryShare(scan, out ImmutableArray<int> columns))
        {
            return base.OpenScan(scan, cancellationToken);
        }
        Field[] fields = [.. columns.Select((column, i) => Renamed(_schema.GetFieldByIndex(column), scan.Columns[i].Name))];
        return OpenBatches(new Schema(fields, null), columns, withRows: true);
    }

    // Batches that are shared cost nothing to read; those that DuckDB loads are cut like any table of its own.
    /// <inheritdoc/>
    public override ImmutableArray<NativeArrowStream> OpenParts(TableScan scan, int threads, CancellationToken cancellationToken = default) =>
        scan.FilterSql is null && TryFindColumns(scan, out _) ? [OpenScan(scan, cancellationToken)] : base.OpenParts(scan, threads, cancellationToken);

    /// <inheritdoc/>
    private protected override TableCuts? FindCuts(int threads, CancellationToken cancellationToken) =>
        _set.Batches.Sum(batch => (long)batch.Length) < 2 * ScanCuts.LeastRows ? null : CutTable(new RelationOrigin.DuckDbTable(Relation), threads, cancellationToken);

    /// <inheritdoc/>
    private protected override ImmutableArray<CatalogColumn> ReadColumns() =>
        [.. _schema.FieldsList.Select(field => new CatalogColumn(field.Name, ArrowTypes.ToColumnType(field.DataType)))];

    /// <inheritdoc/>
    private protected override int[] ReadListLengths(IReadOnlyList<string> columns) => [.. columns.Select(ReadListLength)];

    // Whoever asks for a sample wants a filter or an expression, which make DuckDB load the rows anyway.
    /// <inheritdoc/>
    private protected override RelationOrigin Origin => new RelationOrigin.DuckDbTable(Relation);

    /// <inheritdoc/>
    private protected override bool OpensAtOnce(TableScan scan) => TryShare(scan, out _);

    // Record batches do not change, and a table registered anew is another source.
    /// <inheritdoc/>
    private protected override string? ReadVersion(CancellationToken cancellationToken) => "";

    /// <inheritdoc/>
    internal override Statistic? ReadRowCount(CancellationToken cancellationToken) =>
        new Statistic(_set.Batches.Sum(batch => (double)batch.Length), StatisticSource.Exact);

    /// <inheritdoc/>
    internal override ColumnStatistics? ReadColumnInMemory(ScanColumn column)
    {
        int index = column.SourceColumn is null ? -1 : FindColumn(column.SourceColumn);
        if (index < 0)
        {
            return null;
        }
        DistinctSketch sketch = new();
        double rows = 0;
        double nulls = 0;
        foreach (SharedBatch batch in _set.Batches)
        {
            IArrowArray array = batch.Batch.Column(index);
            if (!sketch.Add(array))
            {
                return null;
            }
            rows += array.Length;
            nulls += array.NullCount;
        }
        double values = rows - nulls;
        bool isUnique = sketch.Estimate() >= DistinctSketch.LeastShareOfUnique * values;
        return new ColumnStatistics(new Statistic(isUnique ? values : Math.Min(sketch.Estimate(), values), StatisticSource.Sketch))
        {
            IsUnique = isUnique,
            NullFraction = new Statistic(rows > 0 ? nulls / rows : 0, StatisticSource.Exact),
        };
    }

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
            if (_loaded)
            {
                Database.Execute($"DROP TABLE IF EXISTS {SqlText.Name(Name)}", context);
            }
            if (_shape is not null)
            {
                Database.Execute($"DROP TABLE IF EXISTS {_shape}", context);
            }
            _set.Release();
        }
    }

    private int ReadListLength(string column)
    {
        foreach (SharedBatch batch in _set.Batches)
        {
            IArrowArray array = batch.Batch.Column(column);
            for (int row = 0; row < array.Length; row++)
            {
                switch (array)
                {
                    case ListArray list when list.IsValid(row):
                        return list.GetValueLength(row);
                    case LargeListArray list when list.IsValid(row):
                        return (int)Math.Min(list.GetValueLength(row), int.MaxValue);
                }
            }
        }
        return 0;
    }

    private static bool HaveSameTypes(Schema left, Schema right) =>
        left.FieldsList.Count == right.FieldsList.Count
        && left.FieldsList.Zip(right.FieldsList).All(pair => ArrowTypes.ToColumnType(pair.First.DataType) == ArrowTypes.ToColumnType(pair.Second.DataType) && pair.First.DataType.TypeId == pair.Second.DataType.TypeId);

    private static string Describe(Schema schema) => $"({string.Join(", ", schema.FieldsList.Select(field => $"{field.Name} {field.DataType.Name}"))})";

    private static Field Renamed(Field field, string name) => new(name, field.DataType, field.IsNullable);

    private void Load(string table, bool withRows)
    {
        using DuckDBConnection connection = Database.Connect();
        using NativeArrowStream rows = OpenBatches(_schema, [.. Enumerable.Range(0, _schema.FieldsList.Count)], withRows);
        using var view = new DuckDbArrowView(connection, rows);
        DuckDbDatabase.Execute(connection, $"CREATE TABLE {table} AS SELECT {view.SelectList} FROM {view.Name}", Context);
    }

    private NativeArrowStream OpenBatches(Schema schema, ImmutableArray<int> columns, bool withRows)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return NativeArrowStream.Produce(new SharedBatchProducer(schema, columns, _set, withRows));
        }
    }

    // Plain columns of all rows need no DuckDB.
    private bool TryShare(TableScan scan, out ImmutableArray<int> columns)
    {
        columns = [];
        return scan.FilterSql is null && TryFindColumns(scan, out columns);
    }

    private bool TryFindColumns(TableScan scan, out ImmutableArray<int> columns)
    {
        var found = ImmutableArray.CreateBuilder<int>(scan.Columns.Length);
        foreach (ScanColumn column in scan.Columns)
        {
            int index = column.SourceColumn is null ? -1 : FindColumn(column.SourceColumn);
            if (index < 0 || !ArrowTypes.IsReadByEngine(_schema.GetFieldByIndex(index).DataType))
            {
                columns = [];
                return false;
            }
            found.Add(index);
        }
        columns = found.ToImmutable();
        return true;
    }

    private int FindColumn(string name)
    {
        int insensitive = -1;
        for (int i = 0; i < _schema.FieldsList.Count; i++)
        {
            if (_schema.FieldsList[i].Name == name)
            {
                return i;
            }
            if (insensitive < 0 && string.Equals(_schema.FieldsList[i].Name, name, StringComparison.OrdinalIgnoreCase))
            {
                insensitive = i;
            }
        }
        return insensitive;
    }
}
