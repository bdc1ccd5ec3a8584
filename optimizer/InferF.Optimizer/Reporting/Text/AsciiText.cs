using System.Text;

namespace InferF.Optimizer.Reporting.Text;

/// <summary>Turns drawings into ASCII of the same shape, for outputs that have nothing else.</summary>
internal static class AsciiText
{
    /// <summary>Replaces every character by one of the same width.</summary>
    public static string Of(string text)
    {
        StringBuilder ascii = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                ascii.Append((char)rune.Value);
                continue;
            }
            ascii.Append(rune.Value switch
            {
                '─' => "-",
                '│' => "|",
                '┌' or '┐' or '└' or '┘' or '├' or '┤' or '┬' or '┴' => "+",
                '…' => "~",
                'µ' => "u",
                _ => new string('?', DisplayText.WidthOf(rune)),
            });
        }
        return ascii.ToString();
    }
}
