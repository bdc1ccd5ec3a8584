using System.Collections.Immutable;
using InferF.Frontend.Models;
using InferF.Frontend.Models.Onnx;
using InferF.Plan;
using InferF.Plan.Model;

namespace InferF.Testing;

/// <summary>Where a node test of the ONNX project is run.</summary>
public enum NodeCasePlacement
{
    /// <summary>By InferF's expressions (or computed while the file is loaded).</summary>
    Native,
    /// <summary>At least one node by ONNX Runtime.</summary>
    Residual,
    /// <summary>Refused by name.</summary>
    Unsupported,
}

/// <summary>A recorded tensor.</summary>
/// <param name="Type">Element type in the specification's spelling.</param>
/// <param name="Shape">Dimensions.</param>
/// <param name="Data">float[], double[], long[] or string[].</param>
public sealed record RecordedTensor(string Type, ImmutableArray<int> Shape, Array Data);

/// <summary>A node test of the ONNX project: a model with recorded inputs and outputs, imported as its users would.</summary>
public sealed class OnnxNodeCase
{
    private readonly string _directory;
    private readonly ImmutableArray<string> _inputNames;
    private readonly TensorDecoder _decoder = new(new ExternalData(null));

    private OnnxNodeCase(string directory, ModelProto model)
    {
        (_directory, Name) = (directory, Path.GetFileName(directory)!);
        HashSet<string> initializers = [.. model.Graph.Initializer.Select(tensor => tensor.Name)];
        _inputNames = [.. model.Graph.Input.Select(input => input.Name).Where(name => !initializers.Contains(name))];
        OutputNames = [.. model.Graph.Output.Select(output => output.Name)];
    }

    /// <summary>Name of its folder.</summary>
    public string Name { get; }

    /// <summary>The model file.</summary>
    public string ModelPath => Path.Combine(_directory, "model.onnx");

    /// <summary>The graph's outputs in file order, which is that of the recorded ones.</summary>
    public ImmutableArray<string> OutputNames { get; }

    /// <summary>The imported model, or null if it is refused.</summary>
    public ModelGraph? Graph { get; private set; }

    /// <summary>Where its nodes run.</summary>
    public NodeCasePlacement Placement { get; private set; }

    /// <summary>Why it is refused, in the importer's words.</summary>
    public string Refusal { get; private set; } = "";

    /// <summary>How it was loaded: the recorded values of those inputs for which the importer asked.</summary>
    public ModelOptions Options { get; private set; } = ModelOptions.Default;

    /// <summary>Number of rows of the recorded inputs: their first dimension, or 1 if one row holds them whole.</summary>
    public int Rows { get; private set; } = 1;

    /// <summary>Imports a case, giving it constants as often as the importer asks for some.</summary>
    /// <param name="directory">Folder of the case.</param>
    public static OnnxNodeCase Load(string directory)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(directory, "model.onnx"));
        OnnxNodeCase loaded = new(directory, ModelProto.Parser.ParseFrom(bytes));
        while (true)
        {
            ModelCheck check = OnnxModelReader.Inspect(bytes, directory, loaded.Options);
            loaded.Graph = check.Graph;
            if (check.Graph is not null)
            {
                loaded.Placement = check.Nodes.Any(node => node.IsResidual) ? NodeCasePlacement.Residual : NodeCasePlacement.Native;
                ModelInput? batched = check.Graph.Inputs.FirstOrDefault(input => input.HasBatchDimension);
                loaded.Rows = batched is null ? 1 : loaded.Input(batched.Name).Shape[0];
                return loaded;
            }
            string[] wanted = [.. check.WantedConstants.Where(name => !loaded.Options.Constants.ContainsKey(name))];
            if (wanted.Length == 0)
            {
                (loaded.Placement, loaded.Refusal) = (NodeCasePlacement.Unsupported, string.Join(' ', check.Problems));
                return loaded;
            }
            loaded.Options = new ModelOptions
            {
                Constants = loaded.Options.Constants.Concat(wanted.Select(name => KeyValuePair.Create(name, loaded.Constant(name)))).ToDictionary(),
            };
        }
    }

    /// <summary>A recorded input.</summary>
    public RecordedTensor Input(string name) => Read($"input_{_inputNames.IndexOf(name)}.pb");

    /// <summary>A recorded output.</summary>
    public RecordedTensor Output(string name) => Read($"output_{OutputNames.IndexOf(name)}.pb");

    /// <summary>Compares results with the recorded outputs, as the ONNX project's own runner does: |a − e| ≤ 1e-7 + 1e-3 · |e|.</summary>
    /// <param name="results">By output of <see cref="Graph"/>, all rows.</param>
    /// <returns>The first difference, or null.</returns>
    public string? Difference(IReadOnlyList<Array> results)
    {
        ModelGraph graph = Graph!;
        foreach (ModelEmptyOutput empty in graph.EmptyOutputs)
        {
            RecordedTensor expected = Output(empty.Name);
            if (empty.FileType != expected.Type || !empty.Shape.SequenceEqual(expected.Shape))
            {
                return $"{empty.Name} is {empty.FileType}[{string.Join(", ", empty.Shape)}], expected {expected.Type}[{string.Join(", ", expected.Shape)}]";
            }
        }
        for (int i = 0; i < graph.Outputs.Length; i++)
        {
            ModelOutput output = graph.Outputs[i];
            RecordedTensor expected = Output(output.Name);
            ImmutableArray<int> shape = output.HasBatchDimension ? [Rows, .. output.Shape] : output.Shape;
            if (output.FileType != expected.Type || !shape.SequenceEqual(expected.Shape))
            {
                return $"{output.Name} is {output.FileType}[{string.Join(", ", shape)}], expected {expected.Type}[{string.Join(", ", expected.Shape)}]";
            }
            for (int j = 0; j < expected.Data.Length; j++)
            {
                if (!Matches(results[i].GetValue(j)!, expected.Data.GetValue(j)!))
                {
                    return $"{output.Name}[{j}] is {results[i].GetValue(j)}, expected {expected.Data.GetValue(j)}";
                }
            }
        }
        return null;
    }

    private static bool Matches(object actual, object expected) => (actual, expected) switch
    {
        (float a, float e) => Near(a, e),
        (double a, double e) => Near(a, e),
        _ => actual.Equals(expected),
    };

    private static bool Near(double actual, double expected) => actual.Equals(expected) || Math.Abs(actual - expected) <= 1e-7 + (1e-3 * Math.Abs(expected));

    private ModelConstant Constant(string name)
    {
        RecordedTensor tensor = Input(name);
        return new ModelConstant(tensor.Data, tensor.Shape);
    }

    private RecordedTensor Read(string file)
    {
        TensorProto proto = TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_directory, "test_data_set_0", file)));
        OnnxTensor tensor = _decoder.Decode(proto, file);
        return new RecordedTensor(tensor.Type.Name, tensor.Dims, tensor.Data);
    }
}
