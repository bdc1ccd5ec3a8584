using Apache.Arrow;
using InferF.Runtime;
using InferF.Runtime.Arrow;

namespace InferF.Interop.Tests;

/// <summary>Runs the small join plan.</summary>
internal static class Runs
{
    public static NativeArrowStream Dims(int rows = 3) => Producers.Once(Producers.Batch("y", rows, i => i, i => i));

    public static NativeArrowStream Facts(int rows = 6) => Producers.Once(Producers.Batch("x", rows, i => i % 3, i => i));

    /// <summary>A fact stream that never ends; every batch signals.</summary>
    public static NativeArrowStream EndlessFacts(Action<int>? onBatch = null)
    {
        RecordBatch batch = Producers.Batch("x", 1000, i => i % 3, i => i);
        return Producers.Stream(batch.Schema, i =>
        {
            onBatch?.Invoke(i);
            return Producers.Batch("x", 1000, row => row % 3, row => row);
        });
    }

    public static EngineQuery Bind(Engine engine, NativeArrowStream facts, NativeArrowStream dims)
    {
        EngineQuery query = engine.CreateQuery(Plans.Join(), Plans.JoinTensors());
        try
        {
            query.BindTable(0, facts);
            query.BindTable(1, dims);
            return query;
        }
        catch
        {
            facts.Dispose();
            dims.Dispose();
            query.Dispose();
            throw;
        }
    }

    public static List<(int Key, float Score)> ReadAll(NativeArrowStream results, CancellationToken cancellationToken = default)
    {
        var rows = new List<(int, float)>();
        while (results.ReadNext(cancellationToken) is { } batch)
        {
            using (batch)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    rows.Add((((Int32Array)batch.Column(0)).GetValue(i)!.Value, ((FloatArray)batch.Column(1)).GetValue(i)!.Value));
                }
            }
        }
        return rows;
    }

    public static List<(int Key, float Score)> Run(Engine engine, NativeArrowStream facts, NativeArrowStream dims)
    {
        using EngineQuery query = Bind(engine, facts, dims);
        using ResultStream results = query.Execute();
        return ReadAll(results);
    }
}
