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

    /// <summary>Replaces what lies between two markers of a page.</summary>
    /// <param name="page">The page; without markers the text is added at its end, with them.</param>
    /// <param name="begin">Line before the text.</param>
    /// <param name="end">Line after it.</param>
    /// <param name="text">The text.</param>
    public static string ReplaceBlock(string page, string begin, string end, string text)
    {
        int from = page.IndexOf(begin, StringComparison.Ordinal);
        int to = page.IndexOf(end, StringComparison.Ordinal);
        string block = $"{begin}\n\n{text}\n{end}";
        return from >= 0 && to > from ? page[..from] + block + page[(to + end.Length)..] : $"{page.TrimEnd()}{(page.Length == 0 ? "" : "\n\n")}{block}\n";
    }

    /// <summary>Adds a table.</summary>
    public static StringBuilder AppendTable(this StringBuilder page, ReportTable table) => page.AppendTable(table.Headers, table.Rows);
}
