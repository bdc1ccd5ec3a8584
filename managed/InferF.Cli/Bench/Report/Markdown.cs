using System.Text;

namespace InferF.Cli.Bench.Report;

/// <summary>Markdown of tables.</summary>
internal static class Markdown
{
    /// <summary>Adds a table.</summary>
    public static StringBuilder AppendTable(this StringBuilder page, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Append($"| {string.Join(" | ", headers)} |\n|{string.Concat(headers.Select(_ => "---|"))}\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            page.Append($"| {string.Join(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n");
        }
        return page;
    }

    /// <summary>Adds a table.</summary>
    public static StringBuilder AppendTable(this StringBuilder page, ReportTable table) => page.AppendTable(table.Headers, table.Rows);
}
