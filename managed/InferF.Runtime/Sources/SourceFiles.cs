using InferF.Plan;

namespace InferF.Runtime.Sources;

/// <summary>Finds the files a table is read from.</summary>
internal static class SourceFiles
{
    /// <summary>Makes a path independent of the working directory.</summary>
    /// <exception cref="InferFException">It names one file, and that does not exist.</exception>
    public static string Resolve(string table, string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"A table needs a file name. Table '{table}'.");
        }
        if (path.Contains("://", StringComparison.Ordinal))
        {
            return path;
        }
        string fullPath = Path.GetFullPath(path);
        bool isPattern = path.AsSpan().IndexOfAny("*?[") >= 0;
        if (isPattern || File.Exists(fullPath))
        {
            return fullPath;
        }
        string directory = Path.GetDirectoryName(fullPath) ?? fullPath;
        if (!Directory.Exists(directory))
        {
            throw new InferFException(InferFErrorCode.Source, $"The directory of a table's file does not exist. Table '{table}', file '{path}', directory '{directory}'.");
        }
        string hint = NearestName.Hint(Path.GetFileName(fullPath), Directory.EnumerateFiles(directory).Take(1000).Select(file => Path.GetFileName(file)));
        throw new InferFException(InferFErrorCode.Source, $"The file of a table does not exist. Table '{table}', file '{path}'.{hint}");
    }
}
