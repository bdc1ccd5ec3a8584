using BenchmarkDotNet.Attributes;
using InferF.Cli.Bench;
using InferF.Cli.Bench.Workloads;

namespace InferF.Benchmarks;

/// <summary>Planning a query whose tables' statistics are known: analysis, placement, lowering.</summary>
public class PlanningBenchmarks
{
    private const int Rows = 10_000;

    private BenchSession _session = null!;

    /// <summary>What is planned.</summary>
    [Params("star-mlp", "star-forest", "snowflake")]
    public string Query { get; set; } = "";

    /// <summary>Who plans it.</summary>
    [Params(Planner.Auto, Planner.None, Planner.Greedy)]
    public Planner Planner { get; set; }

    /// <summary>Loads tables and model.</summary>
    [GlobalSetup]
    public void SetUp() => _session = new BenchSession(WorkloadList.Find(Query)!, Rows);

    /// <summary>Closes the session.</summary>
    [GlobalCleanup]
    public void CleanUp() => _session.Dispose();

    /// <summary>From a bound query to the finished plan.</summary>
    [Benchmark]
    public double ChoosePlan() => _session.Session.Sql(_session.Sql, new QueryOptions { Planner = Planner }).ChoosePlan(CancellationToken.None).PredictedSeconds;
}
