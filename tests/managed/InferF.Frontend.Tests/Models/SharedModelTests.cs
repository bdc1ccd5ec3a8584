using Google.Protobuf;
using InferF.Frontend.Models;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Models of other people.</summary>
public class SharedModelTests
{
    /// <summary>What each file is expected to be refused for; null if it has to run.</summary>
    public static TheoryData<string, string?> Models => new()
    {
        { "LabelEncoder.onnx", "Unsupported operator LabelEncoder" },
        { "cnn_mnist.onnx", "Unsupported operator Conv" },
        { "iris-lr-model.onnx", null },
        { "logreg_iris.onnx", "Unsupported operator ZipMap" },
        { "lr_mnist.onnx", "Unsupported operator ZipMap" },
        { "matmul_1.onnx", "" },
        { "mnist.onnx", "Unsupported operator Conv" },
        { "test_xgb.onnx", null },
    };

    [Theory, MemberData(nameof(Models))]
    public void ModelsOfOtherTools(string file, string? refusal)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder("onnx-models"), file));
        if (refusal is null)
        {
            ModelParity.Check(bytes, rows: 1);
        }
        else
        {
            RejectedModel.With(InferFErrorCode.UnsupportedModel, bytes, null, refusal);
        }
    }

    [Theory]
    [InlineData("logreg_iris.onnx", "label", "probability_tensor_normalized")]
    [InlineData("lr_mnist.onnx", "label", "probabilities")]
    public void ClassifiersWithoutTheirZipMap(string file, params string[] outputs)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Folder("onnx-models"), file)));
        NodeProto zipMap = model.Graph.Node.Single(node => node.OpType == "ZipMap");
        string scores = zipMap.Input[0];
        Assert.True(scores == outputs[1] || outputs[1] == "probabilities", scores);
        ValueInfoProto output = model.Graph.Output.Single(value => value.Name == zipMap.Output[0]);
        output.Name = scores;
        output.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } };
        model.Graph.Node.Remove(zipMap);
        // One of the files declares fewer features than its coefficients have; without a declaration they tell the width.
        model.Graph.Input[0].Type.TensorType.Shape = null;
        ModelParity.Check(model.ToByteArray(), rows: 9);
    }

    /// <summary>
    /// Every conformance case of the ONNX project whose operators InferF has either gives the expected outputs or is refused with a reason.
    /// The cases fix all dimensions; here the first one is opened, which is what a model for rows looks like.
    /// </summary>
    [Fact]
    public void ConformanceCases()
    {
        List<string> ran = [];
        List<string> refused = [];
        foreach (string directory in Directory.GetDirectories(Folder("onnx-node")).Order(StringComparer.Ordinal))
        {
            ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(directory, "model.onnx")));
            string name = Path.GetFileName(directory);
            try
            {
                (OpenBatch(model) is { } opened && Matches(directory, opened) ? ran : refused).Add(name);
            }
            catch (InferFException e)
            {
                Assert.True(e.Code == InferFErrorCode.UnsupportedModel, $"{name}: {e.Code} {e.Message}");
                refused.Add(name);
            }
        }
        TestContext.Current.SendDiagnosticMessage("ran {0}: {1}", ran.Count, string.Join(' ', ran));

        // Raise the figure when operators are added; a fall means that something stopped being recognized.
        Assert.True(ran.Count >= 28, $"ran {ran.Count}: {string.Join(' ', ran)}");
        Assert.Contains("test_gemm_default_zero_bias", refused);
        Assert.Contains("test_softmax_axis_0", refused);
    }

    private static ModelProto? OpenBatch(ModelProto model)
    {
        foreach (TensorShapeProto? shape in model.Graph.Input.Concat(model.Graph.Output).Select(value => value.Type.TensorType?.Shape))
        {
            if (shape is null || shape.Dim.Count == 0)
            {
                return null;
            }
            shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "N" };
        }
        return model;
    }

    private static bool Matches(string directory, ModelProto model)
    {
        ModelGraph graph = OnnxModelReader.Read(model.ToByteArray(), "case", directory);
        var decoder = new TensorDecoder(new ExternalData(null));
        string data = Path.Combine(directory, "test_data_set_0");
        OnnxTensor[] inputs = [.. Enumerable.Range(0, graph.Inputs.Length).Select(i => Load(decoder, data, $"input_{i}.pb"))];
        int rows = inputs[0].Dims[0];
        if (inputs.Any(input => input.Dims[0] != rows))
        {
            return false;
        }
        Array[] actual = TensorExprInterpreter.Evaluate(graph, [.. inputs.Select(input => input.Data)], rows);
        for (int i = 0; i < actual.Length; i++)
        {
            ModelParity.AssertClose($"{directory} {graph.Outputs[i].Name}", Load(decoder, data, $"output_{i}.pb").Data, actual[i]);
        }
        return true;
    }

    private static OnnxTensor Load(TensorDecoder decoder, string directory, string file) =>
        decoder.Decode(TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(directory, file))), file);

    private static string Folder(string name)
    {
        string? folder = SharedData.Find(name);
        Assert.SkipWhen(folder is null, SharedData.Missing);
        return folder!;
    }
}
