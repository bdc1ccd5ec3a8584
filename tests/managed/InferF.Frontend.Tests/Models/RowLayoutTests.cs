using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>How rows are found in a file's tensors, and inputs that are the same for every row.</summary>
public class RowLayoutTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void AFixedFirstDimensionThatAllShareCountsRows()
    {
        ModelGraph graph = Read(new OnnxBuilder().Input("a", "float", 5, 3).Input("b", "float", 5, 3).Node("Add", ["a", "b"], ["y"]).Output("y", "float", 5, 3));
        Assert.All(graph.Inputs, input => Assert.True(input is { HasBatchDimension: true, Width: 3 }));
        Assert.True(graph.Outputs[0].HasBatchDimension);
        Assert.Equal([3], graph.Outputs[0].Shape.AsEnumerable());
        Assert.Equal("float", graph.Outputs[0].FileType);
    }

    [Fact]
    public void AFixedGraphThatMixesRowsIsOneRow()
    {
        foreach (OnnxBuilder builder in new[]
        {
            new OnnxBuilder().Input("x", "float", 5, 3).Node("Softmax", ["x"], ["y"], ("axis", 0)).Output("y"),
            new OnnxBuilder().Input("x", "float", 5, 3).Node("Transpose", ["x"], ["y"]).Output("y"),
            new OnnxBuilder(opset: 17).Input("x", "float", 5, 3).Node("ReduceMean", ["x"], ["y"]).Output("y"),
            new OnnxBuilder().Input("x", "float", 5, 3).Input("w", "float", 3, 2).Node("MatMul", ["x", "w"], ["y"]).Output("y"),
            new OnnxBuilder().Input("x", "float", []).Node("Exp", ["x"], ["y"]).Output("y"),
        })
        {
            ModelGraph graph = ModelParity.Check(builder, rows: 1);
            Assert.All(graph.Inputs, input => Assert.False(input.HasBatchDimension));
            Assert.False(graph.Outputs[0].HasBatchDimension);
        }
    }

    [Fact]
    public void AnOpenBatchDimensionMayNotBeMixed() => RejectedModel.Unsupported(
        new OnnxBuilder().Input("x", "float", N, 3).Node("Transpose", ["x"], ["y"]).Output("y"), "Transpose", "batch dimension");

    [Fact]
    public void TheNumberOfRowsMayFlowIntoShapes()
    {
        // What PyTorch exports for x.view(x.size(0), 2, 3).
        ModelParity.Check(new OnnxBuilder(opset: 13).Input("x", "float", N, 6).Initializer("zero", [0L], []).Initializer("axes", [0L], 1)
            .Initializer("two", [2L], 1).Initializer("three", [3L], 1)
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "zero"], ["n"]).Node("Unsqueeze", ["n", "axes"], ["u"])
            .Node("Concat", ["u", "two", "three"], ["t"], ("axis", 0)).Node("Reshape", ["x", "t"], ["y"]).Output("y"));
        // A column of ones beside the features: expand, and zeros of the shape of the rows.
        ModelParity.Check(new OnnxBuilder(opset: 13).Input("x", "float", N, 2).Initializer("zero", [0L], 1).Initializer("one", [1L], 1).Initializer("c", [7f], 1, 1)
            .Node("Shape", ["x"], ["s"]).Node("Slice", ["s", "zero", "one"], ["n"]).Node("Concat", ["n", "one"], ["t"], ("axis", 0))
            .Node("Expand", ["c", "t"], ["e"]).Node("ConstantOfShape", ["t"], ["z"]).Node("Concat", ["x", "e", "z"], ["y"], ("axis", 1)).Output("y"));
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 2).Node("Shape", ["x"], ["y"]).Output("y", "int64"), "number of rows");
    }

    [Fact]
    public void InputsThatDecideShapesAreGivenAsConstants()
    {
        byte[] model = new OnnxBuilder(opset: 13).Input("x", "float", N, 2, 3).Input("axes", "int64", 2).Node("ReduceSum", ["x", "axes"], ["y"], ("keepdims", 0)).Output("y").Build();
        RejectedModel.With(InferFErrorCode.UnsupportedModel, model, null, "must count rows", "'axes'");
        ModelGraph graph = OnnxModelReader.Read(model, "m", null, With("axes", new ModelConstant(new[] { 2L, 1L }, 2)));
        Assert.Equal([], graph.Outputs[0].Shape.AsEnumerable());
        Assert.Equal("axes", Assert.Single(graph.ConstantInputs).Name);
        Assert.Equal("x", Assert.Single(graph.Inputs).Name);

        byte[] whole = new OnnxBuilder(opset: 13).Input("x", "float", 4, 2).Input("axes", "int64", 1).Node("ReduceSum", ["x", "axes"], ["y"]).Output("y").Build();
        ModelCheck check = OnnxModelReader.Inspect(whole, null);
        Assert.Equal(["axes"], check.WantedConstants.AsEnumerable());
        Assert.Contains("--constant", check.Problems[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void ConstantsThatDoNotFitAreErrors()
    {
        byte[] model = new OnnxBuilder().Input("x", "float", N, 2).Input("c", "int32", 2).Node("Relu", ["x"], ["y"]).Output("y").Build();
        void Fails(string name, ModelConstant constant, string text) => Assert.Contains(
            text, Assert.Throws<InferFException>(() => OnnxModelReader.Read(model, "m", null, With(name, constant))).Message, StringComparison.Ordinal);
        Fails("cc", new ModelConstant(new[] { 1L, 2L }, 2), "Did you mean 'c'?");
        Fails("c", new ModelConstant(new[] { 1L }, 1), "[2]");
        Fails("c", new ModelConstant(new[] { 1f, 2f }, 2), "Single[]");
        Fails("c", new ModelConstant(new[] { 1L, 1L << 40 }, 2), "does not fit int32");
        Assert.Throws<InferFException>(() => new ModelConstant(new[] { 1L }, 2));
        Assert.Throws<InferFException>(() => new ModelConstant(new[] { 1 }, 1));
    }

    [Fact]
    public void InputsAndOutputsWithoutElements()
    {
        ModelGraph graph = Read(new OnnxBuilder(opset: 13).Input("x", "float", 2, 0, 3).Initializer("axes", [1L], 1).Node("ReduceSum", ["x", "axes"], ["y"]).Output("y").Output("x"));
        Assert.Empty(graph.Inputs);
        Assert.Equal(new float[6], Assert.IsType<ConstantExpr>(graph.Outputs[0].Expression).Tensor.Float32.ToArray());
        Assert.Equal([2, 0, 3], Assert.Single(graph.EmptyOutputs).Shape.AsEnumerable());
    }

    private static ModelOptions With(string name, ModelConstant constant) => new() { Constants = new Dictionary<string, ModelConstant> { [name] = constant } };

    private static ModelGraph Read(OnnxBuilder builder) => OnnxModelReader.Read(builder.Build(), "m", null);
}
