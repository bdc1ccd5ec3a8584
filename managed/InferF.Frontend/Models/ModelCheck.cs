using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models;

/// <summary>What a model file contains and how much of it InferF runs.</summary>
/// <param name="Producer">The tool that wrote the file, or an empty string.</param>
/// <param name="Inputs">The graph's inputs, without those that only name initializers.</param>
/// <param name="Outputs">The graph's outputs.</param>
/// <param name="Opsets">The operator sets the file imports.</param>
/// <param name="Nodes">The graph's nodes in file order.</param>
/// <param name="Problems">Why the model cannot be loaded, in the words of the exception; empty if it can.</param>
public sealed record ModelCheck(
    string Producer,
    ImmutableArray<ModelValueCheck> Inputs,
    ImmutableArray<ModelValueCheck> Outputs,
    ImmutableArray<ModelOpset> Opsets,
    ImmutableArray<ModelNodeCheck> Nodes,
    ImmutableArray<string> Problems)
{
    /// <summary>True if the model can be loaded.</summary>
    public bool IsSupported => Problems.IsEmpty;

    /// <summary>Inputs that decide shapes and have to be given as constants before the model can be loaded.</summary>
    public ImmutableArray<string> WantedConstants { get; init; } = [];

    /// <summary>Number of weights.</summary>
    public long Parameters { get; init; }

    /// <summary>The model as it was loaded, or null if it cannot be.</summary>
    public ModelGraph? Graph { get; init; }
}

/// <summary>A graph input or output.</summary>
/// <param name="Name">As in the file.</param>
/// <param name="Type">Element type as the specification spells it, or <c>sequence</c>, <c>map</c>, <c>unknown</c>.</param>
/// <param name="Shape">Declared shape such as <c>[N, 4]</c>, or an empty string if the file declares none.</param>
public sealed record ModelValueCheck(string Name, string Type, string Shape);

/// <summary>An operator set.</summary>
/// <param name="Domain">E.g. <c>ai.onnx</c>.</param>
/// <param name="Version">Its version.</param>
public sealed record ModelOpset(string Domain, long Version);

/// <summary>A node of the graph.</summary>
/// <param name="Name">As in the file; may be empty.</param>
/// <param name="Operator">Operator, e.g. <c>Gemm</c>.</param>
/// <param name="Domain">Domain, e.g. <c>ai.onnx</c>.</param>
/// <param name="Opset">Imported version of the domain, or 0 if the file imports none.</param>
/// <param name="IsSupported">InferF runs this node, or it is not needed for any output.</param>
/// <param name="Reason">Why it is not supported, or a remark; empty for a plain yes.</param>
public sealed record ModelNodeCheck(string Name, string Operator, string Domain, long Opset, bool IsSupported, string Reason)
{
    /// <summary>What expressions that come from the node say of their origin; unique in the model.</summary>
    public string Origin { get; init; } = "";

    /// <summary>ONNX Runtime runs the node.</summary>
    public bool IsResidual { get; init; }
}
