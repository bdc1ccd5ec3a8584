using System.Text;

namespace InferF.Optimizer.Reporting.Text;

/// <summary>A grid of terminal columns and rows to draw on; grows downwards.</summary>
internal sealed class TextCanvas(int width)
{
    private readonly List<string?[]> _rows = [];

    /// <summary>Writes visible text from a place on; what does not fit is left out.</summary>
    public void Write(int x, int y, string text)
    {
        while (_rows.Count <= y)
        {
            _rows.Add(new string?[width]);
        }
        string?[] row = _rows[y];
        foreach (Rune rune in text.EnumerateRunes())
        {
            int columns = DisplayText.WidthOf(rune);
            if (columns == 0)
            {
                if (x > 0 && x <= width)
                {
                    row[x - 1] += rune.ToString();
                }
                continue;
            }
            if (x + columns > width)
            {
                return;
            }
            row[x] = rune.ToString();
            if (columns == 2)
            {
                row[x + 1] = "";
            }
            x += columns;
        }
    }

    /// <summary>The lines, without blanks at their ends.</summary>
    public List<string> ToLines() => [.. _rows.Select(row => string.Concat(row.Select(cell => cell ?? " ")).TrimEnd(' '))];
}
