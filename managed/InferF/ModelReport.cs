using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using InferF.Frontend.Models;

namespace InferF;

/// <summary>What a model file contains and which of its operators InferF runs.</summary>
public sealed class ModelReport
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private ModelReport(string path, ModelCheck check) => (Path, Check) = (path, check);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What was found.</summary>
    public ModelCheck Check { get; }

    /// <summary>True if the model can be loaded.</summary>
    public bool Supported => Check.IsSupported;

    /// <summary>Reads a file without failing on operators that are not supported.</summary>
    /// <param name="path">A model file of any format.</param>
    /// <exception cref="InferFException">The file cannot be read or is broken.</exception>
    public static ModelReport Inspect(string path) => new(path, ModelReader.Inspect(path));

    /// <summary>One line of JSON: path, supported, producer, inputs, outputs, opsets, nodes, problems.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new { Path, Supported, Check.Producer, Check.Inputs, Check.Outputs, Check.Opsets, Check.Nodes, Check.Problems }, s_json);

    /// <summary>A page for people.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Path}: {(Supported ? "supported" : "NOT supported")}{(Check.Producer.Length > 0 ? $", written by {Check.Producer}" : "")}");
        text.AppendLine(CultureInfo.InvariantCulture, $"opsets   {string.Join(", ", Check.Opsets.Select(o => $"{o.Domain} {o.Version}"))}");
        AppendValues(text, "inputs", Check.Inputs);
        AppendValues(text, "outputs", Check.Outputs);
        text.AppendLine("operators");
        foreach (ModelNodeCheck node in Check.Nodes)
        {
            string reason = node.Reason.Length > 0 ? $"  {node.Reason}" : "";
            text.AppendLine($"  {(node.IsSupported ? "ok " : "NO ")} {node.Operator,-24} {node.Name,-24}{reason}".TrimEnd());
        }
        foreach (string problem in Check.Problems)
        {
            text.AppendLine(problem);
        }
        return text.ToString().TrimEnd();
    }

    private static void AppendValues(StringBuilder text, string title, ImmutableArray<ModelValueCheck> values)
    {
        text.AppendLine(title);
        foreach (ModelValueCheck value in values)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {value.Name}: {value.Type}{value.Shape}");
        }
    }
}
