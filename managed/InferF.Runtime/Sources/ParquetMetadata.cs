using System.Globalization;

namespace InferF.Runtime.Sources;

/// <summary>Reads the metadata of Parquet files: nothing but their footers is touched.</summary>
internal static class ParquetMetadata
{
    /// <summary>Number of files and of rows.</summary>
    public static (double Files, double Rows) Count(DuckDbDatabase database, string path, string context, CancellationToken cancellationToken)
    {
        object?[] row = database.ReadRows($"SELECT count(*), sum(num_rows) FROM parquet_file_metadata({SqlText.Literal(path)})", context, cancellationToken)[0];
        return (ToDouble(row[0]) ?? 0, ToDouble(row[1]) ?? 0);
    }

    /// <summary>Bounds of the columns that are whole numbers, and counts of NULLs, where every row group of every file has them.</summary>
    public static IReadOnlyDictionary<string, ColumnBounds> Bounds(DuckDbDatabase database, string path, string context, CancellationToken cancellationToken)
    {
        // The converted type of plain 32- and 64-bit numbers is empty or INT_n; dates and decimals have others.
        const string Columns = """
            path_in_schema,
            CASE WHEN bool_and(least IS NOT NULL AND greatest IS NOT NULL OR stats_null_count = num_values) THEN max(greatest)::DOUBLE - min(least)::DOUBLE + 1 END,
            CASE WHEN bool_and(stats_null_count IS NOT NULL) THEN sum(stats_null_count)::DOUBLE END
            """;
        const string Groups = "*, TRY_CAST(coalesce(stats_min_value, stats_min) AS BIGINT) AS least, TRY_CAST(coalesce(stats_max_value, stats_max) AS BIGINT) AS greatest";
        string sql = $"SELECT {Columns} FROM (SELECT {Groups} FROM parquet_metadata({SqlText.Literal(path)})) GROUP BY path_in_schema";
        return database.ReadRows(sql, context, cancellationToken)
            .Where(row => row[0] is string)
            .ToDictionary(row => (string)row[0]!, row => new ColumnBounds(ToDouble(row[1]), ToDouble(row[2])), StringComparer.OrdinalIgnoreCase);
    }

    private static double? ToDouble(object? value) => value switch
    {
        null => null,
        // DuckDB sums 64-bit counts into 128 bits.
        System.Numerics.BigInteger big => (double)big,
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
    };
}
