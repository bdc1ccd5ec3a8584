using System.Collections.Frozen;

namespace InferF.Frontend.Sql;

/// <summary>
/// Says which expressions are NULL when every column they read is NULL. Only those may be computed in the scan of a table whose rows
/// a LEFT JOIN extends by NULLs: computing them before or after the extension gives the same. The list is an allow list.
/// </summary>
internal static class NullRules
{
    // DuckDB scalar functions that return NULL if any argument is NULL ("default null handling"); functions that skip NULLs, such as
    // concat, coalesce, greatest or struct_pack, are not here.
    private static readonly FrozenSet<string> s_strict = FrozenSet.ToFrozenSet(
    [
        "+", "-", "*", "/", "//", "%", "^", "**", "&", "|", "~", "<<", ">>", "~~", "!~~", "~~*", "!~~*", "~~~", "@",
        "add", "subtract", "multiply", "divide", "mod", "fmod", "abs", "ceil", "ceiling", "floor", "round", "trunc", "sign", "sqrt", "cbrt", "exp", "ln", "log",
        "log2", "log10", "pow", "power", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "cot", "degrees", "radians",
        "gamma", "lgamma", "isnan", "isinf", "isfinite", "even", "factorial", "gcd", "lcm", "nextafter", "xor", "bit_count",
        "lower", "upper", "lcase", "ucase", "trim", "ltrim", "rtrim", "length", "len", "strlen", "char_length", "character_length", "substring", "substr", "left",
        "right", "reverse", "replace", "starts_with", "ends_with", "prefix", "suffix", "instr", "position", "strpos", "lpad", "rpad", "repeat",
        "regexp_matches", "regexp_full_match", "regexp_replace", "regexp_extract", "translate", "ascii", "chr", "unicode", "md5", "sha256",
        "strip_accents", "levenshtein", "editdist3", "hamming", "jaccard", "jaro_similarity", "jaro_winkler_similarity", "split_part",
        "year", "month", "day", "hour", "minute", "second", "millisecond", "microsecond", "quarter", "week", "weekday", "dayofweek", "dayofmonth", "dayofyear",
        "isodow", "isoyear", "weekofyear", "yearweek", "decade", "century", "millennium", "era", "epoch", "epoch_ms", "epoch_us", "epoch_ns",
        "date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff", "date_sub", "datesub", "last_day", "dayname", "monthname", "strftime",
        "strptime", "make_date", "make_time", "make_timestamp", "julian", "time_bucket", "to_timestamp",
        "array_extract", "list_extract", "list_element", "array_length", "array_distance", "array_inner_product", "array_cosine_similarity",
        "list_distance", "list_inner_product", "list_dot_product", "list_cosine_similarity",
    ]);

    /// <summary>True if the expression is certainly NULL when all of its columns are.</summary>
    public static bool IsNullOnNull(SqlNode node)
    {
        if (node is not OperationNode operation)
        {
            return node is ColumnNode;
        }
        IEnumerable<SqlNode> children = operation.Children;
        return operation.Class switch
        {
            "CONSTANT" => operation.TryConstant(out object? value) && value is null,
            "CAST" => children.All(IsNullOnNull),
            "COMPARISON" => operation.Type is not ("COMPARE_DISTINCT_FROM" or "COMPARE_NOT_DISTINCT_FROM") && children.Any(IsNullOnNull),
            "BETWEEN" => IsNullOnNull(operation.Children[0]),
            "CONJUNCTION" => children.All(IsNullOnNull),
            "CASE" => Results(operation).All(IsNullOnNull),
            // For lists, || skips NULLs and contains() looks for NULL as an element.
            "FUNCTION" => operation.Function switch
            {
                "||" => children.All(IsNullOnNull),
                "contains" => IsNullOnNull(operation.Children[0]),
                _ => s_strict.Contains(operation.Function) && children.Any(IsNullOnNull),
            },
            "OPERATOR" => operation.Type switch
            {
                "OPERATOR_NOT" or "COMPARE_IN" or "COMPARE_NOT_IN" or "ARRAY_EXTRACT" or "STRUCT_EXTRACT" or "ARRAY_SLICE" => IsNullOnNull(operation.Children[0]),
                "OPERATOR_COALESCE" => children.All(IsNullOnNull),
                _ => false,
            },
            _ => false,
        };
    }

    // The children of CASE are WHEN, THEN, WHEN, THEN, …, ELSE; a missing ELSE is a NULL constant in the tree.
    private static IEnumerable<SqlNode> Results(OperationNode operation)
    {
        return operation.Children.Where((_, index) => index % 2 == 1 || index == operation.Children.Length - 1);
    }
}
