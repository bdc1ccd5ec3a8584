using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Encoders, vectorizers and ZipMap against ONNX Runtime.</summary>
public class PipelineOperatorTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void LabelEncoderOfVersionOneCountsClasses()
    {
        ModelParity.Check(new OnnxBuilder(mlOpset: 1).Input("x", "string", N, 2).MlNode("LabelEncoder", ["x"], ["y"],
            ("classes_strings", new[] { "c3", "c1", "c0", "c1" }), ("default_int64", 9)).Output("y", "int64"), rows: 20);
        ModelParity.Check(new OnnxBuilder(mlOpset: 1).Input("x", "int64", N, 2).MlNode("LabelEncoder", ["x"], ["y"],
            ("classes_strings", new[] { "c3", "c1", "c0" }), ("default_string", "?")).Output("y", "string").Build(), [new[] { 0L, 1, 2, 3, -1, 1 }], rows: 3);
    }

    [Fact]
    public void LabelEncoderMapsListsOfAnyTypes()
    {
        string[] texts = ["c1", "c4", "c1"];
        float[] floats = [1.5f, float.NaN, 2];
        long[] integers = [3, -7, 3];
        (string Key, Array Data, string Type, Array Rows)[] keys =
        [
            ("keys_strings", texts, "string", new[] { "c1", "c2", "c4", "" }), ("keys_floats", floats, "float", new[] { 1.5f, float.NaN, 2, 3 }),
            ("keys_int64s", integers, "int64", new[] { 3L, -7, 0, 4 }),
        ];
        (string Key, Array Data, string Type)[] values = [("values_strings", texts, "string"), ("values_floats", floats, "float"), ("values_int64s", integers, "int64")];
        foreach (int version in new[] { 2, 4 })
        {
            foreach ((string key, Array keyData, string keyType, Array rows) in keys)
            {
                foreach ((string value, Array valueData, string valueType) in values)
                {
                    ModelParity.Check(new OnnxBuilder(mlOpset: version == 2 ? 3 : 4).Input("x", keyType, N, 1)
                        .MlNode("LabelEncoder", ["x"], ["y"], (key, keyData), (value, valueData)).Output("y", valueType).Build(), [rows], rows: 4);
                }
            }
        }
    }

    [Fact]
    public void LabelEncoderMapsTensors()
    {
        ModelParity.Check(new OnnxBuilder(mlOpset: 4).Input("x", "double", N, 1).MlNode("LabelEncoder", ["x"], ["y"],
            ("keys_tensor", new OnnxConstant(new[] { 1.5, double.NaN }, 2)), ("values_tensor", new OnnxConstant(new[] { 10.0, 20 }, 2)),
            ("default_tensor", new OnnxConstant(new[] { -5.0 }, 1))).Output("y", "double").Build(), [new[] { 1.5, double.NaN, 3 }], rows: 3);
        ModelParity.Check(new OnnxBuilder(mlOpset: 4).Input("x", "string", N, 1).MlNode("LabelEncoder", ["x"], ["y"],
            ("keys_tensor", new OnnxConstant(new[] { "a", "b" }, 2)), ("values_tensor", new OnnxConstant(new[] { 1L, 2 }, 2)), ("default_int64", 7)).Output("y", "int64").Build(),
            [new[] { "b", "x" }], rows: 2);
    }

    [Fact]
    public void LabelEncoderContradictionsAreInvalid()
    {
        OnnxBuilder Of(string type, params (string, object)[] attributes) => new OnnxBuilder().Input("x", type, N, 1).MlNode("LabelEncoder", ["x"], ["y"], attributes).Output("y", "int64");
        RejectedModel.Invalid(Of("string", ("keys_strings", new[] { "a" }), ("values_int64s", new[] { 1L, 2 })), "1 keys and 2 values");
        RejectedModel.Invalid(Of("int64", ("keys_strings", new[] { "a" }), ("values_int64s", new[] { 1L })), "the keys have type string");
        RejectedModel.Invalid(Of("string", ("keys_strings", new[] { "a" })), "one of values_tensor");
    }

    [Fact]
    public void CategoryMapperGoesBothWays()
    {
        (string, object)[] attributes = [("cats_strings", new[] { "c1", "c2", "c1" }), ("cats_int64s", new[] { 5L, 6, 7 }), ("default_int64", 9), ("default_string", "?")];
        ModelParity.Check(new OnnxBuilder().Input("x", "string", N, 2).MlNode("CategoryMapper", ["x"], ["y"], attributes).Output("y", "int64"), rows: 9);
        ModelParity.Check(new OnnxBuilder().Input("x", "int64", N, 2).MlNode("CategoryMapper", ["x"], ["y"], attributes).Output("y", "string").Build(), [new[] { 5L, 6, 7, 8 }], rows: 2);
    }

    [Fact]
    public void FeatureVectorizerCutsAndFills()
    {
        foreach (string type in new[] { "float", "double", "int64" })
        {
            ModelParity.Check(new OnnxBuilder().Input("a", type, N, 2).Input("b", type, N, 3).Input("c", type, N, 1)
                .MlNode("FeatureVectorizer", ["a", "b", "c"], ["y"], ("inputdimensions", new[] { 2L, 1, 3 })).Output("y"));
        }
    }

    [Fact]
    public void BinarizerComparesWithItsThreshold()
    {
        foreach (float threshold in new[] { 0f, 0.5f })
        {
            ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).MlNode("Binarizer", ["x"], ["y"], ("threshold", threshold)).Output("y").Build(),
                [new[] { 0f, 0.5f, 0.6f, -1, 1, float.PositiveInfinity }], rows: 2);
        }
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).MlNode("Binarizer", ["x"], ["y"]).Output("y"));
    }

    [Fact]
    public void ArrayFeatureExtractorTakesColumns()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 4).Initializer("i", new[] { 3L, 0, 3 }, 3).MlNode("ArrayFeatureExtractor", ["x", "i"], ["y"]).Output("y"));
        ModelParity.Check(new OnnxBuilder().Input("x", "string", N, 2, 3).Initializer("i", new[] { 2L }, 1).MlNode("ArrayFeatureExtractor", ["x", "i"], ["y"]).Output("y", "string"));
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 4).Initializer("i", new[] { 4L }, 1).MlNode("ArrayFeatureExtractor", ["x", "i"], ["y"]).Output("y"), "[0, 3]");
    }

    [Theory]
    [InlineData("string")]
    [InlineData("int64")]
    public void ZipMapNamesItsColumns(string keys)
    {
        object labels = keys == "string" ? new[] { "ape", "bee", "cat" } : new[] { -2L, 5, 10 };
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 3).Node("Softmax", ["x"], ["p"])
            .MlNode("ZipMap", ["p"], ["z"], (keys == "string" ? "classlabels_strings" : "classlabels_int64s", labels)).ZipMapOutput("z", keys));
        string[] expected = keys == "string" ? ["ape", "bee", "cat"] : ["-2", "5", "10"];
        Assert.Equal(expected, graph.Outputs[0].ClassNames);
        Assert.Equal(expected.Select((name, i) => new ModelColumn(name, 0, i)), graph.Columns);
    }

    [Fact]
    public void ZipMapContradictionsAreInvalid()
    {
        OnnxBuilder Of(params (string, object)[] attributes) => new OnnxBuilder().Input("x", "float", N, 2).MlNode("ZipMap", ["x"], ["z"], attributes).ZipMapOutput("z", "string");
        RejectedModel.Invalid(Of(), "classlabels_strings or classlabels_int64s");
        RejectedModel.Invalid(Of(("classlabels_strings", new[] { "a" })), "1 classes need as many scores");
        RejectedModel.Invalid(Of(("classlabels_strings", new[] { "a", "a" })), "listed twice");
    }

    [Fact]
    public void EveryWordOfAMapIsAnInput()
    {
        OnnxBuilder builder = new OnnxBuilder().MapInput("m", "string", "float")
            .MlNode("DictVectorizer", ["m"], ["v"], ("string_vocabulary", new[] { "b", "a" })).MlNode("DictVectorizer", ["m"], ["w"], ("string_vocabulary", new[] { "c", "b" }))
            .Node("Concat", ["v", "w"], ["y"], ("axis", 1)).Output("y");
        ModelGraph graph = Frontend.Models.OnnxModelReader.Read(builder.Build(), "model", null);
        Assert.Equal([("b", "m"), ("a", "m"), ("c", "m")], graph.Inputs.Select(input => (input.Name, input.MapName)));
        Array result = TensorExprInterpreter.Evaluate(graph, [new[] { 1f, 10 }, new[] { 2f, 20 }, new[] { 3f, 30 }], 2)[0];
        Assert.Equal([1f, 2, 3, 1, 10, 20, 30, 10], (float[])result);
        RejectedModel.Unsupported(new OnnxBuilder().MapInput("m", "string", "float").MlNode("CastMap", ["m"], ["y"]).Output("y"), "CastMap");
        RejectedModel.Invalid(new OnnxBuilder().MapInput("m", "string", "float").MlNode("DictVectorizer", ["m"], ["y"]).Output("y"), "vocabulary");
    }

    [Fact]
    public void OneHotEncoderTakesTextsAndNumbers()
    {
        ModelParity.Check(new OnnxBuilder().Input("x", "string", N, 2).MlNode("OneHotEncoder", ["x"], ["y"], ("cats_strings", new[] { "c0", "c3" })).Output("y"), rows: 20);
        ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2).MlNode("OneHotEncoder", ["x"], ["y"], ("cats_int64s", new[] { 1L, 0, -1 }), ("zeros", 1)).Output("y"), rows: 20);
    }
}
