using InferF.Plan.Query;

namespace InferF.Frontend.Sql;

/// <summary>How DuckDB compares and converts types beyond what the engine computes with; <see cref="DuckDbTypes"/> classifies them.</summary>
internal static class DuckDbTypeRules
{
    /// <summary>True for decimals and wide integers: numbers that need a cast before the engine can compute with them.</summary>
    internal static bool IsWideNumber(ColumnType type)
    {
        return type.Kind == ColumnKind.Opaque && (IsWideInteger(type) || type.SqlType.StartsWith("DECIMAL(", StringComparison.OrdinalIgnoreCase)
            && !type.SqlType.EndsWith(']'));
    }

    /// <summary>True for integers beyond BIGINT and for decimals without fraction: exact integers, but not in the engine's form.</summary>
    internal static bool IsWideInteger(ColumnType type)
    {
        string upper = type.SqlType.ToUpperInvariant();
        return upper is "UBIGINT" or "HUGEINT" or "UHUGEINT" || (upper.StartsWith("DECIMAL(", StringComparison.Ordinal) && upper.EndsWith(",0)", StringComparison.Ordinal));
    }

    /// <summary>True for types of which two values are equal exactly if their texts are equal.</summary>
    internal static bool HasCanonicalText(ColumnType type)
    {
        return IsWideInteger(type) || type.SqlType.ToUpperInvariant() is "UUID" or "BLOB" or "BIT";
    }

    /// <summary>The type DuckDB compares two temporal types in, or null if it does not.</summary>
    internal static string? CommonTemporal(string left, string right)
    {
        if (string.Equals(left, right, StringComparison.OrdinalIgnoreCase))
        {
            return left;
        }
        string[] both = [left.ToUpperInvariant(), right.ToUpperInvariant()];
        if (!both.All(type => type == "DATE" || type.StartsWith("TIMESTAMP", StringComparison.Ordinal)))
        {
            return null;
        }
        return both.Contains("TIMESTAMP WITH TIME ZONE") ? "TIMESTAMP WITH TIME ZONE" : both.Contains("TIMESTAMP_NS") ? "TIMESTAMP_NS" : "TIMESTAMP";
    }
}
