using System.Net;
using System.Text;
using InferF.Optimizer.Reporting.Text;

namespace InferF.Optimizer.Reporting.Html;

/// <summary>Builds HTML in which every text is escaped: markup and text go through different methods.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _html = new();

    /// <summary>Adds markup as it is. Never anything that depends on a query, a model or a table.</summary>
    public HtmlText Markup(string markup)
    {
        _html.Append(markup);
        return this;
    }

    /// <summary>Adds text, safe as content of an element and inside a quoted attribute; invisible characters are written out.</summary>
    public HtmlText Text(string text)
    {
        _html.Append(WebUtility.HtmlEncode(DisplayText.Visible(text)));
        return this;
    }

    /// <summary>Adds a row of a table: a heading and cells.</summary>
    public HtmlText Row(string heading, params IEnumerable<string?> cells)
    {
        Markup("<tr><th>").Text(heading).Markup("</th>");
        foreach (string? cell in cells)
        {
            Markup("<td>").Text(cell ?? "").Markup("</td>");
        }
        return Markup("</tr>\n");
    }

    /// <inheritdoc/>
    public override string ToString() => _html.ToString();
}
