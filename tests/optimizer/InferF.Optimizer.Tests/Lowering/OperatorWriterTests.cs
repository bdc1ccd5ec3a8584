using InferF.Optimizer.Lowering;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Tests.Lowering;

/// <summary>The enumerations of the expressions and of the plan schema have the same members.</summary>
public sealed class OperatorWriterTests
{
    [Fact]
    public void EveryFunctionHasItsPlanMessage()
    {
        InputExpr x = new(0, ElementType.Float32, 2);
        foreach (UnaryFunction function in Enum.GetValues<UnaryFunction>())
        {
            Assert.Equal($"{function}", $"{Written(new UnaryExpr(function, x)).Unary.Function}", ignoreCase: true);
        }
        foreach (BinaryFunction function in Enum.GetValues<BinaryFunction>())
        {
            Assert.Equal($"{function}", $"{Written(new BinaryExpr(function, x, x)).Binary.Function}", ignoreCase: true);
        }
        foreach (ReduceFunction function in Enum.GetValues<ReduceFunction>())
        {
            Assert.Equal($"{function}", $"{Written(new ReduceExpr(function, x, 2)).Reduce.Function}", ignoreCase: true);
        }
        foreach (FloatFormat format in Enum.GetValues<FloatFormat>())
        {
            Assert.Equal($"{format}", $"{Written(new CastExpr(x, ElementType.Float32) { FloatFormat = format }).Cast.FloatFormat}", ignoreCase: true);
        }
        foreach (SoftmaxFunction function in Enum.GetValues<SoftmaxFunction>())
        {
            Assert.Equal($"{function}", $"{Written(new SoftmaxExpr(x, 1, function)).Softmax.Function}", ignoreCase: true);
        }
        foreach (DistanceMetric metric in Enum.GetValues<DistanceMetric>())
        {
            Assert.Equal($"{metric}", $"{Written(new DistanceExpr(x, ConstantTensor.Create("p", 1, 2, [0f, 0f]), metric)).Distance.Metric}", ignoreCase: true);
        }
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            Assert.Equal($"{type}", $"{OperatorWriter.Type(type)}", ignoreCase: true);
        }
    }

    [Fact]
    public void OutputsOfASubmodelLieAtTheirOffsets()
    {
        OnnxSubmodel submodel = new(
            ConstantTensor.Create("m", new byte[] { 1, 2, 3 }),
            [new OnnxSubmodelInput("x", ElementType.Float32, [2])],
            [("a", ElementType.Float32, [3]), ("b", ElementType.Int64, [2, 2])],
            isBatched: true);
        OnnxRunExpr run = new(submodel, [new InputExpr(0, ElementType.Float32, 2)]);

        Assert.Equal(16 + 32, run.Width);
        Proto.OnnxRun written = Written(run).OnnxRun;
        Assert.Equal([0u, 16u], written.Outputs.Select(output => output.Offset));
        Assert.Equal(1u, Written(new OnnxOutputExpr(run, 1)).OnnxOutput.Output);
    }

    private static Proto.Value Written(TensorExpr template)
    {
        Proto.Value value = new();
        new OperatorWriter(_ => 0).Write(value, template, [.. template.Arguments.Select((_, i) => (uint)i)]);
        return value;
    }
}
