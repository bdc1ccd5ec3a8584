using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class FeatureOperatorTests
{
    private const long N = OnnxBuilder.Open;

    [Theory]
    [InlineData("float")]
    [InlineData("double")]
    [InlineData("int64")]
    [InlineData("int32")]
    public void ScalerScalesEveryNumericType(string type)
    {
        ModelParity.Check(new OnnxBuilder().Input("x", type, N, 3)
            .MlNode("Scaler", ["x"], ["y"], ("offset", new[] { 0.5f, -1f, 2f }), ("scale", new[] { 2f, 0.25f, -1f })).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", type, N, 3)
            .MlNode("Scaler", ["x"], ["y"], ("offset", new[] { 0.5f }), ("scale", new[] { 2f })).Output("y"));
    }

    [Fact]
    public void ScalerParametersMustFit()
    {
        OnnxBuilder Scaler(float[] offset, float[] scale) => new OnnxBuilder().Input("x", "float", N, 3)
            .MlNode("Scaler", ["x"], ["y"], ("offset", offset), ("scale", scale)).Output("y");
        RejectedModel.Invalid(Scaler([1, 2], [1, 2, 3]), "one length");
        RejectedModel.Invalid(Scaler([1, 2], [1, 2]), "1 or 3 elements, found 2");
        RejectedModel.Invalid(Scaler([], []), "one length");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "string", N, 1)
            .MlNode("Scaler", ["x"], ["y"], ("offset", new[] { 1f }), ("scale", new[] { 1f })).Output("y"), "found string");
    }

    [Fact]
    public void TheWidthOfAnOpenInputComesFromItsScaler() => Assert.Equal(2, ModelParity.Check(new OnnxBuilder().Input("x", "float", N, OnnxBuilder.Open)
        .MlNode("Scaler", ["x"], ["y"], ("offset", new[] { 1f, 2f }), ("scale", new[] { 1f, 2f })).Output("y")).Inputs[0].Width);

    [Fact]
    public void ImputerReplacesNaN()
    {
        byte[] model = new OnnxBuilder().Input("x", "float", N, 2)
            .MlNode("Imputer", ["x"], ["y"], ("imputed_value_floats", new[] { 7f, 8f }), ("replaced_value_float", float.NaN)).Output("y").Build();
        ModelGraph graph = ModelParity.Check(model, [new[] { 1f, float.NaN, float.NaN, 4f, float.PositiveInfinity, 0f }], rows: 3);
        Assert.True(graph.Inputs[0].TakesMissing);
    }

    [Fact]
    public void ImputerReplacesNumbers()
    {
        byte[] model = new OnnxBuilder().Input("x", "int64", N, 2)
            .MlNode("Imputer", ["x"], ["y"], ("imputed_value_int64s", new[] { 7L }), ("replaced_value_int64", -1)).Output("y", "int64").Build();
        ModelParity.Check(model, [new[] { 1L, -1L, -1L, 4L }], rows: 2);
        model = new OnnxBuilder().Input("x", "float", N, 2)
            .MlNode("Imputer", ["x"], ["y"], ("imputed_value_floats", new[] { 7f }), ("replaced_value_float", 0.1f)).Output("y").Build();
        Assert.False(ModelParity.Check(model, [new[] { 0.1f, -1f, float.NaN, 4f }], rows: 2).Inputs[0].TakesMissing);
    }

    [Fact]
    public void ImputerParametersMustFit()
    {
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3).MlNode("Imputer", ["x"], ["y"]).Output("y"), "either");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3)
            .MlNode("Imputer", ["x"], ["y"], ("imputed_value_int64s", new[] { 1L })).Output("y"), "type float");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3)
            .MlNode("Imputer", ["x"], ["y"], ("imputed_value_floats", new[] { 1f, 2f })).Output("y"), "found 2");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "int64", N, 3)
            .MlNode("Imputer", ["x"], ["y"], ("imputed_value_int64s", new[] { 1L }), ("replaced_value_int64", long.MaxValue)).Output("y"), "2^53");
    }

    [Fact]
    public void OneHotEncoderOfIntegersStringsAndFloats()
    {
        byte[] model = new OnnxBuilder().Input("x", "int64", N, 2).MlNode("OneHotEncoder", ["x"], ["y"], ("cats_int64s", new[] { 5L, 1L, 9L })).Output("y").Build();
        ModelGraph graph = ModelParity.Check(model, [new[] { 1L, 9L, 5L, 100L }], rows: 2);
        Assert.Equal(6, graph.Outputs[0].Expression.Width);
        model = new OnnxBuilder().Input("x", "float", N, 1).MlNode("OneHotEncoder", ["x"], ["y"], ("cats_int64s", new[] { 0L, 1L, -2L })).Output("y").Build();
        ModelParity.Check(model, [new[] { 1.9f, -0.9f, -2.5f, 3f }], rows: 4);
        model = new OnnxBuilder().Input("x", "string", N).MlNode("OneHotEncoder", ["x"], ["y"], ("cats_strings", new[] { "a", "ü" }), ("zeros", 1)).Output("y").Build();
        ModelParity.Check(model, [new[] { "a", "b", "ü" }], rows: 3);
        ModelParity.Check(new OnnxBuilder().Input("x", "string", N, 2).MlNode("OneHotEncoder", ["x"], ["h"], ("cats_strings", new[] { "c0", "c1", "c2" }))
            .Node("Flatten", ["h"], ["y"]).Output("y"));
    }

    [Fact]
    public void OneHotEncoderMayRefuseUnknownCategories()
    {
        byte[] model = new OnnxBuilder().Input("x", "int64", N, 1).MlNode("OneHotEncoder", ["x"], ["y"], ("cats_int64s", new[] { 5L }), ("zeros", 0)).Output("y").Build();
        ModelGraph graph = ModelParity.Check(model, [new[] { 5L }], rows: 1);
        Assert.True(Assert.IsType<OneHotExpr>(graph.Outputs[0].Expression).UnknownIsError);
    }

    [Fact]
    public void OneHotEncoderParametersMustFit()
    {
        OnnxBuilder Encoder(string type, params (string, object)[] attributes) =>
            new OnnxBuilder().Input("x", type, N, 1).MlNode("OneHotEncoder", ["x"], ["y"], attributes).Output("y");
        RejectedModel.Invalid(Encoder("int64"), "either");
        RejectedModel.Invalid(Encoder("int64", ("cats_strings", new[] { "a" })), "type int64");
        RejectedModel.Invalid(Encoder("string", ("cats_int64s", new[] { 1L })), "type string");
        RejectedModel.Invalid(Encoder("int64", ("cats_int64s", new[] { 1L, 1L })), "twice");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "int64", N, 1 << 20)
            .MlNode("OneHotEncoder", ["x"], ["y"], ("cats_int64s", Enumerable.Range(0, 100).Select(i => (long)i).ToArray())).Output("y"), "elements");
    }

    [Theory]
    [InlineData("MAX")]
    [InlineData("L1")]
    [InlineData("L2")]
    public void NormalizerDividesByItsNorm(string norm)
    {
        foreach (string type in new[] { "float", "double", "int64", "int32" })
        {
            ModelParity.Check(new OnnxBuilder().Input("x", type, N, 3).MlNode("Normalizer", ["x"], ["y"], ("norm", norm)).Output("y"));
        }
        byte[] model = new OnnxBuilder().Input("x", "float", N, 3).MlNode("Normalizer", ["x"], ["y"], ("norm", norm)).Output("y").Build();
        ModelParity.Check(model, [new[] { 0f, 0f, 0f, -1f, -2f, -4f }], rows: 2);
    }

    [Fact]
    public void NormalizerRefusesOtherNormsAndShapes()
    {
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 3).MlNode("Normalizer", ["x"], ["y"], ("norm", "L7")).Output("y"), "'L7'");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N).MlNode("Normalizer", ["x"], ["y"], ("norm", "L1")).Output("y"), "[N, k]");
    }
}
