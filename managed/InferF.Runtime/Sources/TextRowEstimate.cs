using System.IO.Compression;

namespace InferF.Runtime.Sources;

/// <summary>How many rows text files have, from the lengths of some of their lines.</summary>
internal static class TextRowEstimate
{
    /// <summary>Text up to this size is counted, which takes less than a tenth of a second; a compressed byte counts as <see cref="CompressionRatio"/>.</summary>
    public const long MostBytesCounted = 32 << 20;

    private const int CompressionRatio = 5;
    private const int Chunks = 8;
    private const int ChunkBytes = 128 << 10;
    private const int MostFiles = 64;

    /// <summary>Estimates rows of large files; null if they are small enough to be counted, or are not on this machine.</summary>
    /// <param name="path">A file or glob pattern.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public static double? Of(string path, CancellationToken cancellationToken)
    {
        string[] files = Files(path);
        double bytes = files.Sum(file => (double)new FileInfo(file).Length * (IsCompressed(file) ? CompressionRatio : 1));
        if (files.Length == 0 || bytes <= MostBytesCounted)
        {
            return null;
        }
        double rows = 0;
        int read = Math.Min(files.Length, MostFiles);
        for (int i = 0; i < read; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            rows += RowsOf(files[(int)((long)i * files.Length / read)]);
        }
        return Math.Round(rows * files.Length / read);
    }

    private static string[] Files(string path)
    {
        if (path.Contains("://", StringComparison.Ordinal))
        {
            return [];
        }
        if (path.AsSpan().IndexOfAny("*?[") < 0)
        {
            return File.Exists(path) ? [path] : [];
        }
        string directory = Path.GetDirectoryName(path) ?? "";
        // Patterns with directories or character classes are DuckDB's to expand; then rows are counted.
        return directory.AsSpan().IndexOfAny("*?[") >= 0 || path.Contains('[', StringComparison.Ordinal) || !Directory.Exists(directory)
            ? []
            : [.. Directory.EnumerateFiles(directory, Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }

    private static bool IsCompressed(string file) => file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);

    private static double RowsOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] buffer = new byte[ChunkBytes];
        double lines = 0;
        double bytes = 0;
        if (IsCompressed(path))
        {
            // Only the head can be read; what it took of the file tells the ratio.
            using GZipStream text = new(file, CompressionMode.Decompress);
            for (int i = 0; i < Chunks && text.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) is > 0 and int count; i++)
            {
                lines += buffer.AsSpan(0, count).Count((byte)'\n');
            }
            bytes = file.Position;
        }
        else
        {
            for (int i = 0; i < Chunks; i++)
            {
                file.Position = Math.Max(0, (file.Length - ChunkBytes) / Chunks * i);
                int count = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                lines += buffer.AsSpan(0, count).Count((byte)'\n');
                bytes += count;
            }
        }
        return bytes > 0 ? file.Length * lines / bytes : 0;
    }
}
