using System.Collections.Immutable;
using InferF.Frontend.Models;
using InferF.Optimizer;
using InferF.Plan.Physical;

namespace InferF;

/// <summary>Where a node of a model file runs.</summary>
public enum NodePlacement
{
    /// <summary>Natively, and at least in part below a join if its input columns come from several tables.</summary>
    Pushable,
    /// <summary>Natively, where all its inputs have met; or while the file is loaded; or it takes no work at all.</summary>
    Native,
    /// <summary>In ONNX Runtime, called from the engine.</summary>
    Residual,
    /// <summary>Nowhere: the model cannot be loaded because of it.</summary>
    Unsupported,
}

/// <summary>A node of a model file and where it runs.</summary>
/// <param name="Name">Its name in the file; of a node without one, its operator and position, e.g. <c>Gemm #3</c>.</param>
/// <param name="Operator">Operator, e.g. <c>Gemm</c>.</param>
/// <param name="Domain">Domain, e.g. <c>ai.onnx</c>.</param>
/// <param name="Placement">Where it runs.</param>
/// <param name="Reason">Why.</param>
public sealed record NodeCoverage(string Name, string Operator, string Domain, NodePlacement Placement, string Reason)
{
    /// <summary>Placement of all nodes of a checked file.</summary>
    internal static ImmutableArray<NodeCoverage> Of(ModelCheck check)
    {
        Dictionary<string, OperatorCoverage> analysed = new(StringComparer.Ordinal);
        if (check.Graph is { Inputs.IsEmpty: false } graph)
        {
            foreach (OperatorCoverage entry in ModelCoverage.Of(graph))
            {
                analysed.TryAdd(entry.Operator, entry);
            }
        }
        return [.. check.Nodes.Select(node => Of(node, analysed.GetValueOrDefault(node.Origin)))];
    }

    private static NodeCoverage Of(ModelNodeCheck node, OperatorCoverage? analysed)
    {
        string name = node.Name.Length > 0 ? node.Name : node.Origin;
        (NodePlacement placement, string reason) = node switch
        {
            { IsSupported: false } => (NodePlacement.Unsupported, node.Reason),
            { IsResidual: true } => (NodePlacement.Residual, node.Reason),
            _ when analysed is not null => (
                analysed.Pushable ? NodePlacement.Pushable : NodePlacement.Native,
                node.Reason.Length > 0 ? $"{node.Reason}. {analysed.Why}" : analysed.Why),
            _ => (NodePlacement.Native, node.Reason.Length > 0 ? node.Reason : "leaves every element as it is"),
        };
        return new NodeCoverage(name, node.Operator, node.Domain, placement, reason);
    }
}
