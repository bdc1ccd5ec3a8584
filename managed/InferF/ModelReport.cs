using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using InferF.Frontend.Models;
using InferF.Optimizer;

namespace InferF;

/// <summary>What a model file contains and which of its operators InferF runs.</summary>
public sealed class ModelReport
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private ModelReport(string path, ModelCheck check) => (Path, Check, Coverage) = (path, check, NodeCoverage.Of(check));

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What was found.</summary>
    public ModelCheck Check { get; }

    /// <summary>Where each node of the file runs, and why, in file order.</summary>
    public ImmutableArray<NodeCoverage> Coverage { get; }

    /// <summary>Floating-point operations of one row if the whole model is computed for it; 0 if the model cannot be loaded.</summary>
    public double FlopsPerRow => Check.Graph is null ? 0 : ModelCoverage.FlopsPerRow(Check.Graph);

    /// <summary>True if the model can be loaded.</summary>
    public bool Supported => Check.IsSupported;

    /// <summary>Reads a file without failing on operators that are not supported.</summary>
    /// <param name="path">A model file.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelReport Inspect(string path) => Inspect(path, ModelOptions.Default);

    /// <summary>Reads a file without failing on operators that are not supported.</summary>
    /// <param name="path">A model file.</param>
    /// <param name="options">How it would be loaded.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelReport Inspect(string path, ModelOptions options) => new(path, ModelReader.Inspect(path, options));

    /// <summary>One line of JSON: nodes (name, op, domain, placement, reason), inputs, outputs, opsets, parameters, flopsPerRow, path, supported, producer, problems.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            Nodes = Coverage.Select(node => new { node.Name, Op = node.Operator, node.Domain, Placement = PlacementText(node.Placement), node.Reason }),
            Check.Inputs,
            Check.Outputs,
            Check.Opsets,
            Check.Parameters,
            FlopsPerRow,
            Path,
            Supported,
            Check.Producer,
            Check.Problems,
        },
        s_json);

    /// <summary>A page for people.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Path}: {(Supported ? "supported" : "NOT supported")}{(Check.Producer.Length > 0 ? $", written by {Check.Producer}" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"opsets   {string.Join(", ", Check.Opsets.Select(o => $"{o.Domain} {o.Version}"))}");
        AppendValues(text, "inputs", Check.Inputs);
        AppendValues(text, "outputs", Check.Outputs);
        text.AppendLine("operators");
        foreach (NodeCoverage node in Coverage)
        {
            text.AppendLine($"  {PlacementText(node.Placement),-11} {node.Operator,-24} {node.Name,-24}  {node.Reason}".TrimEnd());
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"weights  {Check.Parameters}");
        text.AppendLine(CultureInfo.InvariantCulture, $"flops    {FlopsPerRow:0} per row");
        foreach (string problem in Check.Problems)
        {
            text.AppendLine(problem);
        }
        return text.ToString().TrimEnd();
    }

    private static string PlacementText(NodePlacement placement) => placement switch
    {
        NodePlacement.Pushable => "pushable",
        NodePlacement.Native => "native",
        NodePlacement.Residual => "residual",
        _ => "unsupported",
    };

    private static void AppendValues(StringBuilder text, string title, ImmutableArray<ModelValueCheck> values)
    {
        text.AppendLine(title);
        foreach (ModelValueCheck value in values)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {value.Name}: {value.Type}{value.Shape}");
        }
    }
}
