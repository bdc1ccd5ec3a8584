using Apache.Arrow;
using Apache.Arrow.C;
using BenchmarkDotNet.Attributes;
using InferF.Bindings;
using InferF.Cli.Bench.Data;
using InferF.Runtime;

namespace InferF.Benchmarks;

/// <summary>What a call into the engine costs, and what handing over a batch does.</summary>
public unsafe class CrossingBenchmarks
{
    private Engine _engine = null!;
    private RecordBatch _batch = null!;

    /// <summary>Columns of the batch: few wide ones, as the engine sends them, or as many as star-mlp has features.</summary>
    [Params(2, 358)]
    public int Columns { get; set; }

    /// <summary>Makes an engine and a batch.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        _engine = new Engine();
        _batch = BenchTable.Generate("t", 2048, 1, [.. Enumerable.Range(0, Columns).Select(i => new DrawnKey($"k{i}", 1000))]).Batches().Single();
    }

    /// <summary>Closes the engine.</summary>
    [GlobalCleanup]
    public void CleanUp() => _engine.Dispose();

    /// <summary>A plain P/Invoke that does nothing.</summary>
    [Benchmark]
    public int PlainCall() => NativeMethods.inferf_abi_version();

    /// <summary>A call with a lease on a handle and the check of its result.</summary>
    [Benchmark]
    public MemoryUsage CheckedCall() => _engine.MemoryUsage;

    /// <summary>A batch out through Arrow's C structs and back in.</summary>
    [Benchmark]
    public int BatchOutAndIn()
    {
        CArrowArray array = default;
        CArrowSchema schema = default;
        CArrowArrayExporter.ExportRecordBatch(_batch, &array);
        CArrowSchemaExporter.ExportSchema(_batch.Schema, &schema);
        using RecordBatch imported = CArrowArrayImporter.ImportRecordBatch(&array, CArrowSchemaImporter.ImportSchema(&schema));
        return imported.Length;
    }
}
