using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class ArithmeticOperatorTests
{
    private const long N = OnnxBuilder.Open;

    public static TheoryData<string> Operators => ["Add", "Sub", "Mul", "Div"];

    [Theory, MemberData(nameof(Operators))]
    public void ConstantsOfEveryBroadcastShape(string op)
    {
        foreach (long[] dims in new long[][] { [], [1], [3], [1, 3], [1, 1] })
        {
            float[] constant = [.. Enumerable.Range(1, dims.Contains(3) ? 3 : 1).Select(i => i / 2f)];
            ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("c", constant, dims).Node(op, ["x", "c"], ["y"]).Output("y"));
            ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Initializer("c", constant, dims).Node(op, ["c", "x"], ["y"]).Output("y"));
        }
    }

    [Theory, MemberData(nameof(Operators))]
    public void ValuesOfOneShapeAndOfWidthOne(string op)
    {
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 3).Input("b", "float", N, 3).Node(op, ["a", "b"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("a", "double", N, 3).Input("b", "double", N, 1).Node(op, ["a", "b"], ["y"]).Output("y", "double"));
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 1).Input("b", "float", N, 3).Node(op, ["a", "b"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N).Input("b", "float", N).Node(op, ["a", "b"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("a", "float", N, 3, 1).Input("b", "float", N, 1, 3).Node(op, ["a", "b"], ["y"]).Output("y"));
    }

    [Theory]
    [InlineData("int8")]
    [InlineData("uint8")]
    [InlineData("int16")]
    [InlineData("uint16")]
    [InlineData("int32")]
    [InlineData("uint32")]
    [InlineData("int64")]
    public void IntegerResultsWrapToTheirType(string type)
    {
        // ONNX Runtime has no kernels for the narrow types before opset 14, and none for some of them at all.
        foreach (string op in type.EndsWith("16", StringComparison.Ordinal) || type.EndsWith("t8", StringComparison.Ordinal)
            ? new[] { "Add" }
            : ["Add", "Sub", "Mul", "Div"])
        {
            byte[] model = new OnnxBuilder(opset: 14).Input("a", type, N, 2).Input("b", type, N, 2).Node(op, ["a", "b"], ["y"]).Output("y", type).Build();
            (long low, long high) = Range(type);
            long[] a = [low, high, 5, high];
            long[] b = [high, high, 2, 3];
            try
            {
                ModelParity.Check(model, [a, b], rows: 2);
            }
            catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException e) when (e.Message.Contains("NOT_IMPLEMENTED", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("Could not find an implementation", StringComparison.Ordinal))
            {
                InferF.Plan.Model.ModelGraph graph = InferF.Frontend.Models.OnnxModelReader.Read(model, "model", null);
                long[] sum = (long[])TensorExprInterpreter.Evaluate(graph, [a, b], 2)[0];
                Assert.All(sum, value => Assert.InRange(value, low, high));
                Assert.Equal(low + high, sum[0]);
                Assert.Equal(7, sum[2]);
            }
        }
    }

    [Fact]
    public void ConstantsAreFolded()
    {
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3)
            .Initializer("a", [1f, 2f, 3f], 3).Initializer("b", [2f], 1).Initializer("i", [7L, -8L], 2).Initializer("j", [2L], 1)
            .Node("Mul", ["a", "b"], ["ab"]).Node("Div", ["i", "j"], ["q"])
            .Node("Add", ["x", "ab"], ["y"]).Output("y"));
        Assert.Equal([2f, 4f, 6f], Assert.IsType<ConstantBinaryExpr>(graph.Outputs[0].Expression).Constant.Float32.ToArray());
        graph = ModelParity.Check(new OnnxBuilder().Input("x", "int64", N, 2).Initializer("i", [7L, -8L], 2).Initializer("j", [3L], 1)
            .Node("Div", ["i", "j"], ["q"]).Node("Add", ["x", "q"], ["y"]).Output("y", "int64"));
        Assert.Equal([2L, -2L], Assert.IsType<ConstantBinaryExpr>(graph.Outputs[0].Expression).Constant.Int64.ToArray());
    }

    [Fact]
    public void ConstantsAreBroadcastOverSeveralDimensions()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2, 3).Initializer("c", [1f, 2f], 2, 1).Node("Add", ["x", "c"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2, 3).Initializer("c", [1f, 2f, 3f], 1, 1, 3).Node("Mul", ["x", "c"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 1, 1).Initializer("c", [1f, 2f, 3f], 3, 1).Node("Mul", ["c", "x"], ["y"]).Output("y"));
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 1).Initializer("c", [1f, 2f, 3f], 3).Node("Sub", ["c", "x"], ["y"]).Output("y"));
        Assert.Equal(3, graph.Outputs[0].Expression.Width);
    }

    [Fact]
    public void WhatMixesRowsIsUnsupported()
    {
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N).Initializer("c", [1f, 2f], 2).Node("Add", ["x", "c"], ["y"]).Output("y"), "other elements for each row");
        RejectedModel.Unsupported(new OnnxBuilder().Input("a", "float", N).Input("b", "float", N, 1).Node("Add", ["a", "b"], ["y"]).Output("y"), "different ranks would mix rows");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 2).Initializer("c", [1f, 2f], 2, 1).Node("Add", ["x", "c"], ["y"]).Output("y"), "each row");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 2).Initializer("c", [1f, 2f], 1, 1, 2).Node("Add", ["x", "c"], ["y"]).Output("y"), "more dimensions");
    }

    [Fact]
    public void ContradictionsAreInvalid()
    {
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 2).Initializer("c", [1f, 2f, 3f], 3).Node("Add", ["x", "c"], ["y"]).Output("y"), "cannot be broadcast");
        RejectedModel.Invalid(new OnnxBuilder().Input("a", "float", N, 2).Input("b", "double", N, 2).Node("Add", ["a", "b"], ["y"]).Output("y"), "one type");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 2).Node("Add", ["x"], ["y"]).Output("y"), "input 1 is missing");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "int64", N, 1).Initializer("a", [1L], 1).Initializer("z", [0L], 1)
            .Node("Div", ["a", "z"], ["q"]).Node("Add", ["x", "q"], ["y"]).Output("y"), "divided by zero");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "bool", N, 2).Node("Add", ["x", "x"], ["y"]).Output("y"), "arithmetic on bool");
    }

    private static (long Low, long High) Range(string type) => type switch
    {
        "int8" => (sbyte.MinValue, sbyte.MaxValue),
        "uint8" => (0, byte.MaxValue),
        "int16" => (short.MinValue, short.MaxValue),
        "uint16" => (0, ushort.MaxValue),
        "int32" => (int.MinValue, int.MaxValue),
        "uint32" => (0, uint.MaxValue),
        _ => (-1L << 40, 1L << 40),
    };
}
