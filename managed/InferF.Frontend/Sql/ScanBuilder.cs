using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>Collects what one table of the query has to deliver: columns, computed columns and the filter.</summary>
internal sealed class ScanBuilder
{
    private readonly List<ScanColumn> _columns = [];
    private readonly Dictionary<string, int> _bySql = new(StringComparer.Ordinal);
    private readonly List<string> _filters = [];
    private int _nextName;

    public ScanBuilder(string alias, CatalogTable table)
    {
        (Alias, Table) = (alias, table);
    }

    /// <summary>Name in the query.</summary>
    public string Alias { get; set; }

    /// <summary>The catalog's table.</summary>
    public CatalogTable Table { get; }

    /// <summary>Columns asked for so far.</summary>
    public IReadOnlyList<ScanColumn> Columns => _columns;

    /// <summary>Index of a plain column, which is added at its first use.</summary>
    public int Plain(string name, ColumnType type)
    {
        string sql = Quote(name);
        return Add(sql, () => new ScanColumn(name, sql, name, type));
    }

    /// <summary>Index of a computed column, which is added at its first use.</summary>
    public int Computed(string sql, ColumnType type)
    {
        return Add(sql, () => new ScanColumn(FreshName(), sql, null, type));
    }

    /// <summary>Adds a condition that a row must meet to be read.</summary>
    public void Filter(string sql)
    {
        if (!_filters.Contains(sql))
        {
            _filters.Add(sql);
        }
    }

    /// <summary>The finished scan.</summary>
    public TableScan Build()
    {
        string? filter = _filters.Count switch
        {
            0 => null,
            1 => _filters[0],
            _ => string.Join(" AND ", _filters.Select(condition => $"({condition})")),
        };
        return new TableScan(Alias, Table.Name, [.. _columns], filter);
    }

    /// <summary>A column name as SQL.</summary>
    public static string Quote(string name)
    {
        return $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private int Add(string sql, Func<ScanColumn> create)
    {
        if (!_bySql.TryGetValue(sql, out int index))
        {
            index = _columns.Count;
            _columns.Add(create());
            _bySql.Add(sql, index);
        }
        return index;
    }

    private string FreshName()
    {
        string name;
        do
        {
            name = $"__expr{_nextName++}";
        }
        while (Table.Columns.Any(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase)));
        return name;
    }
}
