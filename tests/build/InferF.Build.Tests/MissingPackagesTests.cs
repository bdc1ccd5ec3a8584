namespace InferF.Build.Tests;

/// <summary>
/// What build.cs does on a machine that lacks packages. The programs it calls are replaced by scripts, found first on PATH, that write down how they were
/// called; nothing is installed or built.
/// </summary>
public sealed class MissingPackagesTests : IDisposable
{
    private const string Missing = "libhwy-dev libtbb-dev libxxhash-dev";

    private readonly string _programs = Directory.CreateTempSubdirectory("inferf-programs-").FullName;

    public MissingPackagesTests()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dpkg-query"), "build.cs asks dpkg-query only where Debian's lies.");
        Script("dpkg-query", """
            for name; do :; done
            case "$name" in
              castxml|libhwy-dev|libtbb-dev|libxxhash-dev) echo "dpkg-query: no packages found matching $name" >&2; exit 1 ;;
              *) printf installed ;;
            esac
            """);
        Script("sudo", """exec env "$@" """);
        foreach (string name in new[] { "apt-get", "cmake" })
        {
            Script(name, $"echo {name} \"$@\" >> \"{Calls}\"");
        }
        File.WriteAllText(Calls, "");
    }

    private string Calls => Path.Combine(_programs, "calls.txt");

    public void Dispose() => Directory.Delete(_programs, recursive: true);

    [Fact]
    public void NoInstallListsThemWithTheCommandAndStops()
    {
        (int exitCode, string output) = RunBuild("native", "--no-install");

        Assert.Equal(3, exitCode);
        Assert.Contains($"Debian packages missing: {Missing}\n", output, StringComparison.Ordinal);
        Assert.Contains("apt-get update && ", output, StringComparison.Ordinal);
        Assert.Contains($"apt-get install -y --no-install-recommends {Missing}\n", output, StringComparison.Ordinal);
        Assert.Empty(File.ReadAllText(Calls));
    }

    [Fact]
    public void TheyAreAnnouncedThenInstalledThenTheVerbGoesOn()
    {
        (int exitCode, string output) = RunBuild("native");

        Assert.Equal(0, exitCode);
        string[] calls = File.ReadAllLines(Calls);
        Assert.Equal("apt-get update", calls[0]);
        Assert.Equal($"apt-get install -y --no-install-recommends {Missing}", calls[1]);
        Assert.StartsWith("cmake --preset", calls[2], StringComparison.Ordinal);
        int announced = output.IndexOf($"Debian packages missing: {Missing}\n", StringComparison.Ordinal);
        Assert.InRange(announced, 0, output.IndexOf("apt-get update", StringComparison.Ordinal));
        Assert.InRange(output.IndexOf("--no-install", StringComparison.Ordinal), announced, output.IndexOf("apt-get update", StringComparison.Ordinal));
    }

    [Fact]
    public void AFailedInstallationStopsTheVerb()
    {
        Script("apt-get", $"echo apt-get \"$@\" >> \"{Calls}\"; exit 100");

        (int exitCode, string output) = RunBuild("native");

        Assert.Equal(1, exitCode);
        Assert.Contains("ended with exit code 100", output, StringComparison.Ordinal);
        Assert.Equal(["apt-get update"], File.ReadAllLines(Calls));
    }

    private void Script(string name, string text)
    {
        string path = Path.Combine(_programs, name);
        File.WriteAllText(path, $"#!/bin/sh\n{text.ReplaceLineEndings("\n")}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private (int ExitCode, string Output) RunBuild(params string[] arguments) =>
        DotnetRun.Run(_programs, searchFirst: _programs, [Repository.FullPath("build.cs"), "--", .. arguments]);
}
