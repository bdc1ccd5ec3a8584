using InferF.Plan.Query;

namespace InferF.Runtime.Tests;

/// <summary>Builds scans the way the binder does.</summary>
internal static class Scans
{
    public static TableScan Of(string table, string? filter, params (string Name, string Sql)[] columns) => new(
        table,
        table,
        [.. columns.Select(column => new ScanColumn(column.Name, column.Sql, column.Sql.StartsWith('"') ? column.Sql.Trim('"') : null, new ColumnType(ColumnKind.Integer, "INTEGER")))],
        filter);

    public static TableScan Plain(string table, params string[] columns) => Of(table, null, [.. columns.Select(name => (name, $"\"{name}\""))]);
}
