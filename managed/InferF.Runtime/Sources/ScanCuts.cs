using System.Collections.Immutable;
using System.Globalization;

namespace InferF.Runtime.Sources;

/// <summary>Rows of a file by row group, in the order of the file.</summary>
/// <param name="Path">The file, as DuckDB names it.</param>
/// <param name="Groups">Rows of each row group.</param>
internal sealed record FileRows(string Path, ImmutableArray<long> Groups)
{
    /// <summary>Rows of the file.</summary>
    public long Rows { get; } = Groups.Sum();
}

/// <summary>
/// Cuts a scan into parts: SQL conditions of which every row meets exactly one, whatever the rows. What is known about files only decides how large the
/// parts are: the last one has no upper end and takes the files nobody has heard of.
/// </summary>
internal static class ScanCuts
{
    /// <summary>Rows that are worth a connection of their own.</summary>
    public const long LeastRows = 1 << 17;

    // Every part opens every file that a pattern matches, if only to see that it reads nothing of it. That takes about as long as reading so many rows.
    private const long RowsPerFile = 1 << 12;

    // Enough for threads to end at about the same time; the rows of the last parts are shared by all threads anyway.
    private const int PartsPerThread = 4;

    /// <summary>Parts of numbered rows.</summary>
    /// <param name="number">Column with the number of a row, from 0.</param>
    /// <param name="groups">Rows of the groups that are best left whole, in order.</param>
    /// <param name="threads">Threads that read.</param>
    /// <returns>Conditions; none if the rows are better not cut.</returns>
    public static ImmutableArray<string> OfRows(string number, IReadOnlyList<long> groups, int threads) =>
        Ranges(number, groups, MostParts(groups.Sum(), 1, threads));

    /// <summary>Parts of the rows of several files.</summary>
    /// <param name="file">Column with the name of a row's file.</param>
    /// <param name="number">Column with the number of a row in its file, from 0.</param>
    /// <param name="files">What is known about the files.</param>
    /// <param name="threads">Threads that read.</param>
    /// <returns>Conditions; none if the rows are better not cut.</returns>
    public static ImmutableArray<string> OfFiles(string file, string number, IReadOnlyList<FileRows> files, int threads)
    {
        long rows = files.Sum(f => f.Rows);
        int most = MostParts(rows, files.Count, threads);
        if (most < 2)
        {
            return [];
        }
        long target = (rows + most - 1) / most;
        var parts = ImmutableArray.CreateBuilder<string>();
        List<string> named = [];
        List<string> whole = [];
        long wholeRows = 0;
        foreach (FileRows each in files)
        {
            ImmutableArray<string> ranges = each.Rows > target ? Ranges(number, each.Groups, (int)(each.Rows / target) + 1) : [];
            if (ranges.Length > 1)
            {
                parts.AddRange(ranges.Select(range => $"{file} = {SqlText.Literal(each.Path)} AND {range}"));
                named.Add(each.Path);
                continue;
            }
            whole.Add(each.Path);
            wholeRows += each.Rows;
            if (wholeRows >= target)
            {
                parts.Add($"{file} IN ({List(whole)})");
                named.AddRange(whole);
                whole.Clear();
                wholeRows = 0;
            }
        }
        if (named.Count == 0)
        {
            return [];
        }
        // The files left over, and any that has appeared meanwhile.
        parts.Add($"{file} NOT IN ({List(named)})");
        return parts.ToImmutable();
    }

    private static int MostParts(long rows, int files, int threads) =>
        threads < 2 ? 1 : (int)Math.Clamp(rows / (LeastRows + (RowsPerFile * files)), 1, PartsPerThread * (long)threads);

    private static ImmutableArray<string> Ranges(string number, IReadOnlyList<long> groups, int most)
    {
        long rows = groups.Sum();
        List<long> bounds = [];
        long end = 0;
        for (int group = 0; group + 1 < groups.Count; group++)
        {
            end += groups[group];
            if (end >= (double)rows * (bounds.Count + 1) / most)
            {
                bounds.Add(end);
            }
        }
        if (bounds.Count == 0)
        {
            return [];
        }
        return
        [
            Condition($"{number} < {bounds[0]}"),
            .. bounds.Zip(bounds.Skip(1)).Select(pair => Condition($"{number} >= {pair.First} AND {number} < {pair.Second}")),
            Condition($"{number} >= {bounds[^1]}"),
        ];
    }

    private static string Condition(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string List(IEnumerable<string> paths) => string.Join(", ", paths.Select(SqlText.Literal));
}
