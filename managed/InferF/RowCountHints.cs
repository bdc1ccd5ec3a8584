using System.Collections.Immutable;
using InferF.Plan;
using InferF.Plan.Query;

namespace InferF;

/// <summary>Resolves the row counts that a user gives by alias.</summary>
internal static class RowCountHints
{
    /// <summary>Row counts by index into <see cref="BoundQuery.Tables"/>.</summary>
    /// <exception cref="InferFException">No table of the query has such an alias, or the number is none.</exception>
    public static ImmutableDictionary<int, double> ByTable(BoundQuery query, IReadOnlyDictionary<string, double>? rowCounts)
    {
        ImmutableDictionary<int, double>.Builder hints = ImmutableDictionary.CreateBuilder<int, double>();
        foreach ((string alias, double rows) in rowCounts ?? ImmutableDictionary<string, double>.Empty)
        {
            int table = query.Tables.ToList().FindIndex(scan => string.Equals(scan.Alias, alias, StringComparison.OrdinalIgnoreCase));
            if (table < 0)
            {
                throw new InferFException(
                    InferFErrorCode.UnknownName,
                    $"A row count is given for a table that the query does not have. Got '{alias}', the query has {string.Join(", ", query.Tables.Select(scan => scan.Alias))}.{NearestName.Hint(alias, query.Tables.Select(scan => scan.Alias))}");
            }
            if (!double.IsFinite(rows) || rows < 0)
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"Not a number of rows. Table '{alias}', expected 0 or more, got {rows.ToString(System.Globalization.CultureInfo.InvariantCulture)}.");
            }
            hints[table] = rows;
        }
        return hints.ToImmutable();
    }
}
