using System.Globalization;

namespace InferF.Plan.Query;

/// <summary>What a column of a DuckDB type can be used for.</summary>
public static class DuckDbTypes
{
    /// <summary>Classifies a type as DuckDB's <c>DESCRIBE</c> spells it.</summary>
    /// <param name="sqlType">E.g. <c>INTEGER</c>, <c>DECIMAL(18,3)</c>, <c>ENUM('a', 'b')</c>, <c>FLOAT[8]</c>.</param>
    public static ColumnType Parse(string sqlType)
    {
        string type = sqlType.Trim();
        if (type.EndsWith(']'))
        {
            return ParseList(type);
        }
        string name = type.Split('(', 2)[0].TrimEnd().ToUpperInvariant();
        ColumnKind kind = name switch
        {
            "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" => ColumnKind.Integer,
            "FLOAT" => ColumnKind.Float32,
            "DOUBLE" or "DECIMAL" => ColumnKind.Float64,
            "VARCHAR" or "ENUM" => ColumnKind.String,
            "BOOLEAN" => ColumnKind.Boolean,
            "DATE" or "TIME" or "TIMESTAMP" or "TIMESTAMP_S" or "TIMESTAMP_MS" or "TIMESTAMP_NS" or "TIMESTAMP WITH TIME ZONE" => ColumnKind.Temporal,
            _ => ColumnKind.Opaque,
        };
        return new ColumnType(kind, type);
    }

    private static ColumnType ParseList(string type)
    {
        int bracket = type.LastIndexOf('[');
        string length = type[(bracket + 1)..^1];
        string element = type[..bracket].ToUpperInvariant();
        bool isArray = int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int elements);
        bool isNumeric = element is "FLOAT" or "DOUBLE" or "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER";
        return isNumeric && (isArray || length.Length == 0) ? new ColumnType(ColumnKind.NumericList, type, elements) : new ColumnType(ColumnKind.Opaque, type);
    }
}
