using InferF.Cli.Bench.Kernels;

namespace InferF.Cli.Tests.Bench.Kernels;

/// <summary>What Google Benchmark writes becomes a table with goals.</summary>
public sealed class KernelReportTests : IDisposable
{
    private const string Json = """
        {"context": {"num_cpus": 2}, "benchmarks": [
          {"name": "gemm/128/256", "run_type": "iteration", "FLOPS": 80e9, "of_peak": 0.8},
          {"name": "gemm/128/256", "run_type": "iteration", "FLOPS": 90e9, "of_peak": 0.9},
          {"name": "gemm/128/256_mean", "run_type": "aggregate", "FLOPS": 85e9, "of_peak": 0.85},
          {"name": "gemm/64/64", "run_type": "iteration", "FLOPS": 69e9, "of_peak": 0.69},
          {"name": "gemm/64/16", "run_type": "iteration", "FLOPS": 50e9, "of_peak": 0.5},
          {"name": "gatherAdd/256/524288", "run_type": "iteration", "bytes_per_second": 20e9, "of_peak": 0.4},
          {"name": "gatherOneToBlock/256/524288", "run_type": "iteration", "bytes_per_second": 10e9, "of_peak": 0.2},
          {"name": "hashProbe/1000", "run_type": "iteration", "items_per_second": 120e6, "bytes_per_second": null},
          {"name": "broken", "run_type": "iteration", "error_occurred": true, "items_per_second": 1}
        ]}
        """;

    private readonly CommandLine _cli = new();

    [Fact]
    public void TheFastestRepetitionCountsAndSomeHaveGoals()
    {
        KernelReport report = KernelReport.Parse(Json);
        Assert.Equal(["gemm/128/256", "gemm/64/64", "gemm/64/16", "gatherAdd/256/524288", "gatherOneToBlock/256/524288", "hashProbe/1000"], report.Rates.Select(rate => rate.Name));
        Assert.Equal(("GF/s", 90.0), (report.Rates[0].Unit, report.Rates[0].Rate));
        Assert.Equal(("M/s", 120.0), (report.Rates[^1].Unit, report.Rates[^1].Rate));
        Assert.Equal([(0.85, 0.9, true), (0.70, 0.69, false), (0.85, 0.4, false)], report.Goals.Select(goal => (goal.Limit, goal.Measured, goal.IsMet)));
        Assert.Equal(["yes", "no", "", "no", "", ""], report.Table().Rows.Select(row => row[^1]));
    }

    [Fact]
    public async Task TheTableGoesBetweenItsMarkers()
    {
        (string results, string page) = (_cli.PathOf("kernels.json"), _cli.PathOf("page.md"));
        await File.WriteAllTextAsync(results, Json, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(page, $"before\n\n{KernelReport.Begin}\nold\n{KernelReport.End}\n\nafter\n", TestContext.Current.CancellationToken);
        (int exitCode, _, string error) = await _cli.RunAsync("bench", "kernels", "--from", results, "--write", page);
        Assert.Equal((0, ""), (exitCode, error));
        string text = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.StartsWith("before\n\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n\nafter\n", text, StringComparison.Ordinal);
        Assert.Contains("| gemm/128/256 | 90.0 GF/s | 90 % | ≥ 85 % | yes |", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public async Task OtherFilesAreUsageErrors(string contents)
    {
        string results = _cli.PathOf("kernels.json");
        await File.WriteAllTextAsync(results, contents, TestContext.Current.CancellationToken);
        (int exitCode, _, string error) = await _cli.RunAsync("bench", "kernels", "--from", results);
        Assert.Equal(2, exitCode);
        Assert.Contains("Cannot read the results of the native benchmarks", error, StringComparison.Ordinal);
    }

    public void Dispose() => _cli.Dispose();
}
