using System.Globalization;

namespace InferF.Plan.Query;

/// <summary>Maps the spelling of DuckDB types, as <c>DESCRIBE</c> prints them, to what InferF can do with a column of that type.</summary>
public static class DuckDbTypes
{
    /// <summary>Parses the spelling of a DuckDB type.</summary>
    /// <param name="sqlType">E.g. <c>INTEGER</c>, <c>DECIMAL(18,3)</c>, <c>FLOAT[8]</c>, <c>TIMESTAMP WITH TIME ZONE</c>.</param>
    /// <returns>
    /// The type. Decimals and integers wider than 64 bits (signed) are <see cref="ColumnKind.Opaque"/> because a scan yields them in a
    /// form the engine does not compute with; the SQL binder casts them where it needs numbers or keys.
    /// </returns>
    public static ColumnType Parse(string sqlType)
    {
        ArgumentNullException.ThrowIfNull(sqlType);
        string type = sqlType.Trim();
        if (type.EndsWith(']'))
        {
            int open = type.LastIndexOf('[');
            string element = open < 0 ? "" : type[..open].TrimEnd();
            if (!IsListElement(element))
            {
                return new ColumnType(ColumnKind.Opaque, sqlType);
            }
            string length = type[(open + 1)..^1];
            return length.Length == 0
                ? new ColumnType(ColumnKind.NumericList, sqlType)
                : int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int elements) && elements > 0
                    ? new ColumnType(ColumnKind.NumericList, sqlType, elements)
                    : new ColumnType(ColumnKind.Opaque, sqlType);
        }
        return new ColumnType(ScalarKind(type), sqlType);
    }

    private static ColumnKind ScalarKind(string type)
    {
        string upper = type.ToUpperInvariant();
        return upper switch
        {
            "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" => ColumnKind.Integer,
            "FLOAT" => ColumnKind.Float32,
            "DOUBLE" => ColumnKind.Float64,
            "VARCHAR" => ColumnKind.String,
            "BOOLEAN" => ColumnKind.Boolean,
            "DATE" or "TIME" or "TIME_NS" or "TIME WITH TIME ZONE" => ColumnKind.Temporal,
            _ when upper.StartsWith("TIMESTAMP", StringComparison.Ordinal) => ColumnKind.Temporal,
            _ when upper.StartsWith("ENUM", StringComparison.Ordinal) => ColumnKind.String,
            _ => ColumnKind.Opaque,
        };
    }

    /// <summary>True for lists the scan can yield as lists of floats or doubles, if need be through a cast.</summary>
    private static bool IsListElement(string type)
    {
        return ScalarKind(type) is ColumnKind.Integer or ColumnKind.Float32 or ColumnKind.Float64;
    }
}
