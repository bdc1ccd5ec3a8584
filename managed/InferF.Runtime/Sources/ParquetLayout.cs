using System.Collections.Immutable;
using System.Globalization;

namespace InferF.Runtime.Sources;

/// <summary>Row groups of Parquet files, remembered until a file changes. Thread-safe.</summary>
/// <param name="database">Reads the files' footers.</param>
/// <param name="pattern">File or glob pattern.</param>
/// <param name="context">First sentence of error messages.</param>
internal sealed class ParquetLayout(DuckDbDatabase database, string pattern, string context)
{
    private readonly Dictionary<string, ((long, DateTime) Stamp, FileRows Rows)> _known = new(StringComparer.Ordinal);

    /// <summary>True if the pattern may match several files.</summary>
    public bool IsPattern { get; } = pattern.AsSpan().IndexOfAny("*?[") >= 0 || pattern.Contains("://", StringComparison.Ordinal);

    /// <summary>The files that match now. Footers are read of those only that are new or have changed.</summary>
    public IReadOnlyList<FileRows> Read(CancellationToken cancellationToken)
    {
        string[] paths = IsPattern
            ? [.. database.ReadRows($"SELECT file FROM glob({SqlText.Literal(pattern)})", context, cancellationToken).Select(row => (string)row[0]!)]
            : [pattern];
        lock (_known)
        {
            Dictionary<string, (long, DateTime)?> stamps = paths.Distinct().ToDictionary(path => path, FileStamps.Look);
            string[] unknown = [.. stamps.Where(stamp => !(stamp.Value is { } now && _known.TryGetValue(stamp.Key, out var known) && known.Stamp == now)).Select(stamp => stamp.Key)];
            Dictionary<string, FileRows> read = unknown.Length > 0 ? ReadFooters(unknown, cancellationToken) : [];
            foreach (string path in _known.Keys.Except(paths).ToArray())
            {
                _known.Remove(path);
            }
            foreach ((string path, FileRows rows) in read)
            {
                if (stamps[path] is { } stamp)
                {
                    _known[path] = (stamp, rows);
                }
            }
            return [.. paths.Select(path => read.TryGetValue(path, out FileRows? rows) ? rows : _known[path].Rows)];
        }
    }

    private Dictionary<string, FileRows> ReadFooters(string[] paths, CancellationToken cancellationToken)
    {
        string list = string.Join(", ", paths.Select(SqlText.Literal));
        string sql = $"SELECT file_name, row_group_id, any_value(row_group_num_rows) FROM parquet_metadata([{list}]) GROUP BY ALL ORDER BY ALL";
        Dictionary<string, FileRows> files = database.ReadRows(sql, context, cancellationToken)
            .GroupBy(row => (string)row[0]!, row => Convert.ToInt64(row[2], CultureInfo.InvariantCulture))
            .ToDictionary(group => group.Key, group => new FileRows(group.Key, [.. group]));
        foreach (string path in paths)
        {
            // A file without rows has no row group.
            files.TryAdd(path, new FileRows(path, []));
        }
        return files;
    }
}
