using System.Globalization;
using System.Runtime.InteropServices;
using InferF.Plan;
using Microsoft.Win32.SafeHandles;

namespace InferF.Frontend.Models.Onnx;

/// <summary>
/// Reads tensor data that lie beside the model file. A model file is not trusted, so only regular files with a single name inside the
/// model's own directory are opened; whatever leads out of it is an error, also by way of links.
/// </summary>
/// <param name="directory">Directory of the model file; null for a model without one.</param>
internal sealed class ExternalData(string? directory)
{
    private const int MaxLinks = 16;
    private const int MaxNamesForHint = 1000;

    private static readonly StringComparison s_pathComparison =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Reads the bytes of a tensor.</summary>
    /// <param name="proto">A tensor whose data location is EXTERNAL.</param>
    /// <param name="bytes">What its shape and type need.</param>
    /// <param name="what">Names the tensor in messages.</param>
    public T[] Read<T>(TensorProto proto, long bytes, string what)
        where T : unmanaged
    {
        Dictionary<string, string> entries = new(StringComparer.Ordinal);
        foreach (StringStringEntryProto entry in proto.ExternalData)
        {
            if (!entries.TryAdd(entry.Key, entry.Value))
            {
                throw ModelErrors.Invalid($"External data name a key twice. {what}, key '{entry.Key}'.");
            }
        }
        if (!entries.TryGetValue("location", out string? location))
        {
            throw ModelErrors.Invalid($"External data have no location. {what}.");
        }
        long offset = Number(entries, "offset", what) ?? 0;
        long length = Number(entries, "length", what) ?? bytes;
        if (length != bytes)
        {
            throw ModelErrors.Invalid($"External data do not fit the shape and type of their tensor. {what}: expected {bytes} bytes, length is {length}.");
        }

        what = $"{what}, location '{location}'";
        string path = Locate(location, what);
        try
        {
            using SafeFileHandle handle = OpenChecked(path, what);
            long fileLength = RandomAccess.GetLength(handle);
            if (offset > fileLength || bytes > fileLength - offset)
            {
                throw ModelErrors.Invalid($"External data reach beyond the end of their file. {what}: offset {offset}, {bytes} bytes, file of {fileLength} bytes.");
            }
            T[] data = new T[bytes / Marshal.SizeOf<T>()];
            Span<byte> rest = MemoryMarshal.AsBytes(data.AsSpan());
            while (!rest.IsEmpty)
            {
                int read = RandomAccess.Read(handle, rest, offset);
                if (read == 0)
                {
                    throw ModelErrors.Invalid($"External data ended early. {what}.");
                }
                rest = rest[read..];
                offset += read;
            }
            return data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ModelErrors.Source($"External data cannot be read. {what}: {e.Message}", e);
        }
    }

    private static long? Number(Dictionary<string, string> entries, string key, string what)
    {
        if (!entries.TryGetValue(key, out string? text))
        {
            return null;
        }
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw ModelErrors.Invalid($"External data have a malformed {key}. {what}: expected a number of bytes, found '{text}'.");
    }

    // Walks the location component by component. A symbolic link restarts the walk at its target if that lies in the directory.
    private string Locate(string location, string what)
    {
        if (directory is null)
        {
            throw ModelErrors.Invalid($"A model that was not loaded from a file cannot have external data. {what}.");
        }
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        string relative = RequireRelative(location, what);
        for (int links = 0; links <= MaxLinks; links++)
        {
            string? target = FirstLinkTarget(root, relative, what);
            if (target is null)
            {
                return Path.Combine(root, relative);
            }
            if (!target.StartsWith(root + Path.DirectorySeparatorChar, s_pathComparison))
            {
                throw ModelErrors.Invalid($"External data lead out of the model's directory through a symbolic link. {what}, target '{target}'.");
            }
            relative = target[(root.Length + 1)..];
        }
        throw ModelErrors.Invalid($"External data lead through more than {MaxLinks} symbolic links. {what}.");
    }

    // The specification wants a POSIX path relative to the model; backslashes and drive letters would mean something on Windows only.
    private static string RequireRelative(string location, string what)
    {
        string[] components = location.Split('/');
        if (components.Any(c => c is "" or "." or ".." || c.AsSpan().IndexOfAny(['\\', ':', '\0']) >= 0 || c.EndsWith(' ') || c.EndsWith('.')))
        {
            throw ModelErrors.Invalid($"External data must lie in the model's own directory: a relative path of plain names is expected. {what}.");
        }
        return Path.Combine(components);
    }

    // Path without links after the first symbolic link of the path was replaced by its target; null if no component is a link.
    private static string? FirstLinkTarget(string root, string relative, string what)
    {
        string[] components = relative.Split(Path.DirectorySeparatorChar);
        string current = root;
        for (int i = 0; i < components.Length; i++)
        {
            string parent = current;
            current = Path.Combine(current, components[i]);
            FileSystemInfo info = Directory.Exists(current) ? new DirectoryInfo(current) : new FileInfo(current);
            if (info.LinkTarget is { } target)
            {
                // GetFullPath would fold "a/.." without looking whether "a" is a link itself, so such targets are not followed.
                string[] remaining = components[(i + 1)..];
                if (target.Split('/', '\\').Contains(".."))
                {
                    throw ModelErrors.Invalid($"External data lead out of the model's directory through a symbolic link. {what}, target '{target}'.");
                }
                return Path.GetFullPath(Path.Combine([parent, target, .. remaining]));
            }
            bool isLast = i == components.Length - 1;
            if (!info.Exists && (!isLast || FileFacts.OfPath(current) is null))
            {
                throw ModelErrors.Source($"External data do not exist. {what}.{Hint(parent, components[i])}");
            }
        }
        return null;
    }

    private static SafeFileHandle OpenChecked(string path, string what)
    {
        // Looking before opening: opening a named pipe would wait for a writer. Looking again afterwards: the file may have been exchanged.
        FileFacts before = RequireOrdinary(FileFacts.OfPath(path), what);
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            FileFacts after = RequireOrdinary(FileFacts.OfHandle(handle), what);
            return before.Identity == after.Identity
                ? handle
                : throw ModelErrors.Invalid($"External data were replaced while they were opened. {what}.");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static FileFacts RequireOrdinary(FileFacts? facts, string what)
    {
        if (facts is null)
        {
            throw ModelErrors.Source($"External data cannot be examined. {what}.");
        }
        if (!facts.IsRegular)
        {
            throw ModelErrors.Invalid($"External data must be a regular file. {what}.");
        }
        if (facts.Links != 1)
        {
            throw ModelErrors.Invalid($"External data must not have hard links: another name may lie outside of the model's directory. {what}, {facts.Links} links.");
        }
        return facts;
    }

    private static string Hint(string parent, string name)
    {
        try
        {
            return NearestName.Hint(name, Directory.EnumerateFileSystemEntries(parent).Take(MaxNamesForHint).Select(p => Path.GetFileName(p)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
