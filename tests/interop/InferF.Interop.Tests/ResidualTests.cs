using Apache.Arrow;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Proto;
using InferF.Runtime;
using InferF.Runtime.Arrow;
using ElementType = InferF.Plan.Proto.ElementType;
using Table = InferF.Plan.Proto.Table;

namespace InferF.Interop.Tests;

/// <summary>Parts of models that ONNX Runtime runs: the model crosses as bytes, and the engine finds the application's library.</summary>
[Collection("Engine")]
public sealed class ResidualTests
{
    // y [N, 1] = x [N, 1] + 100, serialized.
    private static readonly byte[] s_addHundred = Convert.FromBase64String(
        "CAg6UgoOCgF4CgFjEgF5IgNBZGQSBWdyYXBoKg0IARABQgFjSgQAAMhCWhQKAXgSDwoNCAESCQoDEgFOCgIIAWIUCgF5Eg8KDQgBEgkKAxIBTgoCCAFCBAoAEBE=");

    [Fact]
    public void TheApplicationsOnnxRuntimeRunsIt() => Assert.Equal([100, 101, 102], Run(s_addHundred));

    [Fact]
    public void GarbageIsATypedError()
    {
        InferFException failure = Assert.Throws<InferFException>(() => Run([1, 2, 3]));

        Assert.Equal(InferFErrorCode.InvalidPlan, failure.Code);
        Assert.Contains("Part: 'hundred'. ONNX Runtime: ", failure.Message, StringComparison.Ordinal);
    }

    private static float[] Run(byte[] model)
    {
        var load = new LoadColumns { NullPolicy = NullPolicy.Error, Columns = { new ColumnRef { Column = 1 } } };
        var run = new OnnxRun
        {
            Model = 0,
            Batched = true,
            Inputs = { new OnnxRunInput { Value = 0, Name = "x", Dims = { 1 } } },
            Outputs = { new OnnxRunOutput { Name = "y", Type = ElementType.Float32, Dims = { 1 } } },
        };
        ConstantTensor tensor = ConstantTensor.Create("hundred", model);
        var plan = new PlanFragment
        {
            SchemaVersion = PlanSchema.Version,
            Tables = { new Table { Name = "t", Columns = { "k", "x" }, Streamed = true } },
            Tensors = { new Tensor { Name = "hundred", Type = ElementType.Bytes, Rows = 1, Columns = (uint)model.Length } },
            Nodes = { new RelationalNode { Scan = new ScanNode { Table = 0 } } },
            Values =
            {
                new Value { Type = ElementType.Float32, Width = 1, LoadColumns = load },
                new Value { Type = ElementType.Bytes, Width = 8, OnnxRun = run },
                new Value { Type = ElementType.Float32, Width = 1, OnnxOutput = new OnnxOutput { Run = 1 } },
            },
            Outputs = { new OutputColumn { Name = "y", Value = 2 } },
        };
        using var engine = new Engine(new EngineOptions { Threads = 1 });
        using EngineQuery query = engine.CreateQuery(plan, [tensor]);
        query.BindTable(0, Producers.Once(Producers.Batch("x", 3, i => i, i => i)));
        using ResultStream results = query.Execute();
        var scores = new List<float>();
        while (results.ReadNext() is { } batch)
        {
            using (batch)
            {
                scores.AddRange(((FloatArray)batch.Column(0)).Values);
            }
        }
        return [.. scores];
    }
}
