using System.Text.Json;
using InferF.Cli.Bench.Planner;
using InferF.Plan;

namespace InferF.Cli.Tests.Bench.Planner;

/// <summary><c>inferf bench planner</c> from outside.</summary>
public sealed class PlannerBenchCommandTests : IDisposable
{
    private readonly CommandLine _cli = new();

    [Fact]
    public async Task ExecutesEveryPlacementAndWritesThePage()
    {
        string page = _cli.PathOf("PLANNER_BENCH.md");
        (int exitCode, string output, string error) = await _cli.RunAsync("bench", "planner", "--quick", "--only", "star-2", "--runs", "1", "--json", "--write", page);
        Assert.Equal((0, ""), (exitCode, error));
        JsonElement report = JsonDocument.Parse(output).RootElement;
        JsonElement workload = Assert.Single(report.GetProperty("workloads").EnumerateArray().ToArray());
        Assert.Equal("star-2-mlp64", workload.GetProperty("workload").GetString());
        Assert.Equal(JsonValueKind.Null, workload.GetProperty("skipped").ValueKind);
        Assert.Equal(50_000, workload.GetProperty("rows").GetInt64());

        JsonElement[] placements = [.. workload.GetProperty("placements").EnumerateArray()];
        Assert.True(placements.Length >= 2);
        Assert.Contains(placements, placement => placement.GetProperty("placement").GetString() == "nothing pushed");
        Assert.All(placements, placement => Assert.True(placement.GetProperty("predicted_s").GetDouble() > 0 && placement.GetProperty("measured_s").GetDouble() > 0));

        Dictionary<string, JsonElement> planners = workload.GetProperty("planners").EnumerateArray().ToDictionary(planner => planner.GetProperty("planner").GetString()!);
        Assert.Superset(new HashSet<string> { "auto", "none", "leaf", "greedy" }, planners.Keys.ToHashSet());
        Assert.Equal("nothing pushed", planners["none"].GetProperty("plan").GetProperty("placement").GetString());
        Assert.True(planners["auto"].GetProperty("planning_s").GetDouble() > 0);
        Assert.True(workload.GetProperty("auto_over_fastest").GetDouble() >= 1);
        Assert.True(workload.GetProperty("guard").GetDouble() > 0);
        Assert.Equal(1, report.GetProperty("summary").GetProperty("exhaustive_workloads").GetInt32());

        string text = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("| star-2-mlp64 |", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Path.GetTempPath(), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaysWhySharedDataAreNotUsed()
    {
        (int exitCode, string output, _) = await _cli.RunAsync(
            new Dictionary<string, string> { ["INFERF_SHARED"] = _cli.PathOf("nothing") }, "bench", "planner", "--only", "tpch-2", "chinook", "--runs", "1");
        Assert.Equal(0, exitCode);
        Assert.Contains("skipped tpch-2-mlp16: the shared data set 'tpch-sf0.1' is not beside the repository; set INFERF_SHARED", output, StringComparison.Ordinal);
        Assert.Contains("skipped chinook-7", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownWorkloadsAreUsageErrors()
    {
        (int exitCode, _, string error) = await _cli.RunAsync("bench", "planner", "--only", "star-2-mlp65");
        Assert.Equal(2, exitCode);
        Assert.Contains("Did you mean 'star-2-mlp64'?", error, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAreUniqueAndChosenUpToAHyphen()
    {
        Assert.Equal(WorkloadCatalog.All.Count, WorkloadCatalog.All.Select(workload => workload.Name).Distinct().Count());
        Assert.All(WorkloadCatalog.Choose(["star-2"], isQuick: false), workload => Assert.Equal(2, workload.TableCount));
        Assert.NotEmpty(WorkloadCatalog.Choose(["star-20"], isQuick: false));
        Assert.True(WorkloadCatalog.Choose([], isQuick: true).Count < WorkloadCatalog.All.Count / 2);
        Assert.All(WorkloadCatalog.All, workload => Assert.Equal(workload.TableCount <= 4, workload.EnumeratesPlacements));
        Assert.Throws<InferFException>(() => WorkloadCatalog.Choose(["sta"], isQuick: false));
    }

    public void Dispose() => _cli.Dispose();
}
