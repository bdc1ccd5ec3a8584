using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Nodes without a rule, which ONNX Runtime runs.</summary>
public class ResidualTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void ConvolutionsRunTogetherAndForManyRowsAtOnce()
    {
        ModelGraph graph = ModelParity.Check(Convolutions());
        OnnxRunExpr run = Assert.Single(Runs(graph));
        Assert.True(run.Submodel.IsBatched);
        Assert.Equal([1, 6, 6], Assert.Single(run.Submodel.Inputs).Dims.AsEnumerable());
        Assert.Equal([3, 4, 4], Assert.Single(run.Submodel.Outputs).Dims.AsEnumerable());
        Assert.IsType<LinearExpr>(graph.Outputs[0].Expression);
    }

    [Fact]
    public void WhatMayMixRowsRunsRowByRow()
    {
        OnnxRunExpr run = Assert.Single(Runs(ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 4).Initializer("axis", [1L], [])
            .Node("CumSum", ["x", "axis"], ["y"]).Output("y"))));
        Assert.False(run.Submodel.IsBatched);
        Assert.Equal([1, 4], run.Submodel.Inputs[0].Dims.AsEnumerable());
    }

    [Fact]
    public void TypesOfTheFileAreConvertedInside()
    {
        ModelParity.Check(new OnnxBuilder(opset: 18).Input("x", "int32", N, 4).Initializer("s", [2L], 1).Node("BitwiseNot", ["x"], ["y"]).Output("y", "int32"));
        ModelParity.Check(new OnnxBuilder().Input("x", "uint8", N, 1, 4, 4).Node("MaxPool", ["x"], ["y"], ("kernel_shape", new[] { 2L, 2 })).Output("y", "uint8"));
    }

    [Fact]
    public void PartsWithDifferentInputsStayApart()
    {
        float[] weights = [1, 2, 3, 4];
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 1, 4, 4).Input("b", "float", N, 1, 4, 4).Initializer("w", weights, 1, 1, 2, 2)
            .Node("Conv", ["a", "w"], ["ca"]).Node("Conv", ["b", "w"], ["cb"]).Node("Add", ["ca", "cb"], ["s"]).Node("Relu", ["s"], ["y"]).Output("y"));
        Assert.Equal(2, Runs(graph).Count);
        // A residual over both inputs pulls the addition between them in, but not the convolutions of one input.
        graph = ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 1, 4, 4).Input("b", "float", N, 1, 4, 4).Initializer("w", weights, 1, 1, 2, 2)
            .Node("Conv", ["a", "w"], ["ca"]).Node("Conv", ["b", "w"], ["cb"]).Node("Add", ["ca", "cb"], ["s"]).Node("Conv", ["s", "w"], ["y"]).Output("y"));
        Assert.Equal(3, Runs(graph).Count);
    }

    [Fact]
    public void NativeNodesBetweenJoinAndOthersDoNot()
    {
        OnnxBuilder builder = Convolutions();
        ModelCheck check = OnnxModelReader.Inspect(builder.Build(), null);
        Assert.Equal([("Conv", true), ("Relu", true), ("Conv", true), ("Flatten", false), ("Gemm", false)], check.Nodes.Select(node => (node.Operator, node.IsResidual)));
        Assert.Contains("between", check.Nodes[1].Reason, StringComparison.Ordinal);
        Assert.Equal(check.Nodes.Length, check.Nodes.Select(node => node.Origin).Distinct().Count());
    }

    [Fact]
    public void WhatNothingRunsIsRefusedByName()
    {
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 4).Node("RandomNormalLike", ["x"], ["y"]).Output("y"), "Unsupported operator RandomNormalLike", "random");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 4).Node("NonZero", ["x"], ["y"]).Output("y", "int64"), "Unsupported operator NonZero", "depends on the data");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 4).Node("SequenceConstruct", ["x"], ["y"]).Output("y"), "Unsupported operator SequenceConstruct", "sequence");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 4).Node("NoSuchOperator", ["x"], ["y"]).Output("y"), "Unsupported operator NoSuchOperator");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "string", N, 1).Node("StringConcat", ["x", "x"], ["y"]).Output("y", "string"), "Unsupported operator StringConcat");
    }

    [Fact]
    public void ResultsAreBounded()
    {
        // 2^40 elements from four: known before anything is computed.
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 1, 2, 2).Initializer("none", new float[0], 0).Initializer("scales", [1f, 1f, 1e6f, 1e6f], 4)
            .Node("Resize", ["x", "none", "scales"], ["y"]).Output("y"), "elements");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 1).Initializer("s", [100_000L, 100_000L], 2)
            .Node("ConstantOfShape", ["s"], ["c"]).Node("ReduceSum", ["c"], ["r"], ("keepdims", 0)).Node("Add", ["x", "r"], ["y"]).Output("y"), "too large");
    }

    [Fact]
    public void ConstantsAreFoldedByOnnxRuntime()
    {
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("start", [1L], []).Initializer("limit", [4L], []).Initializer("step", [1L], [])
            .Node("Range", ["start", "limit", "step"], ["r"]).Node("Cast", ["r"], ["f"], ("to", 1)).Node("Exp", ["f"], ["e"]).Node("Mul", ["x", "e"], ["y"]).Output("y"));
        Assert.Equal(MathF.Exp(2), Assert.IsType<ConstantBinaryExpr>(graph.Outputs[0].Expression).Constant.Float32[1], 1e-4f);
    }

    private static OnnxBuilder Convolutions()
    {
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 7 % 11) - 5) / 8f)];
        return new OnnxBuilder().Input("x", "float", N, 1, 6, 6)
            .Initializer("w1", Weights(18), 2, 1, 3, 3).Initializer("w2", Weights(54), 3, 2, 3, 3).Initializer("w3", Weights(96), 48, 2)
            .Node("Conv", ["x", "w1"], ["c1"], ("pads", new[] { 1L, 1, 1, 1 })).Node("Relu", ["c1"], ["r1"]).Node("Conv", ["r1", "w2"], ["c2"])
            .Node("Flatten", ["c2"], ["f"]).Node("Gemm", ["f", "w3"], ["y"]).Output("y");
    }

    private static HashSet<OnnxRunExpr> Runs(ModelGraph graph)
    {
        HashSet<OnnxRunExpr> runs = [];
        Stack<TensorExpr> pending = new(graph.Outputs.Select(output => output.Expression));
        while (pending.TryPop(out TensorExpr? expression))
        {
            if (expression is OnnxRunExpr run)
            {
                runs.Add(run);
            }
            foreach (TensorExpr argument in expression.Arguments)
            {
                pending.Push(argument);
            }
        }
        return runs;
    }
}
