using Apache.Arrow;
using BenchmarkDotNet.Attributes;
using InferF.Cli.Bench.Workloads;

namespace InferF.Benchmarks;

/// <summary>A query of a thousand rows: what running anything at all costs.</summary>
public class QueryBenchmarks
{
    private const int Rows = 1_000;

    private BenchSession _session = null!;

    /// <summary>Loads tables and model.</summary>
    [GlobalSetup]
    public void SetUp() => _session = new BenchSession(SmallQuery.Workload, Rows);

    /// <summary>Closes the session.</summary>
    [GlobalCleanup]
    public void CleanUp() => _session.Dispose();

    /// <summary>Parsing and binding.</summary>
    [Benchmark]
    public InferQuery Bind() => _session.Session.Sql(_session.Sql);

    /// <summary>From SQL text to the last batch.</summary>
    [Benchmark]
    public async Task<int> Run()
    {
        int rows = 0;
        await foreach (RecordBatch batch in _session.Session.Sql(_session.Sql).ExecuteArrowBatchesAsync())
        {
            using (batch)
            {
                rows += batch.Length;
            }
        }
        return rows;
    }
}
