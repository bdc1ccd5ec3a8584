using System.Globalization;

namespace InferF.Runtime.Sources;

/// <summary>Writes DuckDB SQL that reads a sample of a table's rows without reading all of them.</summary>
internal static class SampleQuery
{
    /// <summary>Rows of a sample, about.</summary>
    public const int Rows = 1 << 16;

    // Ranges of consecutive rows, evenly spread. DuckDB skips the row groups between them; a sample of single rows would make it read every group.
    private const int Ranges = 16;

    // One in so many rows of a range: neighbours often have the same key. Which ones is told by a multiplicative hash of their numbers (Knuth, TAOCP 3, §6.4), because
    // every k-th row may have the same key, too, and generated data are often functions of DuckDB's own hash.
    private const int MostStride = 8;

    /// <summary>The first rows: all that can be had cheaply of what has to be read from its beginning.</summary>
    /// <param name="relation">Quoted name.</param>
    public static string Head(string relation) => $"SELECT * FROM {relation} LIMIT {Rows}";

    /// <summary>Rows from all over a relation whose rows are numbered.</summary>
    /// <param name="relation">What to read from.</param>
    /// <param name="number">Column with the number of a row, from 0.</param>
    /// <param name="rows">Highest number, about.</param>
    /// <param name="share">How many times the numbers occur: the number of files that count their rows separately.</param>
    public static string Spread(string relation, string number, double rows, double share = 1)
    {
        double perRange = Math.Max(1, Math.Floor(Rows / (Ranges * Math.Max(1, share))));
        double stride = Math.Clamp(Math.Floor(rows / Ranges / perRange), 1, MostStride);
        List<string> parts = [];
        for (int range = 0; range < Ranges; range++)
        {
            double first = Math.Floor(rows * range / Ranges);
            double last = Math.Max(first, Math.Min(Math.Floor(rows * (range + 1) / Ranges), first + (perRange * stride)) - 1);
            parts.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT * FROM {relation} WHERE {number} BETWEEN {first:0} AND {last:0}{(stride > 1 ? $" AND (({number} % 2147483648) * 2654435761 // 65536) % {stride:0} = 0" : "")}"));
        }
        return string.Join(" UNION ALL ", parts);
    }
}
