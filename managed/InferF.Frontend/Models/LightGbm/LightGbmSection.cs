using System.Globalization;
using InferF.Frontend.Models.Onnx;

namespace InferF.Frontend.Models.LightGbm;

/// <summary>A block of <c>key=value</c> lines of a LightGBM text model: its header, or one tree.</summary>
/// <param name="title">What the block is, for messages.</param>
/// <param name="line">Number of its first line.</param>
internal sealed class LightGbmSection(string title, int line)
{
    private readonly Dictionary<string, (int Line, string Value)> _entries = new(StringComparer.Ordinal);

    /// <summary>Adds a line; one without <c>=</c> is a flag.</summary>
    public void Add(int number, string text)
    {
        int sign = text.IndexOf('=', StringComparison.Ordinal);
        (string key, string value) = sign < 0 ? (text, "") : (text[..sign], text[(sign + 1)..]);
        if (!_entries.TryAdd(key.Trim(), (number, value)))
        {
            throw ModelErrors.Invalid($"A LightGBM model says the same thing twice. {title}, line {number}: '{Short(key)}'.");
        }
    }

    /// <summary>True if there is such a line.</summary>
    public bool Has(string key) => _entries.ContainsKey(key);

    /// <summary>A text, or null.</summary>
    public string? Text(string key) => _entries.TryGetValue(key, out (int Line, string Value) entry) ? entry.Value.Trim() : null;

    /// <summary>An integer that has to be there, within bounds.</summary>
    public int Integer(string key, int minimum, int maximum) => Integer(key, minimum, maximum, null);

    /// <summary>An integer within bounds.</summary>
    public int Integer(string key, int minimum, int maximum, int? otherwise)
    {
        if (!_entries.TryGetValue(key, out (int Line, string Value) entry))
        {
            return otherwise ?? throw Missing(key);
        }
        return int.TryParse(entry.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) && value >= minimum && value <= maximum
            ? value
            : throw Wrong(key, $"an integer from {minimum} to {maximum}", entry.Value);
    }

    /// <summary>A list of so many integers; absent is the empty list.</summary>
    public int[] Integers(string key, int count) => List<int>(key, count, "an integer", token =>
        int.TryParse(token, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : null);

    /// <summary>A list of so many unsigned 32-bit integers; absent is the empty list.</summary>
    public uint[] Words(string key, int count) => List<uint>(key, count, "an unsigned integer", token =>
        uint.TryParse(token, NumberStyles.Integer, CultureInfo.InvariantCulture, out uint value) ? value : null);

    /// <summary>A list of so many numbers; absent is the empty list.</summary>
    public double[] Numbers(string key, int count) => List<double>(key, count, "a number", ParseNumber);

    /// <summary>An error about a line of this block.</summary>
    public InferFException Wrong(string key, string expected, string found)
    {
        int number = _entries.TryGetValue(key, out (int Line, string Value) entry) ? entry.Line : line;
        return ModelErrors.Invalid($"A line of a LightGBM model is wrong. {title}, line {number}, '{key}': expected {expected}, found '{Short(found)}'.");
    }

    private static double? ParseNumber(string token)
    {
        if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
        {
            return value;
        }
        return token.ToUpperInvariant() switch
        {
            "INF" or "+INF" => double.PositiveInfinity,
            "-INF" => double.NegativeInfinity,
            "NAN" or "-NAN" => double.NaN,
            _ => null,
        };
    }

    private T[] List<T>(string key, int count, string what, Func<string, T?> parse)
        where T : struct
    {
        if (!_entries.TryGetValue(key, out (int Line, string Value) entry))
        {
            return count == 0 ? [] : throw Missing(key);
        }
        string[] tokens = entry.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (tokens.Length != count)
        {
            throw Wrong(key, $"{count} elements", $"{tokens.Length} elements");
        }
        return Array.ConvertAll(tokens, token => parse(token) ?? throw Wrong(key, what, token));
    }

    private InferFException Missing(string key) => ModelErrors.Invalid($"A LightGBM model lacks a line. {title}, from line {line}: '{key}' is missing.");

    private static string Short(string text) => text.Length <= 60 ? text : $"{text[..60]}…";
}
