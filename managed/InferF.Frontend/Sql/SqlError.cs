using System.Text;

namespace InferF.Frontend.Sql;

/// <summary>Builds the exceptions of the SQL front end: what is wrong, then line, column and the line of the text with a caret under the place.</summary>
internal sealed class SqlError
{
    // More of a long line helps nobody; the window is cut around the caret.
    private const int WindowWidth = 100;

    private readonly byte[] _text;

    /// <summary>Creates a builder for errors in one SQL text.</summary>
    public SqlError(string sql)
    {
        _text = Encoding.UTF8.GetBytes(sql);
    }

    /// <summary>Builds an exception that points at a place in the text.</summary>
    /// <param name="code">What kind of failure this is.</param>
    /// <param name="message">What is wrong, as complete sentences.</param>
    /// <param name="position">Byte offset, or null if the parser reports none for this construct.</param>
    /// <param name="inner">The cause, if another exception is.</param>
    public InferFException At(InferFErrorCode code, string message, int? position, Exception? inner = null)
    {
        return position is int offset && offset >= 0
            ? new InferFException(code, message + "\n" + Place(Math.Min(offset, _text.Length)), Math.Min(offset, _text.Length), inner)
            : new InferFException(code, message, null, inner);
    }

    /// <summary>Builds an exception for correct SQL that InferF does not run.</summary>
    public InferFException Unsupported(string message, int? position)
    {
        return At(InferFErrorCode.UnsupportedSql, message, position);
    }

    /// <summary>Finds the first occurrence of a word at or after an offset: places a clause the syntax tree has no position for.</summary>
    /// <returns>Its byte offset, or null.</returns>
    public int? Find(string word, int from = 0)
    {
        string text = Encoding.Latin1.GetString(_text); // one character per byte, so that indices are byte offsets
        for (int at = Math.Clamp(from, 0, text.Length); ; at++)
        {
            at = text.IndexOf(word, at, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
            {
                return null;
            }
            if (!IsWordByte(text, at - 1) && !IsWordByte(text, at + word.Length))
            {
                return at;
            }
        }
    }

    /// <summary>Converts an offset in Unicode code points, which is what the parser's own errors have, to bytes.</summary>
    public int ByteOffset(int codePoints)
    {
        int at = 0;
        for (int seen = 0; at < _text.Length && seen < codePoints; seen++)
        {
            at++;
            while (at < _text.Length && (_text[at] & 0xC0) == 0x80) // continuation bytes of UTF-8
            {
                at++;
            }
        }
        return at;
    }

    private static bool IsWordByte(string text, int index)
    {
        return index >= 0 && index < text.Length && (char.IsAsciiLetterOrDigit(text[index]) || text[index] == '_' || text[index] >= 0x80);
    }

    private string Place(int offset)
    {
        int start = offset == 0 ? 0 : Array.LastIndexOf(_text, (byte)'\n', offset - 1) + 1;
        int end = Array.IndexOf(_text, (byte)'\n', offset);
        end = end < 0 ? _text.Length : end;
        int line = 1 + _text.AsSpan(0, start).Count((byte)'\n');
        string before = Encoding.UTF8.GetString(_text, start, offset - start);
        string after = Encoding.UTF8.GetString(_text, offset, end - offset).TrimEnd('\r');
        int column = before.Length + 1;
        string head = before.Length > WindowWidth / 2 ? "…" + before[^(WindowWidth / 2)..] : before;
        string tail = after.Length > WindowWidth / 2 ? after[..(WindowWidth / 2)] + "…" : after;
        string prefix = $"line {line}, column {column}: ";
        var caret = new StringBuilder(new string(' ', prefix.Length));
        foreach (char character in head)
        {
            caret.Append(character == '\t' ? '\t' : ' ');
        }
        return prefix + head + tail + "\n" + caret + "^";
    }
}
