using System.Diagnostics;

namespace InferF.Build.Tests;

/// <summary>The repository the tests were built from: its root and the files git tracks or would add.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<string>> s_trackedFiles = new(ListTrackedFiles);

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Files that are tracked or would be by "git add", relative to <see cref="Root"/>, with forward slashes.</summary>
    public static IReadOnlyList<string> TrackedFiles => s_trackedFiles.Value;

    public static string FullPath(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(FullPath(relative));

    /// <summary>Tracked files beneath <paramref name="folder"/> ("" for all) with one of the extensions.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions) => TrackedFiles
        .Where(file => file.StartsWith(folder, StringComparison.Ordinal) && extensions.Contains(Path.GetExtension(file)));

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "InferF.Interop.sln")))
            {
                return directory.FullName;
            }
        }
        throw new InvalidOperationException($"No InferF.Interop.sln above {AppContext.BaseDirectory}.");
    }

    private static IReadOnlyList<string> ListTrackedFiles()
    {
        // safe.directory: a checkout owned by somebody else (a mounted volume of a build container) is still ours to read.
        var start = new ProcessStartInfo("git", ["-c", $"safe.directory={Root}", "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using Process git = Process.Start(start)!;
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(FullPath(file)))];
    }
}
