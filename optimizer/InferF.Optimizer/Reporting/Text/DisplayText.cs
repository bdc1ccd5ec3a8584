using System.Globalization;
using System.Text;

namespace InferF.Optimizer.Reporting.Text;

/// <summary>
/// Text of unknown origin (names of tables, columns and model nodes) for a terminal: nothing in it may move the cursor, change the direction
/// of writing or break a line, and its width in columns is known.
/// </summary>
internal static class DisplayText
{
    private const char Ellipsis = '…';

    // Wide and fullwidth blocks of Unicode Standard Annex 11, "East Asian Width", as ranges.
    private static readonly (int First, int Last)[] s_wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0x4DBF), (0x4E00, 0xA4CF), (0xA960, 0xA97C), (0xAC00, 0xD7A3), (0xF900, 0xFAFF),
        (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The text with everything invisible written as an escape: <c>\n</c>, <c>\u{202E}</c>.</summary>
    public static string Visible(string text)
    {
        StringBuilder? visible = null;
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            // A lone surrogate is enumerated as U+FFFD, one UTF-16 unit long.
            bool isLone = rune == Rune.ReplacementChar && text[at] != Rune.ReplacementChar.Value;
            string? escape = isLone ? $"\\u{{{(int)text[at]:X}}}" : Escape(rune);
            int length = isLone ? 1 : rune.Utf16SequenceLength;
            if (escape is not null && visible is null)
            {
                visible = new StringBuilder(text, 0, at, text.Length + 16);
            }
            visible?.Append(escape ?? text.Substring(at, length));
            at += length;
        }
        return visible?.ToString() ?? text;
    }

    /// <summary>Columns a character takes.</summary>
    public static int WidthOf(Rune rune)
    {
        if (rune.Value < 0x300)
        {
            return 1;
        }
        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
        {
            return 0;
        }
        foreach ((int first, int last) in s_wide)
        {
            if (rune.Value >= first && rune.Value <= last)
            {
                return 2;
            }
        }
        return 1;
    }

    /// <summary>Columns a text takes.</summary>
    public static int WidthOf(string text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += WidthOf(rune);
        }
        return width;
    }

    /// <summary>The beginning of a text that fits, ended by … if something is missing.</summary>
    public static string Cut(string text, int width)
    {
        if (WidthOf(text) <= width)
        {
            return text;
        }
        return text[..LengthOfPrefix(text, width - 1)] + Ellipsis;
    }

    /// <summary>Breaks a text at spaces into lines that fit; words too long are broken anywhere, and what does not fit into the last line is cut.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">Columns; at least 2, the width of the widest character.</param>
    /// <param name="maxLines">Most lines.</param>
    /// <param name="indent">Put before every line but the first.</param>
    public static List<string> Wrap(string text, int width, int maxLines = int.MaxValue, string indent = "")
    {
        List<string> lines = [];
        string rest = text;
        while (true)
        {
            string lead = lines.Count == 0 ? "" : indent;
            int room = Math.Max(2, width - lead.Length);
            if (WidthOf(rest) <= room)
            {
                lines.Add(lead + rest);
                return lines;
            }
            if (lines.Count + 1 >= maxLines)
            {
                lines.Add(lead + Cut(rest, room));
                return lines;
            }
            int length = LengthOfPrefix(rest, room);
            int space = length < rest.Length && rest[length] == ' ' ? length : rest.LastIndexOf(' ', Math.Max(0, length - 1));
            int end = space > length / 2 ? space : length;
            lines.Add(lead + rest[..end].TrimEnd(' '));
            rest = rest[end..].TrimStart(' ');
        }
    }

    // UTF-16 units of the longest beginning that fits; at least one character.
    private static int LengthOfPrefix(string text, int width)
    {
        int taken = 0;
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int next = WidthOf(rune);
            if (taken + next > width && length > 0)
            {
                break;
            }
            taken += next;
            length += rune.Utf16SequenceLength;
        }
        return length;
    }

    private static string? Escape(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            ? $"\\u{{{rune.Value:X}}}"
            : null,
    };
}
