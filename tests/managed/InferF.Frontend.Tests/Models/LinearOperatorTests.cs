using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class LinearOperatorTests
{
    private const long N = OnnxBuilder.Open;

    [Theory]
    [InlineData(0, 1f, 1f)]
    [InlineData(1, 1f, 1f)]
    [InlineData(1, 0.5f, 0.25f)]
    [InlineData(0, -2f, 0f)]
    public void GemmMatchesTheReferenceForItsAttributes(int transB, float alpha, float beta)
    {
        long[] dims = transB == 1 ? [4, 3] : [3, 4];
        ModelParity.Check(Gemm(N, 3, Numbers(12), dims, [4], ("transB", transB), ("alpha", alpha), ("beta", beta)));
    }

    [Theory]
    [InlineData(new long[] { })]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 4 })]
    [InlineData(new long[] { 1, 4 })]
    [InlineData(new long[] { 1, 1 })]
    public void GemmBroadcastsItsBias(long[] biasDims) => ModelParity.Check(Gemm(N, 3, Numbers(12), [3, 4], biasDims));

    [Fact]
    public void GemmWithoutBiasAndWithComputedBias()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", Numbers(12), 3, 4)
            .Node("Gemm", ["x", "w"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Input("c", "float", N, 1).Initializer("w", Numbers(12), 3, 4)
            .Node("Gemm", ["x", "w", "c"], ["y"], ("beta", 3f)).Output("y"));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(24)]
    public void GemmIsTheSameInEveryOpset(int opset) => ModelParity.Check(new OnnxBuilder(opset).Input("x", "float", N, 3)
        .Initializer("w", Numbers(6), 3, 2).Initializer("b", Numbers(2), 2).Node("Gemm", ["x", "w", "b"], ["y"]).Output("y"));

    [Fact]
    public void GemmOfDoubles() => ModelParity.Check(new OnnxBuilder().Input("x", "double", N, 3)
        .Initializer("w", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 3, 2).Initializer("b", [1.0, 2.0], 2)
        .Node("Gemm", ["x", "w", "b"], ["y"], ("alpha", 0.5f)).Output("y", "double"));

    [Fact]
    public void MatMulWithMatrixAndVector()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", Numbers(6), 3, 2)
            .Node("MatMul", ["x", "w"], ["y"]).Output("y"));
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", Numbers(3), 3)
            .Node("MatMul", ["x", "w"], ["y"]).Output("y"));
        Assert.Equal(1, graph.Outputs[0].Expression.Width);
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 1, 3).Initializer("w", Numbers(6), 3, 2)
            .Node("MatMul", ["x", "w"], ["y"]).Output("y"));
    }

    [Fact]
    public void ConstantsThatTwoNodesShareAreOneObject()
    {
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", Numbers(9), 3, 3)
            .Node("Gemm", ["x", "w"], ["a"], ("transB", 1)).Node("Gemm", ["a", "w"], ["y"], ("transB", 1)).Output("y"));
        var outer = Assert.IsType<LinearExpr>(graph.Outputs[0].Expression);
        var inner = Assert.IsType<LinearExpr>(outer.Arguments[0]);
        Assert.Same(outer.Weight, inner.Weight);
        Assert.Equal("Gemm 'y'", outer.Origin);
    }

    [Fact]
    public void WhatMixesRowsIsUnsupported()
    {
        RejectedModel.Unsupported(Gemm(N, 3, Numbers(12), [3, 4], [4], ("transA", 1)), "operator Gemm (node 'y'", "would mix rows");
        RejectedModel.Unsupported(Gemm(N, 3, Numbers(12), [3, 4], [5, 4]), "other elements for each row");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", Numbers(6), 2, 3)
            .Node("MatMul", ["w", "x"], ["y"]).Output("y"), "would mix rows");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 3).Input("w", "float", N, 3)
            .Node("MatMul", ["x", "w"], ["y"]).Output("y"), "would mix rows");
    }

    [Fact]
    public void MatricesPerRow()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2, 3).Initializer("w", Numbers(6), 3, 2).Node("MatMul", ["x", "w"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2, 3).Initializer("w", Numbers(3), 3).Node("MatMul", ["x", "w"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3, 2).Initializer("w", Numbers(12), 4, 3).Node("MatMul", ["w", "x"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 4, 2, 3).Initializer("w", Numbers(24), 1, 4, 3, 2).Node("MatMul", ["x", "w"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 2, 3).Input("b", "float", N, 3, 4).Node("MatMul", ["a", "b"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("a", "double", N, 1, 2, 3).Input("b", "double", N, 5, 3, 1).Node("MatMul", ["a", "b"], ["y"]).Output("y", "double"));
    }

    [Fact]
    public void WeightsThatDoNotFitAreInvalid()
    {
        RejectedModel.Invalid(Gemm(N, 5, Numbers(12), [3, 4], [4]), "3 rows", "5 columns");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", new double[6], 3, 2)
            .Node("Gemm", ["x", "w"], ["y"]).Output("y"), "type double, expected float");
        RejectedModel.Invalid(Gemm(N, 3, Numbers(12), [3, 4], [3]), "cannot be broadcast");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3).Initializer("w", new float[0], 3, 0)
            .Node("Gemm", ["x", "w"], ["y"]).Output("y"), "0 elements");
    }

    [Theory]
    [InlineData("Gemm")]
    [InlineData("MatMul")]
    public void TheWidthOfAnOpenInputComesFromItsWeights(string op)
    {
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, OnnxBuilder.Open).Initializer("w", Numbers(6), 3, 2)
            .Node("Relu", ["x"], ["r"]).Node(op, ["r", "w"], ["y"]).Output("y"));
        Assert.Equal(3, graph.Inputs[0].Width);
        graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", null).Initializer("w", Numbers(6), 3, 2)
            .Node(op, ["x", "w"], ["y"]).Output("y"));
        Assert.Equal(3, graph.Inputs[0].Width);
    }

    [Fact]
    public void ReadyMadeModels()
    {
        ModelParity.Check(OnnxModels.Linear(5, seed: 1, outputs: 3));
        ModelParity.Check(OnnxModels.Mlp(20, [16, 8], "Tanh", seed: 2));
        ModelGraph graph = ModelParity.Check(OnnxModels.Mlp(["a", "b", "c"], [4], "Relu", seed: 3, outputs: 2));
        Assert.Equal(["a", "b", "c"], graph.Inputs.Select(input => input.Name));
        Assert.Equal(OnnxModels.Mlp(4, [3], "Relu", 9), OnnxModels.Mlp(4, [3], "Relu", 9));
    }

    private static OnnxBuilder Gemm(long rows, long width, float[] weight, long[] weightDims, long[] biasDims, params (string, object)[] attributes) =>
        new OnnxBuilder().Input("x", "float", rows, width).Initializer("w", weight, weightDims)
            .Initializer("b", Numbers((int)biasDims.Aggregate(1L, (p, d) => p * d)), biasDims)
            .Node("Gemm", ["x", "w", "b"], ["y"], attributes).Output("y");

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => ((i * 7 % 11) - 5) / 4f)];
}
