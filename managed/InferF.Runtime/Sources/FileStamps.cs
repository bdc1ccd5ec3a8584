namespace InferF.Runtime.Sources;

/// <summary>Sizes and times of files, to notice that one has been written to or replaced.</summary>
internal sealed class FileStamps
{
    private readonly Dictionary<string, (long Length, DateTime Written)?> _stamps = new(StringComparer.Ordinal);

    /// <summary>Looks at files. Those that are not on this machine's file system have no stamp and are never found changed.</summary>
    public FileStamps(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            _stamps[path] = Look(path);
        }
    }

    /// <summary>The first file that is not what it was, or null.</summary>
    public string? FindChanged() => _stamps.FirstOrDefault(stamp => Look(stamp.Key) != stamp.Value).Key;

    /// <summary>Size and time of a file's last change; null if there is none.</summary>
    public static (long Length, DateTime Written)? Look(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : null;
    }
}
