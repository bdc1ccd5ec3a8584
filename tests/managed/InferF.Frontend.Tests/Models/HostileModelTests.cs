using Google.Protobuf;
using InferF.Frontend.Models;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class HostileModelTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void EmptyAndForeignBytes()
    {
        RejectedModel.With(InferFErrorCode.InvalidModel, [], null, "empty");
        RejectedModel.With(InferFErrorCode.InvalidModel, "this is no model"u8.ToArray(), null, "not an ONNX model");
        RejectedModel.With(InferFErrorCode.InvalidModel, new byte[1000], null, "not an ONNX model");
        RejectedModel.With(InferFErrorCode.InvalidModel, [0x08, 0x07], null, "no graph");
    }

    /// <summary>Cut and flipped bytes give a model or an InferFException, never anything else.</summary>
    [Fact]
    public void DamagedBytesGiveTypedErrors()
    {
        byte[] good = new OnnxBuilder().Input("x", "float", N, 4).Initializer("w", new float[12], 4, 3).Initializer("s", [0L, 3L], 2)
            .MlNode("Scaler", ["x"], ["a"], ("offset", new float[4]), ("scale", new float[4]))
            .Node("Gemm", ["a", "w"], ["b"], ("alpha", 2f)).Node("Reshape", ["b", "s"], ["c"]).Node("Softmax", ["c"], ["y"], ("axis", 1))
            .MlNode("OneHotEncoder", ["x"], ["z"], ("cats_int64s", new[] { 1L, 2L })).Output("y").Output("z").Build();
        for (int length = 0; length < good.Length; length++)
        {
            ReadsOrRefuses(good[..length]);
        }
        var random = new Random(5);
        for (int i = 0; i < 4000; i++)
        {
            byte[] bad = (byte[])good.Clone();
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }
            ReadsOrRefuses(bad);
        }

        static void ReadsOrRefuses(byte[] bytes)
        {
            try
            {
                OnnxModelReader.Read(bytes, "model", null);
            }
            catch (InferFException e) when (e.Code is InferFErrorCode.InvalidModel or InferFErrorCode.UnsupportedModel or InferFErrorCode.Source)
            {
            }
        }
    }

    [Fact]
    public void DeeplyNestedTypesAreRefusedByTheParser()
    {
        var type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } };
        for (int i = 0; i < 5000; i++)
        {
            type = new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = type } };
        }
        OnnxBuilder builder = Relu();
        builder.Model.Graph.Input[0].Type = type;
        RejectedModel.Invalid(builder, "not an ONNX model");
    }

    [Fact]
    public void Cycles()
    {
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Add", ["x", "b"], ["a"]).Node("Relu", ["a"], ["b"]).Output("b"), "cycle");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Relu", ["a"], ["a"]).Output("a"), "cycle");
    }

    [Fact]
    public void LongChainsAreRefusedAndDoNotOverflowTheStack()
    {
        OnnxBuilder Chain(int length)
        {
            OnnxBuilder builder = new OnnxBuilder().Input("v0", "float", N, 1);
            for (int i = 0; i < length; i++)
            {
                builder.Node("Relu", [$"v{i}"], [$"v{i + 1}"]);
            }
            return builder.Output($"v{length}");
        }
        RejectedModel.Unsupported(Chain(50_000), "chain of more than 2000 operators");
        ModelParity.Check(Chain(500));
    }

    [Fact]
    public void UndefinedAndDoublyDefinedNames()
    {
        RejectedModel.Invalid(new OnnxBuilder().Input("age", "float", N, 1).Node("Relu", ["agee"], ["y"]).Output("y"), "never defined", "'agee'", "Did you mean 'age'?");
        RejectedModel.Invalid(Relu().Output("z"), "graph output 'z'");
        RejectedModel.Invalid(Relu().Output("y"), "distinct names", "'y'");
        RejectedModel.Invalid(Relu().Node("Tanh", ["x"], ["y"]), "defined twice");
        RejectedModel.Invalid(Relu().Node("Tanh", ["x"], ["x"]), "defined twice");
        RejectedModel.Invalid(Relu().Input("x", "float", N, 1), "distinct names", "'x'");
        RejectedModel.Invalid(Relu().Initializer("w", [1f], 1).Initializer("w", [1f], 1), "distinct names", "'w'");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Relu", ["x"], ["y"]), "at least one output");
    }

    [Fact]
    public void NodesInAnyOrderAreSorted() => ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2)
        .Node("Relu", ["a"], ["y"]).Node("Tanh", ["x"], ["a"]).Output("y"));

    [Fact]
    public void InputDeclarations()
    {
        RejectedModel.Invalid(Relu(N, -5), "negative");
        RejectedModel.Invalid(Relu(N, 1L << 40), "too many elements");
        RejectedModel.Invalid(Relu(N, 1 << 20, 1 << 20), "too many elements");
        RejectedModel.Invalid(Relu([.. Enumerable.Repeat(1L, 40)]), "more than 16 dimensions");
        RejectedModel.Unsupported(new OnnxBuilder().Input("a", "float", 3, 4).Input("b", "float", N, 4).Node("Add", ["a", "b"], ["y"]).Output("y"), "must count rows", "[3, 4]");
        RejectedModel.Unsupported(Relu(N, OnnxBuilder.Open), "number of features of an input is unknown", "'x'");
        RejectedModel.Unsupported(Relu(N, 2, OnnxBuilder.Open), "number of features of an input is unknown");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "complex64", N, 1).Node("Relu", ["x"], ["y"]).Output("y"), "input type complex64");
        OnnxBuilder untyped = Relu();
        untyped.Model.Graph.Input[0].Type = null;
        RejectedModel.Invalid(untyped, "no type");
        OnnxBuilder sequence = Relu();
        sequence.Model.Graph.Input[0].Type = new TypeProto { SequenceType = new TypeProto.Types.Sequence() };
        RejectedModel.Unsupported(sequence, "no tensor", "sequence");
        foreach (long batch in new[] { N, 0, 1 })
        {
            Assert.Equal(2, OnnxModelReader.Read(Relu(batch, 2).Build(), "model", null).Inputs[0].Width);
        }
    }

    [Fact]
    public void InitializersOfOldFilesAreNoInputs()
    {
        OnnxBuilder builder = new OnnxBuilder(opset: 7).Input("x", "float", N, 2).Input("w", "float", 2, 1).Initializer("w", [1f, 2f], 2, 1)
            .Node("MatMul", ["x", "w"], ["y"]).Output("y");
        builder.Model.IrVersion = 3;
        Assert.Equal("x", Assert.Single(ModelParity.Check(builder).Inputs).Name);
    }

    [Fact]
    public void TensorsThatContradictThemselves()
    {
        RejectedModel.Invalid(WithTensor(t => t.Dims[0] = 3), "do not fit its shape", "expected 12 bytes, found 8");
        RejectedModel.Invalid(WithTensor(t => t.Dims[0] = -2), "negative");
        RejectedModel.Invalid(WithTensor(t => t.Dims[0] = long.MaxValue), "too large");
        RejectedModel.Invalid(WithTensor(t => t.Dims.AddRange([int.MaxValue, int.MaxValue, int.MaxValue])), "exceed");
        RejectedModel.Invalid(WithTensor(t => t.Dims[0] = 600_000_000), "exceed");
        RejectedModel.Invalid(WithTensor(t => t.Dims.AddRange(Enumerable.Repeat(1L, 20))), "more than 16 dimensions");
        RejectedModel.Invalid(WithTensor(t => t.DataType = 0), "no element type");
        RejectedModel.Unsupported(WithTensor(t => t.DataType = 14), "element type complex64");
        RejectedModel.Unsupported(WithTensor(t => t.DataType = 777), "number 777");
        RejectedModel.Invalid(WithTensor(t => t.FloatData.Add(1)), "several fields");
        RejectedModel.Invalid(WithTensor(t => (t.RawData, t.DataType) = (ByteString.Empty, 8)), "expected 2 elements, found 0");
        RejectedModel.Invalid(WithTensor(t => t.DataType = 8), "string tensor cannot have raw data");
        RejectedModel.Unsupported(WithTensor(t => t.Segment = new TensorProto.Types.Segment { End = 2 }), "segments");
        RejectedModel.Invalid(WithTensor(t =>
        {
            (t.RawData, t.DataType) = (ByteString.Empty, 3);
            t.Int32Data.AddRange([1, 300]);
        }), "does not fit its type", "300");
        RejectedModel.Invalid(WithTensor(t => (t.RawData, t.DataType) = (ByteString.CopyFrom(0, 7), 9)), "does not fit its type");
        RejectedModel.Invalid(WithTensor(t =>
        {
            (t.RawData, t.DataType) = (ByteString.Empty, 8);
            t.StringData.AddRange([ByteString.CopyFrom(0xff, 0xfe), ByteString.Empty]);
        }), "UTF-8");
    }

    [Fact]
    public void AttributesThatContradictTheirOperator()
    {
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Softmax", ["x"], ["y"], ("axis", 1f)).Output("y"), "wrong type", "'axis'");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Softmax", ["x"], ["y"], ("axis", 1), ("axis", 1)).Output("y"), "twice");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Relu", [], ["y"]).Output("y"), "input 0 is missing");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Node("Cast", ["x"], ["y"]).Output("y"), "'to' is missing");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(29)]
    public void OpsetsOutsideOfTheRangeAreUnsupported(int opset) =>
        RejectedModel.Unsupported(new OnnxBuilder(opset).Input("x", "float", N, 1).Node("Relu", ["x"], ["y"]).Output("y"), "opsets 1 to 28", $"opset {opset}");

    [Fact]
    public void MissingAndDoubleOpsetImports()
    {
        RejectedModel.Invalid(new OnnxBuilder(mlOpset: 0).Input("x", "float", N, 1).MlNode("Normalizer", ["x"], ["y"]).Output("y"), "does not import", "ai.onnx.ml");
        OnnxBuilder twice = Relu();
        twice.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 9 });
        RejectedModel.Invalid(twice, "imported twice");
        OnnxBuilder none = Relu();
        none.Model.OpsetImport.Clear();
        RejectedModel.Invalid(none, "imports no operator set");
    }

    [Fact]
    public void OutputsMayBeConstants()
    {
        ModelGraph graph = OnnxModelReader.Read(Relu().Initializer("c", [1f, 2f], 2).Output("c").Build(), "model", null);
        Assert.Equal([1f, 2f], Assert.IsType<ConstantExpr>(graph.Outputs[1].Expression).Tensor.Float32.ToArray());
        Assert.False(graph.Outputs[1].HasBatchDimension);
    }

    [Fact]
    public void RowsCannotGrowWithoutBound()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("v0", "float", N, 1);
        for (int i = 0; i < 60; i++)
        {
            builder.Node("Concat", [$"v{i}", $"v{i}"], [$"v{i + 1}"], ("axis", 1));
        }
        RejectedModel.Invalid(builder.Output("v60"), "elements");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 1).Initializer("a", new float[100_000], 100_000, 1)
            .Initializer("b", new float[100_000], 1, 100_000).Node("Add", ["a", "b"], ["c"]).Node("Add", ["x", "c"], ["y"]).Output("y"), "exceed");
    }

    private static OnnxBuilder Relu(params long[] dims) =>
        new OnnxBuilder().Input("x", "float", dims).Node("Relu", ["x"], ["y"]).Output("y");

    private static OnnxBuilder Relu() => Relu(N, 1);

    private static OnnxBuilder WithTensor(Action<TensorProto> change)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", "float", N, 2).Initializer("c", [1f, 2f], 2).Node("Add", ["x", "c"], ["y"]).Output("y");
        change(builder.Model.Graph.Initializer[0]);
        return builder;
    }
}
