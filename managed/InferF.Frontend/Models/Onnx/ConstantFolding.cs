using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Computes nodes that read only constants while the file is imported, by ONNX Runtime.</summary>
internal static class ConstantFolding
{
    private const int MaxElements = int.MaxValue / 8;

    /// <summary>The outputs of a node.</summary>
    /// <param name="file">The model it is from.</param>
    /// <param name="node">The node.</param>
    /// <param name="inputs">What it reads, by name.</param>
    /// <param name="decoder">Counts the memory.</param>
    /// <exception cref="UnsupportedNodeException">ONNX Runtime does not compute it, or nobody knows how large its result is.</exception>
    public static ImmutableArray<OnnxValue?> Compute(ModelProto file, NodeProto node, IReadOnlyDictionary<string, OnnxTensor> inputs, TensorDecoder decoder)
    {
        if (ResidualRules.Refusal(node) is { } reason)
        {
            throw new UnsupportedNodeException(reason, Refusal.Final);
        }
        var builder = new SubmodelBuilder(file, RowLayout.Whole, isBatched: false);
        foreach ((string name, OnnxTensor tensor) in inputs)
        {
            builder.AddInput(name, new ConstantValue(tensor));
        }
        builder.AddNode(node);
        string[] names = [.. node.Output.Where(name => name.Length > 0)];
        foreach (string name in names)
        {
            builder.AddRawOutput(name);
        }
        using OnnxProbe probe = OnnxProbe.Open(builder.Model);
        foreach (string name in names)
        {
            (_, int[]? dims) = probe.Output(name);
            bool isKnown = dims is not null && !dims.Contains(-1);
            // An unknown rank looks like a scalar; both are only trusted where a result cannot outgrow its inputs.
            if (!isKnown && dims is not null && !ResidualRules.ShapeDependsOnData(node))
            {
                throw new UnsupportedNodeException("the size of its result is unknown before it is computed", Refusal.Final);
            }
            if (isKnown && OnnxTensor.Product(dims!.Select(dim => (long)dim)) is < 0 or > MaxElements)
            {
                throw new UnsupportedNodeException($"its result is too large: {ShapeText.Of(dims!)}", Refusal.Final);
            }
        }
        using IDisposableReadOnlyCollection<OrtValue> results = probe.Run(new Dictionary<string, OrtValue>(), names);
        Dictionary<string, OnnxTensor> tensors = names.Zip(results, (name, value) => (name, OnnxProbe.Read(value, name, decoder))).ToDictionary(pair => pair.name, pair => pair.Item2, StringComparer.Ordinal);
        return [.. node.Output.Select(name => name.Length == 0 ? null : (OnnxValue)new ConstantValue(tensors[name]))];
    }
}
