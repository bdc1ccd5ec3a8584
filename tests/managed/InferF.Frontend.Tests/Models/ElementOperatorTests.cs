using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class ElementOperatorTests
{
    private const long N = OnnxBuilder.Open;

    [Theory]
    [InlineData("Relu")]
    [InlineData("LeakyRelu")]
    [InlineData("Sigmoid")]
    [InlineData("Tanh")]
    [InlineData("Identity")]
    public void ElementWiseFunctions(string op)
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 5).Node(op, ["x"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2, 3).Node(op, ["x"], ["y"]).Output("y"));
        if (op != "LeakyRelu")
        {
            ModelParity.Check(new OnnxBuilder().Input("x", "double", N, 5).Node(op, ["x"], ["y"]).Output("y", "double"));
        }
    }

    [Fact]
    public void LeakyReluTakesItsSlope() =>
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 5).Node("LeakyRelu", ["x"], ["y"], ("alpha", 0.3f)).Output("y"));

    [Theory]
    [InlineData(7, null, new long[] { N, 4 })]
    [InlineData(12, null, new long[] { N, 2, 3 })]
    [InlineData(12, 2, new long[] { N, 1, 3 })]
    [InlineData(12, -1, new long[] { N, 3 })]
    [InlineData(13, null, new long[] { N, 4 })]
    [InlineData(13, 1, new long[] { N, 4, 1 })]
    [InlineData(17, -1, new long[] { N, 1, 3 })]
    [InlineData(13, -1, new long[] { N, 2, 3 })]
    [InlineData(13, 1, new long[] { N, 2, 3 })]
    [InlineData(12, 2, new long[] { N, 2, 3 })]
    public void SoftmaxWithinRows(int opset, int? axis, long[] dims)
    {
        (string, object)[] attributes = axis is { } value ? [("axis", value)] : [];
        ModelParity.Check(new OnnxBuilder(opset).Input("x", "float", dims).Node("Softmax", ["x"], ["y"], attributes).Output("y"));
    }

    [Theory]
    [InlineData(13, 0, new long[] { N, 4 }, "rows would be mixed")]
    [InlineData(12, 0, new long[] { N, 4 }, "rows would be mixed")]
    [InlineData(13, -1, new long[] { N }, "rows would be mixed")]
    public void SoftmaxOverRowsIsUnsupported(int opset, int axis, long[] dims, string reason) =>
        RejectedModel.Unsupported(new OnnxBuilder(opset).Input("x", "float", dims).Node("Softmax", ["x"], ["y"], ("axis", axis)).Output("y"), reason);

    [Fact]
    public void AnAxisOutsideOfTheRankIsInvalid() =>
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 4).Node("Softmax", ["x"], ["y"], ("axis", 2)).Output("y"), "axis 2");

    [Theory]
    [InlineData("float", "double")]
    [InlineData("float", "int64")]
    [InlineData("float", "int32")]
    [InlineData("float", "bool")]
    [InlineData("double", "float")]
    [InlineData("int64", "float")]
    [InlineData("int64", "double")]
    [InlineData("int64", "int8")]
    [InlineData("int64", "uint8")]
    [InlineData("int64", "int16")]
    [InlineData("int64", "uint16")]
    [InlineData("int64", "int32")]
    [InlineData("int64", "uint32")]
    [InlineData("int64", "bool")]
    [InlineData("int8", "uint16")]
    [InlineData("int8", "int32")]
    [InlineData("uint8", "int8")]
    [InlineData("uint8", "int16")]
    [InlineData("bool", "float")]
    [InlineData("bool", "int32")]
    [InlineData("uint32", "int64")]
    public void Casts(string from, string to) =>
        ModelParity.Check(new OnnxBuilder().Input("x", from, N, 4).Node("Cast", ["x"], ["y"], ("to", TypeNumber(to))).Output("y", to), rows: 40);

    [Fact]
    public void CastsThatKeepEveryValueVanish()
    {
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "uint8", N, 4).Node("Cast", ["x"], ["y"], ("to", TypeNumber("int32"))).Output("y", "int32"));
        Assert.IsType<InputExpr>(graph.Outputs[0].Expression);
    }

    [Fact]
    public void CastsToTextAreUnsupported() =>
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 4).Node("Cast", ["x"], ["y"], ("to", TypeNumber("string"))).Output("y", "string"), "operator Cast", "is text");

    [Fact]
    public void TextIsParsed() => ModelParity.Check(
        new OnnxBuilder().Input("x", "string", N, 2).Node("Cast", ["x"], ["y"], ("to", TypeNumber("float"))).Output("y").Build(),
        [new[] { "1.5", "-2", "3e2", "0" }], rows: 2);

    [Fact]
    public void HalfPrecisionConstantsMayBeCast()
    {
        byte[] halves = [.. new[] { 0.5f, -1.25f, 3f }.SelectMany(v => BitConverter.GetBytes((Half)v))];
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).RawInitializer("h", "float16", halves, 3)
            .Node("Cast", ["h"], ["c"], ("to", 1)).Node("Add", ["x", "c"], ["y"]).Output("y"));
        byte[] brains = [.. new[] { 0.5f, -1.25f, 3f }.SelectMany(v => BitConverter.GetBytes(v).Skip(2))];
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).RawInitializer("h", "bfloat16", brains, 3)
            .Node("Cast", ["h"], ["c"], ("to", 1)).Node("Add", ["x", "c"], ["y"]).Output("y"));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(12)]
    [InlineData(22)]
    public void DropoutIsIdentity(int opset) =>
        ModelParity.Check(new OnnxBuilder(opset).Input("x", "float", N, 3).Node("Dropout", ["x"], ["y"]).Output("y"));

    [Fact]
    public void DropoutInTrainingIsUnsupported()
    {
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 3).RawInitializer("t", "bool", [1])
            .Node("Dropout", ["x", "", "t"], ["y"]).Output("y"), "training");
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Node("Dropout", ["x"], ["y", "mask"]).Output("y").Output("mask", "bool"));
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).RawInitializer("t", "bool", [0])
            .Node("Dropout", ["x", "", "t"], ["y", "mask"]).Output("y"));
    }

    [Theory]
    [InlineData("value_float")]
    [InlineData("value_floats")]
    [InlineData("value")]
    public void ConstantNodes(string form)
    {
        object value = form switch { "value_float" => 2f, "value_floats" => new[] { 1f, 2f, 3f }, _ => new OnnxConstant(new[] { 1f, 2f, 3f }, 1, 3) };
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Node("Constant", [], ["c"], (form, value)).Node("Mul", ["x", "c"], ["y"]).Output("y"));
    }

    [Fact]
    public void IntegerConstantNodesGiveShapes()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 6).Node("Constant", [], ["s"], ("value_ints", new[] { 0L, 2, 3 }))
            .Node("Reshape", ["x", "s"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "int64", N, 3).Node("Constant", [], ["c"], ("value_int", 5))
            .Node("Add", ["x", "c"], ["y"]).Output("y", "int64"));
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3).Node("Constant", [], ["c"]).Node("Add", ["x", "c"], ["y"]).Output("y"), "exactly one value");
    }

    private static int TypeNumber(string type) => type switch
    {
        "float" => 1, "uint8" => 2, "int8" => 3, "uint16" => 4, "int16" => 5, "int32" => 6, "int64" => 7, "string" => 8, "bool" => 9,
        "float16" => 10, "double" => 11, "uint32" => 12, "uint64" => 13, _ => 0,
    };
}
