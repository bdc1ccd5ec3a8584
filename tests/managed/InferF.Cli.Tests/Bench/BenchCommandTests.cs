using System.Text.Json;
using InferF.Cli.Bench;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Tests.Bench;

/// <summary><c>inferf bench</c> from outside.</summary>
public sealed class BenchCommandTests : IDisposable
{
    private readonly CommandLine _cli = new();

    // Real data take longer to read than a test should.
    public static TheoryData<string> Workloads => [.. WorkloadList.All.Where(workload => workload != RealFlights.UnitedStates && workload != Wide.Workload).Select(workload => workload.Name)];

    [Theory]
    [MemberData(nameof(Workloads))]
    public async Task EveryContenderScoresTheSame(string name)
    {
        Workload workload = WorkloadList.Find(name)!;
        JsonElement report = await RunAsync(name, "--rows", "1000", "--runs", "1", "--json");
        if (report.GetProperty("skipped").ValueKind != JsonValueKind.Null)
        {
            Assert.Skip($"Skipped: {report.GetProperty("skipped").GetString()}");
        }
        string[] names = [.. report.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("name").GetString()!)];
        Assert.Equal(workload.Contenders, names);
        Assert.Equal(names.Length, report.GetProperty("ratios").EnumerateObject().Count());
        Assert.Equal(1, report.GetProperty("ratios").GetProperty(names[0]).GetDouble());
        Assert.InRange(report.GetProperty("max_abs_difference").GetDouble(), 0, names.Contains("inferf-fast") ? 2e-3 : 1e-4);
        Assert.InRange(report.GetProperty("result_rows").GetInt64(), 1, workload == SpillingJoin.Workload ? 1_000_000 : 10_000);
        Assert.All(report.GetProperty("results").EnumerateArray(), result => Assert.True(result.GetProperty("median_s").GetDouble() > 0 && result.GetProperty("cpu_s").GetDouble() >= 0));
        Assert.Equal(workload.Shape is not null, report.GetProperty("roofline").ValueKind == JsonValueKind.Object);
    }

    [Theory]
    [InlineData("star-forest")]
    [InlineData("string-keys")]
    public async Task EveryoneReadsTheSameFiles(string name)
    {
        JsonElement report = await RunAsync(name, "--rows", "1000", "--runs", "1", "--source", "parquet", "--only", "inferf-auto", "duckdb-ort-simple", "--json");
        Assert.Equal("parquet", report.GetProperty("source").GetString());
        Assert.Equal(2, report.GetProperty("results").GetArrayLength());
        Assert.InRange(report.GetProperty("max_abs_difference").GetDouble(), 0, 1e-4);
    }

    [Fact]
    public async Task SpillingIsSeenInTheReport()
    {
        JsonElement report = await RunAsync("join-spill", "--rows", "1000", "--runs", "1", "--json");
        Assert.Equal(0, report.GetProperty("spill_files_left").GetInt32());
        Assert.Equal([false, true], report.GetProperty("results").EnumerateArray().Select(result => result.GetProperty("spilled_bytes").GetInt64() > report.GetProperty("memory_limit").GetInt64()));
        Assert.All(report.GetProperty("results").EnumerateArray(), result => Assert.InRange(result.GetProperty("outside_engine_share").GetDouble(), 1e-9, 1));
        Assert.Equal(4, report.GetProperty("goals").GetArrayLength());
    }

    [Fact]
    public async Task AllWritesThePageAndTheTables()
    {
        (string page, string markdown) = (_cli.PathOf("report.html"), _cli.PathOf("BENCHMARKS.md"));
        JsonElement report = await RunAsync("all", "--quick", "--runs", "1", "--only", "small-query", "sweep-break-even", "--html", page, "--write", markdown, "--json");
        Assert.Equal("small-query", Assert.Single(report.GetProperty("workloads").EnumerateArray()).GetProperty("workload").GetString());
        JsonElement sweep = Assert.Single(report.GetProperty("sweeps").EnumerateArray());
        Assert.Equal(2, sweep.GetProperty("points").GetArrayLength());
        Assert.True(report.GetProperty("machine").GetProperty("flops")[0].GetProperty("per_second").GetDouble() > 1e9);
        Assert.Contains("<svg", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        string text = await File.ReadAllTextAsync(markdown, TestContext.Current.CancellationToken);
        Assert.Contains("### sweep-break-even", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath(), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaysWhySharedDataAreNotUsed()
    {
        Dictionary<string, string> environment = new() { ["INFERF_SHARED"] = _cli.PathOf("nothing") };
        (int exitCode, string output, _) = await _cli.RunAsync(environment, "bench", "flights-3m", "--runs", "1");
        Assert.Equal(0, exitCode);
        Assert.Contains("skipped flights-3m: the shared data set 'flights-3m' is not beside the repository; set INFERF_SHARED", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Did you mean 'inferf-auto'?", "star-mlp", "--rows", "10", "--only", "inferf-aut")]
    [InlineData("Did you mean 'sweep-rows'?", "sweep-row")]
    [InlineData("Did you mean 'snowflake'?", "all", "--only", "snowflakes")]
    public async Task UnknownNamesAreUsageErrors(string hint, params string[] arguments)
    {
        (int exitCode, _, string error) = await _cli.RunAsync(["bench", .. arguments]);
        Assert.Equal(2, exitCode);
        Assert.Contains(hint, error, StringComparison.Ordinal);
    }

    public void Dispose() => _cli.Dispose();

    private async Task<JsonElement> RunAsync(params string[] arguments)
    {
        (int exitCode, string output, string error) = await _cli.RunAsync(["bench", .. arguments]);
        Assert.Equal((0, ""), (exitCode, error));
        return JsonDocument.Parse(output).RootElement;
    }
}
