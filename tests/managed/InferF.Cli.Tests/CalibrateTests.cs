using System.Text.Json;

namespace InferF.Cli.Tests;

/// <summary>Measuring, keeping and using the constants of the cost model, from outside.</summary>
public sealed class CalibrateTests : IDisposable
{
    private readonly CommandLine _cli = new();

    [Fact]
    public async Task WhatIsMeasuredIsKeptAndUsed()
    {
        (int exitCode, string output, string error) = await _cli.RunAsync("calibrate", "--quick", "--json");
        Assert.Equal((0, ""), (exitCode, error));
        using JsonDocument report = JsonDocument.Parse(output);
        string file = report.RootElement.GetProperty("file").GetString()!;
        Assert.StartsWith(_cli.CacheDirectory, file, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
        Assert.StartsWith("calibrated ", report.RootElement.GetProperty("source").GetString(), StringComparison.Ordinal);

        (exitCode, output, _) = await _cli.RunAsync("doctor");
        Assert.Equal(0, exitCode);
        Assert.Contains(file, output, StringComparison.Ordinal);
        (exitCode, _, error) = await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel, "--calibration", file]);
        Assert.Equal((0, ""), (exitCode, error));
    }

    [Fact]
    public async Task ABrokenCacheIsReportedAndNotUsed()
    {
        (_, string output, _) = await _cli.RunAsync("doctor");
        Assert.Contains("'inferf calibrate' measures those of this machine", output, StringComparison.Ordinal);

        Environment.SetEnvironmentVariable("XDG_CACHE_HOME", _cli.CacheDirectory);
        string file = Calibration.CalibrationFile.DefaultPath;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        foreach (string broken in (string[])["", "{", "[]", "{\"version\": 1, \"source\": \"calibrated\"}", new string('[', 100_000), new string(' ', 2_000_000)])
        {
            await File.WriteAllTextAsync(file, broken, TestContext.Current.CancellationToken);
            (int exitCode, output, string error) = await _cli.RunAsync("doctor");
            Assert.Equal((0, ""), (exitCode, error));
            Assert.Contains("built-in constants, because of: The", output, StringComparison.Ordinal);
        }
        Assert.Equal(0, (await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel])).ExitCode);
    }

    [Fact]
    public async Task AFileThatIsNamedMustBeGood()
    {
        string broken = _cli.Write("broken.json", "{}");
        (int exitCode, _, string error) = await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel, "--calibration", broken]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("These are no machine constants", error, StringComparison.Ordinal);
        (exitCode, _, error) = await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel, "--calibration", _cli.PathOf("missing.json")]);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("The calibration cannot be read", error, StringComparison.Ordinal);
        Assert.Equal(0, (await _cli.RunAsync(["query", CommandLine.Query, .. _cli.TablesAndModel, "--calibration", "default"])).ExitCode);
    }

    public void Dispose() => _cli.Dispose();
}
