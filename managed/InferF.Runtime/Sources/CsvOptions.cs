using System.Collections.Immutable;
using System.Text;

namespace InferF.Runtime.Sources;

/// <summary>How to read CSV files; what is not set, DuckDB finds out from the file.</summary>
public sealed record CsvOptions
{
    /// <summary>Texts that mean NULL; empty for DuckDB's default, the empty field.</summary>
    public ImmutableArray<string> NullTexts { get; init; } = [];

    /// <summary>Separator of fields, or null.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Whether the first line holds the column names, or null.</summary>
    public bool? Header { get; init; }

    /// <summary>Lines looked at to find the column types: null for DuckDB's default, −1 for all.</summary>
    public int? SampleSize { get; init; }

    /// <summary>Arguments for <c>read_csv</c>, each with a leading comma.</summary>
    internal string ToSql()
    {
        var sql = new StringBuilder();
        if (NullTexts.Length > 0)
        {
            sql.Append($", nullstr = [{string.Join(", ", NullTexts.Select(SqlText.Literal))}]");
        }
        if (Delimiter is char delimiter)
        {
            sql.Append($", delim = {SqlText.Literal(delimiter.ToString())}");
        }
        if (Header is bool header)
        {
            sql.Append($", header = {(header ? "true" : "false")}");
        }
        if (SampleSize is int lines)
        {
            sql.Append($", sample_size = {lines}");
        }
        return sql.ToString();
    }
}
