using Google.Protobuf;
using InferF.Frontend.Models;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Models of other people.</summary>
public class SharedModelTests
{
    [Theory]
    [InlineData("LabelEncoder.onnx")]
    [InlineData("cnn_mnist.onnx")]
    [InlineData("iris-lr-model.onnx")]
    [InlineData("matmul_1.onnx", 3)]
    [InlineData("mnist.onnx")]
    [InlineData("test_xgb.onnx")]
    public void ModelsOfOtherTools(string file, int rows = 1) => ModelParity.Check(File.ReadAllBytes(Path.Combine(Folder("onnx-models"), file)), rows);

    [Theory]
    [InlineData("logreg_iris.onnx", "label", "probability_tensor_normalized")]
    [InlineData("lr_mnist.onnx", "label", "probabilities")]
    public void ClassifiersWithoutTheirZipMap(string file, params string[] outputs)
    {
        ModelProto model = WithoutZipMap(file, outputs);
        // One of the files declares fewer features than its coefficients have; without a declaration they tell the width.
        model.Graph.Input[0].Type.TensorType.Shape = null;
        ModelParity.Check(model.ToByteArray(), rows: 9);
    }

    /// <summary>The file declares three rows of two features and has coefficients for four: ONNX Runtime uses the first of them.</summary>
    [Fact]
    public void ClassifierWithMoreCoefficientsThanFeatures() =>
        ModelParity.Check(WithoutZipMap("logreg_iris.onnx", ["label", "probability_tensor_normalized"]).ToByteArray(), rows: 3);

    private static ModelProto WithoutZipMap(string file, string[] outputs)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(Folder("onnx-models"), file)));
        NodeProto zipMap = model.Graph.Node.Single(node => node.OpType == "ZipMap");
        string scores = zipMap.Input[0];
        Assert.True(scores == outputs[1] || outputs[1] == "probabilities", scores);
        ValueInfoProto output = model.Graph.Output.Single(value => value.Name == zipMap.Output[0]);
        output.Name = scores;
        output.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } };
        model.Graph.Node.Remove(zipMap);
        return model;
    }

    /// <summary>
    /// Every conformance case of the ONNX project either gives the recorded outputs, by interpreting its expressions, or is refused with a reason.
    /// The native engine's results are compared by the conformance tests.
    /// </summary>
    [Fact]
    public void ConformanceCases()
    {
        List<string> refused = [];
        List<string> wrong = [];
        Dictionary<NodeCasePlacement, int> counts = [];
        foreach (string directory in Directory.GetDirectories(Folder("onnx-node")).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(directory);
            try
            {
                OnnxNodeCase test = OnnxNodeCase.Load(directory);
                counts[test.Placement] = counts.GetValueOrDefault(test.Placement) + 1;
                if (test.Graph is null)
                {
                    refused.Add($"{name}: {test.Refusal}");
                    continue;
                }
                Array[] results = TensorExprInterpreter.Evaluate(test.Graph, [.. test.Graph.Inputs.Select(input => test.Input(input.Name).Data)], test.Rows);
                if (test.Difference(results) is { } difference)
                {
                    wrong.Add($"{name} ({test.Placement}): {difference}");
                }
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                wrong.Add($"{name}: {e.GetType().Name} {e.Message} {e.StackTrace?.Split('\n')[0]}");
            }
        }
        string summary = string.Join(", ", counts.Select(pair => $"{pair.Key} {pair.Value}"));
        TestContext.Current.SendDiagnosticMessage("{0}. Refused: {1}", summary, string.Join('\n', refused));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static string Folder(string name)
    {
        string? folder = SharedData.Find(name);
        Assert.SkipWhen(folder is null, SharedData.Missing);
        return folder!;
    }
}
