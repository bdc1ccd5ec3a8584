using System.Globalization;
using System.Text;
using InferF.Testing;

namespace InferF.Conformance.Tests;

/// <summary>The committed table of docs/CONFORMANCE.md: which cases run where.</summary>
internal static class ConformanceReport
{
    /// <summary>Writes the table.</summary>
    public static string Write(IReadOnlyCollection<OnnxNodeCase> cases)
    {
        StringBuilder text = new();
        text.AppendLine("# Conformance: the node tests of the ONNX project");
        text.AppendLine();
        text.AppendLine("Every case of `shared/data/onnx-node` is loaded, scored by the engine in a query and compared with its recorded outputs (shape, type, values within");
        text.AppendLine("1e-7 + 1e-3·|expected|; integers and text exactly). Inputs that decide shapes are given as constants when the model is loaded. The table is written");
        text.AppendLine("by `tests/conformance` with INFERF_UPDATE=1; without it the test fails if the table is not what it finds.");
        text.AppendLine();
        text.AppendLine("| placement | cases |");
        text.AppendLine("|---|---|");
        foreach (NodeCasePlacement placement in Enum.GetValues<NodeCasePlacement>())
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Name(placement)} | {cases.Count(test => test.Placement == placement)} |");
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"| all | {cases.Count} |");
        text.AppendLine();
        text.AppendLine("## Unsupported");
        text.AppendLine("| case | reason |");
        text.AppendLine("|---|---|");
        foreach (OnnxNodeCase test in cases.Where(test => test.Placement == NodeCasePlacement.Unsupported))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {test.Name} | {Reason(test.Refusal)} |");
        }
        foreach (NodeCasePlacement placement in new[] { NodeCasePlacement.Residual, NodeCasePlacement.Native })
        {
            text.AppendLine();
            text.AppendLine(CultureInfo.InvariantCulture, $"## {char.ToUpperInvariant(Name(placement)[0])}{Name(placement)[1..]}");
            text.AppendLine(string.Join(", ", cases.Where(test => test.Placement == placement).Select(test => test.Name.Replace("test_", "", StringComparison.Ordinal))));
        }
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Name(NodeCasePlacement placement) => placement switch
    {
        NodeCasePlacement.Native => "native",
        NodeCasePlacement.Residual => "residual",
        _ => "unsupported",
    };

    // What ONNX Runtime says is about its own build; that it refuses is enough.
    private static string Reason(string refusal)
    {
        int details = refusal.IndexOf("ONNX Runtime refuses it (", StringComparison.Ordinal);
        return (details < 0 ? refusal : refusal[..(details + "ONNX Runtime refuses it".Length)]).Replace("|", "\\|", StringComparison.Ordinal);
    }
}
