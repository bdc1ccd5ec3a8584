using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class ShapeOperatorTests
{
    private const long N = OnnxBuilder.Open;

    [Theory]
    [InlineData(new long[] { N, 6 }, new long[] { 0, 2, 3 })]
    [InlineData(new long[] { N, 6 }, new long[] { -1, 6 })]
    [InlineData(new long[] { N, 2, 3 }, new long[] { -1, 6 })]
    [InlineData(new long[] { N, 2, 3 }, new long[] { 0, -1 })]
    [InlineData(new long[] { N, 2, 3 }, new long[] { 0, 0, 3, 1 })]
    [InlineData(new long[] { N, 1 }, new long[] { -1 })]
    [InlineData(new long[] { N }, new long[] { -1, 1 })]
    public void ReshapesThatKeepRowsWhole(long[] dims, long[] target) => ModelParity.Check(Reshape(dims, target));

    [Theory]
    [InlineData(new long[] { N, 6 }, new long[] { -1, 3 }, "split or merge")]
    [InlineData(new long[] { N, 6 }, new long[] { 2, -1 }, "fixed number of rows")]
    [InlineData(new long[] { N, 6 }, new long[] { -1 }, "split or merge")]
    [InlineData(new long[] { N, 6 }, new long[] { }, "scalar")]
    [InlineData(new long[] { N, 6 }, new long[] { 1, 6 }, "fixed number of rows")]
    public void ReshapesThatMixRowsAreUnsupported(long[] dims, long[] target, string reason) =>
        RejectedModel.Unsupported(Reshape(dims, target), "operator Reshape", reason);

    [Theory]
    [InlineData(new long[] { 0, 4 })]
    [InlineData(new long[] { 0, -1, -1 })]
    [InlineData(new long[] { 0, -2 })]
    [InlineData(new long[] { 0, 6, 0 })]
    [InlineData(new long[] { 0, 4, -1 })]
    [InlineData(new long[] { 0, 1L << 33 })]
    [InlineData(new long[] { 0, 1L << 31, 1L << 31, 1L << 31, 1L << 31 })]
    public void ReshapesThatDoNotFitAreInvalid(long[] target) => RejectedModel.Invalid(Reshape([N, 6], target), "new shape");

    [Fact]
    public void AFixedBatchOfOneMayBeSpelledOut()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", 1, 2, 3).Initializer("s", [1L, 6L], 2).Node("Reshape", ["x", "s"], ["y"]).Output("y"), rows: 1);
        ModelParity.Check(new OnnxBuilder().Input("x", "float", 1, 2, 3).Node("Flatten", ["x"], ["y"], ("axis", 0)).Output("y"), rows: 1);
        // Without its batch dimension the file is no longer one of rows: one row holds the whole tensor.
        ModelGraph graph = OnnxModelReader.Read(new OnnxBuilder().Input("x", "float", 1, 3).Node("Squeeze", ["x"], ["y"]).Output("y").Build(), "model", null);
        Assert.False(graph.Inputs[0].HasBatchDimension);
        Assert.Equal([3], graph.Outputs[0].Shape.AsEnumerable());
    }

    [Fact]
    public void AllowZeroChangesWhatZeroMeans()
    {
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 6).Initializer("s", [0L, 6L], 2)
            .Node("Reshape", ["x", "s"], ["y"], ("allowzero", 1)).Output("y"), "fixed number of rows");
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 6).Initializer("s", [-1L, 3L, 2L], 3)
            .Node("Reshape", ["x", "s"], ["y"], ("allowzero", 1)).Output("y"));
    }

    [Theory]
    [InlineData(new long[] { N, 2, 3 }, 1)]
    [InlineData(new long[] { N, 2, 3 }, -2)]
    [InlineData(new long[] { N, 1, 3 }, 2)]
    [InlineData(new long[] { N, 4 }, 1)]
    [InlineData(new long[] { N }, 1)]
    public void FlattensThatKeepRowsWhole(long[] dims, int axis) =>
        ModelParity.Check(new OnnxBuilder().Input("x", "float", dims).Node("Flatten", ["x"], ["y"], ("axis", axis)).Output("y"));

    [Theory]
    [InlineData(new long[] { N, 2, 3 }, 0)]
    [InlineData(new long[] { N, 2, 3 }, 2)]
    public void OtherFlattensAreUnsupported(long[] dims, int axis) =>
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", dims).Node("Flatten", ["x"], ["y"], ("axis", axis)).Output("y"), "split or merge");

    [Theory]
    [InlineData(11)]
    [InlineData(13)]
    public void SqueezeAndUnsqueezeTakeAxesAsAttributeOrInput(int opset)
    {
        ModelParity.Check(Axes(opset, "Squeeze", [N, 1, 3, 1], [1, -1]));
        ModelParity.Check(Axes(opset, "Squeeze", [N, 1], [1]));
        ModelParity.Check(Axes(opset, "Squeeze", [N, 1, 3], null));
        ModelParity.Check(Axes(opset, "Unsqueeze", [N, 3], [1, 3]));
        ModelParity.Check(Axes(opset, "Unsqueeze", [N], [-1]));
        RejectedModel.Unsupported(Axes(opset, "Squeeze", [N, 1], [0]), "batch dimension");
        RejectedModel.Unsupported(Axes(opset, "Unsqueeze", [N, 3], [0]), "batch dimension");
        RejectedModel.Invalid(Axes(opset, "Squeeze", [N, 3], [1]), "not 1");
        RejectedModel.Invalid(Axes(opset, "Squeeze", [N, 1], [2]), "axis 2");
        RejectedModel.Invalid(Axes(opset, "Unsqueeze", [N, 1], [1, 1]), "repeat");
        RejectedModel.Invalid(Axes(opset, "Unsqueeze", [N, 1], null), "axes are missing");
    }

    [Fact]
    public void ConcatJoinsFeatures()
    {
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 2).Input("b", "float", N, 3).Node("Concat", ["a", "b", "a"], ["y"], ("axis", 1)).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("a", "string", N, 2).Input("b", "string", N, 1).Node("Concat", ["a", "b"], ["y"], ("axis", -1)).Output("y", "string"));
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 2, 3).Input("b", "float", N, 1, 3).Node("Concat", ["a", "b"], ["y"], ("axis", 1)).Output("y"));
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 2).Node("Concat", ["a"], ["y"], ("axis", 1)).Output("y"));
        Assert.IsType<InputExpr>(graph.Outputs[0].Expression);
    }

    [Fact]
    public void OtherConcatsAreRefused()
    {
        OnnxBuilder Concat(long[] a, string typeB, long[] b, int axis) => new OnnxBuilder().Input("a", "float", a).Input("b", typeB, b)
            .Node("Concat", ["a", "b"], ["y"], ("axis", axis)).Output("y");
        RejectedModel.Unsupported(Concat([N, 2], "float", [N, 2], 0), "rows would be mixed");
        ModelParity.Check(Concat([N, 2, 3], "float", [N, 2, 3], 2));
        ModelParity.Check(Concat([N, 2, 3], "float", [N, 2, 1], -1));
        RejectedModel.Invalid(Concat([N, 2], "double", [N, 2], 1), "does not fit");
        RejectedModel.Invalid(Concat([N, 2, 3], "float", [N, 2, 4], 1), "does not fit");
        RejectedModel.Invalid(Concat([N, 2], "float", [N, 2], 5), "axis 5");
        RejectedModel.Unsupported(new OnnxBuilder().Input("a", "float", N, 2).Initializer("c", [1f], 1, 1)
            .Node("Concat", ["a", "c"], ["y"], ("axis", 1)).Output("y"), "constant");
    }

    [Fact]
    public void ShapesMayBeComputedFromConstants() => ModelParity.Check(new OnnxBuilder(opset: 13).Input("x", "float", N, 6)
        .Initializer("minus", [-1L], []).Initializer("two", [2L], 1).Initializer("three", [3f], 1).Initializer("zero", [0L], 1)
        .Node("Unsqueeze", ["minus", "zero"], ["m"]).Node("Cast", ["three"], ["t"], ("to", 7))
        .Node("Concat", ["m", "two", "t"], ["s"], ("axis", 0)).Node("Reshape", ["x", "s"], ["y"]).Output("y"));

    private static OnnxBuilder Reshape(long[] dims, long[] target) => new OnnxBuilder().Input("x", "float", dims)
        .Initializer("s", target, target.Length).Node("Reshape", ["x", "s"], ["y"]).Output("y");

    private static OnnxBuilder Axes(int opset, string op, long[] dims, long[]? axes)
    {
        OnnxBuilder builder = new OnnxBuilder(opset).Input("x", "float", dims);
        return (opset >= 13, axes) switch
        {
            (_, null) => builder.Node(op, ["x"], ["y"]).Output("y"),
            (true, _) => builder.Initializer("axes", axes, axes.Length).Node(op, ["x", "axes"], ["y"]).Output("y"),
            _ => builder.Node(op, ["x"], ["y"], ("axes", axes)).Output("y"),
        };
    }
}
