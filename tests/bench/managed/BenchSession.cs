using InferF.Cli.Bench;
using InferF.Cli.Bench.Data;

namespace InferF.Benchmarks;

/// <summary>A session with the tables and the model of a workload in memory.</summary>
public sealed class BenchSession : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("inferf-benchmarks-");

    internal BenchSession(Workload workload, int rows)
    {
        WorkloadData data = workload.MakeAsync(new WorkloadRequest(rows, Seed: 1, _directory.FullName), CancellationToken.None).GetAwaiter().GetResult();
        foreach (BenchTable table in data.Tables)
        {
            Session.Tables.Add(table.Name, Source.Arrow([.. table.Batches()]));
        }
        Session.Models.LoadAsync(WorkloadQuery.Model, data.ModelPath).GetAwaiter().GetResult();
        Sql = data.Query.InferF;
    }

    /// <summary>The session.</summary>
    public InferSession Session { get; } = InferSession.Open();

    /// <summary>The workload's query.</summary>
    public string Sql { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Session.Dispose();
        _directory.Delete(recursive: true);
    }
}
