using System.Globalization;
using System.Text;

namespace InferF.Runtime.Sources;

/// <summary>Tells whether files are the ones they were: by their paths, sizes and times of modification.</summary>
internal static class FileVersion
{
    /// <summary>Files modified less than this ago have no version: another write could leave the same time behind, which file systems keep in steps.</summary>
    public static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(2);

    /// <summary>The version of some files in their order, or null if it cannot be told.</summary>
    /// <param name="files">Full paths.</param>
    public static string? Of(IEnumerable<string> files)
    {
        StringBuilder version = new();
        DateTime latest = DateTime.UtcNow - LeastAge;
        foreach (string file in files)
        {
            FileInfo info = new(file);
            // A link says nothing about the file it leads to.
            FileInfo target = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            if (!target.Exists || target.LastWriteTimeUtc > latest)
            {
                return null;
            }
            version.Append(CultureInfo.InvariantCulture, $"{target.FullName}\0{target.Length}\0{target.LastWriteTimeUtc.Ticks}\0");
        }
        return version.ToString();
    }

    /// <summary>The version of the files that a path or pattern stands for, or null if it cannot be told.</summary>
    /// <param name="database">Knows what its own patterns mean.</param>
    /// <param name="path">Full path, pattern or URL.</param>
    /// <param name="context">First sentence of error messages.</param>
    /// <param name="cancellationToken">Stops looking for files.</param>
    public static string? OfPattern(DuckDbDatabase database, string path, string context, CancellationToken cancellationToken)
    {
        try
        {
            return path.Contains("://", StringComparison.Ordinal) ? null
                : path.AsSpan().IndexOfAny("*?[") < 0 ? Of([path])
                : Of([.. database.ReadRows($"SELECT file FROM glob({SqlText.Literal(path)})", context, cancellationToken).Select(row => (string)row[0]!)]);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
