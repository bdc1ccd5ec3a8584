using InferF.Plan.Model;
using InferF.Testing;
using InferF.Verification;

namespace InferF.Tests.Verification;

/// <summary>The reference feeds a file what it declares, whatever its types and shapes, and reads what it gives.</summary>
public sealed class OnnxReferenceTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("inferf-reference-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("int64")]
    [InlineData("int32")]
    [InlineData("int16")]
    [InlineData("int8")]
    [InlineData("uint64")]
    [InlineData("uint32")]
    [InlineData("uint16")]
    [InlineData("uint8")]
    [InlineData("bool")]
    public void EveryIntegerTypePassesThrough(string type) => Assert.Equal([1L, 0, 1, 1], (long[])Identity(type, ElementType.Int64, new[] { 1L, 0, 1, 1 }));

    [Theory]
    [InlineData("float")]
    [InlineData("float16")]
    [InlineData("bfloat16")]
    public void EveryFloatTypePassesThrough(string type) => Assert.Equal([1f, -0.5f, float.PositiveInfinity, 2], (float[])Identity(type, ElementType.Float32, new[] { 1f, -0.5f, float.PositiveInfinity, 2 }));

    [Fact]
    public void DoublesAndTextsPassThrough()
    {
        Assert.Equal([0.1, 0.2], (double[])Identity("double", ElementType.Float64, new[] { 0.1, 0.2 }));
        Assert.Equal(["a", "ü"], (string[])Identity("string", ElementType.String, new[] { "a", "ü" }));
    }

    [Fact]
    public void UnsignedIntegersKeepTheirBits() => Assert.Equal([-1L, 5], (long[])Identity("uint64", ElementType.Int64, new[] { -1L, 5 }));

    [Fact]
    public void AFixedBatchIsFilledUp()
    {
        OnnxBuilder model = new OnnxBuilder().Input("x", "float", 4, 1).Node("Neg", ["x"], ["y"]).Output("y", "float", 4, 1);
        Assert.Equal([-1f, -2, -3, -4, -5, -6], (float[])Run(model, [Input("x", ElementType.Float32, 1, [1])], Width(1), [new[] { 1f, 2, 3, 4, 5, 6 }], 6)[0]);
    }

    [Fact]
    public void AWholeTensorIsOneRow()
    {
        OnnxBuilder model = new OnnxBuilder().Input("x", "float", 2, 2).Node("MatMul", ["x", "x"], ["y"]).Output("y", "float", 2, 2);
        ModelInput whole = Input("x", ElementType.Float32, 4, [2, 2]) with { HasBatchDimension = false };
        // The square of a matrix, twice.
        Assert.Equal([7f, 10, 15, 22, 1, 0, 0, 1], (float[])Run(model, [whole], Width(4), [new[] { 1f, 2, 3, 4, 1, 0, 0, 1 }], 2)[0]);
    }

    [Fact]
    public void ConstantInputsAreFed()
    {
        OnnxBuilder model = new OnnxBuilder().Input("x", "float", OnnxBuilder.Open, 2).Input("factor", "float").Node("Mul", ["x", "factor"], ["y"]).Output("y", "float", OnnxBuilder.Open, 2);
        ModelGraph graph = new("m", [Input("x", ElementType.Float32, 2, [2])], [new ModelOutput("y", Width(2))])
        {
            ConstantInputs = [new ModelConstantInput("factor", "float", [], new[] { 3f })],
        };
        Assert.Equal([3f, 6], (float[])Run(model, graph, [new[] { 1f, 2 }], 1)[0]);
    }

    [Fact]
    public void AnOutputOfNoInputIsEveryRows()
    {
        OnnxBuilder model = new OnnxBuilder().Input("x", "float", OnnxBuilder.Open, 1).Initializer("c", [7f, 8f], 2).Node("Neg", ["x"], ["y"]).Node("Identity", ["c"], ["z"]).Output("z", "float", 2);
        ModelGraph graph = new("m", [Input("x", ElementType.Float32, 1, [1])], [new ModelOutput("z", Width(2)) { HasBatchDimension = false }]);
        Assert.Equal([7f, 8, 7, 8, 7, 8], (float[])Run(model, graph, [new[] { 1f, 2, 3 }], 3)[0]);
    }

    [Fact]
    public void MapsBecomeColumnsByClass()
    {
        OnnxBuilder model = new OnnxBuilder().Input("x", "float", OnnxBuilder.Open, 3)
            .MlNode("ZipMap", ["x"], ["y"], ("classlabels_strings", new[] { "b", "a", "c" })).ZipMapOutput("y", "string");
        ModelGraph graph = new("m", [Input("x", ElementType.Float32, 3, [3])], [new ModelOutput("y", Width(3)) { ClassNames = ["b", "a", "c"] }]);
        Assert.Equal([1f, 2, 3, 4, 5, 6], (float[])Run(model, graph, [new[] { 1f, 2, 3, 4, 5, 6 }], 2)[0]);
    }

    [Theory]
    [InlineData("string")]
    [InlineData("int64")]
    public void WordsBecomeAMapPerRow(string keys)
    {
        object words = keys == "string" ? new[] { "1", "2" } : new long[] { 1, 2 };
        OnnxBuilder model = new OnnxBuilder().MapInput("map", keys, "float")
            .MlNode("DictVectorizer", ["map"], ["y"], (keys == "string" ? "string_vocabulary" : "int64_vocabulary", words)).Output("y", "float", OnnxBuilder.Open, 2);
        ModelInput Word(string word) => Input(word, ElementType.Float32, 1, [1]) with { MapName = "map" };
        Assert.Equal([1f, 4, 2, 5, 3, 6], (float[])Run(model, [Word("1"), Word("2")], Width(2), [new[] { 1f, 2, 3 }, new[] { 4f, 5, 6 }], 3)[0]);
    }

    [Fact]
    public void InputsOfDifferentRanksAreShapedAsDeclared()
    {
        OnnxBuilder model = new OnnxBuilder().Input("a", "float", OnnxBuilder.Open).Input("b", "float", OnnxBuilder.Open, 1, 2)
            .Initializer("axes", [1L, 2], 2).Node("Unsqueeze", ["a", "axes"], ["c"]).Node("Mul", ["b", "c"], ["y"]).Output("y", "float", OnnxBuilder.Open, 1, 2);
        ModelGraph graph = new("m", [Input("a", ElementType.Float32, 1, []), Input("b", ElementType.Float32, 2, [1, 2])], [new ModelOutput("y", Width(2))]);
        Assert.Equal([2f, 4, 9, 12], (float[])Run(model, graph, [new[] { 2f, 3 }, new[] { 1f, 2, 3, 4 }], 2)[0]);
    }

    private Array Identity(string type, ElementType element, Array data)
    {
        OnnxBuilder model = new OnnxBuilder().Input("x", type, OnnxBuilder.Open, 1).Node("Identity", ["x"], ["y"]).Output("y", type, OnnxBuilder.Open, 1);
        return Run(model, [Input("x", element, 1, [1])], new InputExpr(0, element, 1), [data], data.Length)[0];
    }

    private static ModelInput Input(string name, ElementType type, int width, long[] trailing) => new(name, type, width, "") { TrailingShape = [.. trailing] };

    private static InputExpr Width(int width) => new(0, ElementType.Float32, width);

    private Array[] Run(OnnxBuilder model, ModelInput[] inputs, TensorExpr output, Array[] data, int rows) =>
        Run(model, new ModelGraph("m", [.. inputs], [new ModelOutput("y", output)]), data, rows);

    private Array[] Run(OnnxBuilder model, ModelGraph graph, Array[] data, int rows)
    {
        string path = Path.Combine(_directory.FullName, "model.onnx");
        File.WriteAllBytes(path, model.Build());
        using OnnxReference reference = new(path, graph, 1);
        return reference.Run(data, rows);
    }
}
