namespace InferF.Bindings.Generator;

/// <summary>The committed files that follow from <c>inferf.h</c>.</summary>
/// <param name="repository">Root of the repository.</param>
public sealed class GeneratedFiles(string repository)
{
    private readonly string _bindings = Path.Combine(repository, "bindings", "Generated");
    private readonly string _tests = Path.Combine(repository, "tests", "bindings", "Generated");

    /// <summary>Finds the repository that contains a directory.</summary>
    /// <exception cref="GeneratorException">No parent directory holds the header.</exception>
    public static string FindRepository(string directory)
    {
        for (DirectoryInfo? candidate = new(directory); candidate is not null; candidate = candidate.Parent)
        {
            if (File.Exists(Path.Combine(candidate.FullName, "native", "include", "inferf", "inferf.h")))
            {
                return candidate.FullName;
            }
        }
        throw new GeneratorException($"native/include/inferf/inferf.h is in no parent of {directory}.");
    }

    /// <summary>Generates everything and replaces what is there.</summary>
    /// <returns>Number of files.</returns>
    public int Write()
    {
        SortedDictionary<string, string> files = Generate();
        foreach (string stale in Existing().Where(path => !files.ContainsKey(path)))
        {
            File.Delete(stale);
        }
        foreach ((string path, string text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        return files.Count;
    }

    /// <summary>Generates everything in memory and compares it with what is there.</summary>
    /// <returns>One message per file that is missing, superfluous or different.</returns>
    public IReadOnlyList<string> FindDifferences()
    {
        SortedDictionary<string, string> files = Generate();
        var differences = new List<string>();
        foreach (string superfluous in Existing().Where(path => !files.ContainsKey(path)))
        {
            differences.Add($"No declaration of inferf.h leads to {superfluous}.");
        }
        foreach ((string path, string text) in files)
        {
            if (!File.Exists(path))
            {
                differences.Add($"Missing: {path}. Run `dotnet run --project bindings/generate`.");
            }
            else if (File.ReadAllText(path) != text)
            {
                differences.Add($"Not what inferf.h leads to: {path}. Run `dotnet run --project bindings/generate`.");
            }
        }
        return differences;
    }

    private SortedDictionary<string, string> Generate()
    {
        CHeader header = CastXmlReader.Read(Path.Combine(repository, "native", "include"));
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string text) in BindingWriter.Write(header))
        {
            files.Add(Path.Combine(_bindings, name), text);
        }
        foreach ((string name, string text) in LayoutTestWriter.Write(header))
        {
            files.Add(Path.Combine(_tests, name), text);
        }
        return files;
    }

    private IEnumerable<string> Existing() =>
        new[] { _bindings, _tests }.Where(Directory.Exists).SelectMany(directory => Directory.EnumerateFiles(directory, "*.cs"));
}
