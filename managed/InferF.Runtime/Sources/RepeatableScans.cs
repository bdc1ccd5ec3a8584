using System.Text.RegularExpressions;
using InferF.Plan.Query;

namespace InferF.Runtime.Sources;

/// <summary>Tells scans that yield the same whenever they read the same from those that call a clock or a random number generator.</summary>
internal sealed partial class RepeatableScans(DuckDbDatabase database)
{
    // Functions that are written without parentheses, and are no entries of DuckDB's list under that name.
    private static readonly string[] s_values = ["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"];

    private readonly Lazy<HashSet<string>> _unstable = new(() => ReadUnstable(database));

    /// <summary>True if a scan calls nothing but functions whose results depend on their arguments alone.</summary>
    public bool Includes(TableScan scan) =>
        IsRepeatable(scan.FilterSql) && scan.Columns.All(column => column.SourceColumn is not null || IsRepeatable(column.Sql));

    // Any word that names such a function counts, be it a column or part of a text: a scan that is left out costs time only.
    private bool IsRepeatable(string? sql) => sql is null || !Word().Matches(sql).Any(word => _unstable.Value.Contains(word.Value));

    // Macros have no stability of their own: they are taken for unstable.
    private static HashSet<string> ReadUnstable(DuckDbDatabase database)
    {
        const string List = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('scalar', 'macro') AND stability IS DISTINCT FROM 'CONSISTENT'";
        HashSet<string> names = new(s_values, StringComparer.OrdinalIgnoreCase);
        names.UnionWith(database.ReadRows(List, "DuckDB does not list its functions.").Select(row => (string)row[0]!));
        return names;
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
