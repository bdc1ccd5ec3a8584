using System.Globalization;
using System.Text;
using InferF.Optimizer.Reporting.Text;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>
/// Plans as Mermaid flowcharts, for Markdown pages and pull requests. Texts are quoted, and all but letters, digits and harmless signs in
/// them are entity codes (https://mermaid.js.org/syntax/flowchart.html, "Special characters that break syntax").
/// </summary>
public static class PlanMermaid
{
    private const int LongestText = 120;
    private const int MostValues = 12;

    // From pale to strong, for nodes that take up to 5, 20, 50 and 100 % of the time; dark text on all of them.
    private static readonly (double Share, string Fill)[] s_heat = [(0.05, "#f4f4f4"), (0.2, "#fdf0c4"), (0.5, "#fcd08a"), (1, "#f7a072")];

    /// <summary>Writes a plan as a flowchart, root on top.</summary>
    /// <param name="plan">The plan.</param>
    public static string Write(ExplainedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        StringBuilder text = new("flowchart TD\n");
        AppendTree(text, PlanView.Of(plan), "n", "  ");
        AppendHeat(text);
        return text.ToString();
    }

    /// <summary>Writes two plans as two subgraphs of one flowchart.</summary>
    /// <param name="first">One plan.</param>
    /// <param name="second">The plan it is compared with.</param>
    public static string Write(ExplainedPlan first, ExplainedPlan second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        StringBuilder text = new("flowchart TD\n");
        foreach ((ExplainedPlan plan, string prefix) in new[] { (first, "a"), (second, "b") })
        {
            PlanView view = PlanView.Of(plan);
            string actual = view.ActualSeconds is double seconds ? $", actual {Figures.Seconds(seconds)}" : "";
            text.Append(CultureInfo.InvariantCulture, $"  subgraph {prefix}[\"{Label($"planner {view.Report.Planner}: estimated {Figures.Seconds(view.EstimatedSeconds)}{actual}")}\"]\n");
            AppendTree(text, view, prefix, "    ");
            text.Append("  end\n");
        }
        AppendHeat(text);
        return text.ToString();
    }

    private static void AppendTree(StringBuilder text, PlanView plan, string prefix, string indent)
    {
        for (int i = plan.Root; i >= 0; i--)
        {
            NodeView node = plan.Nodes[i];
            int heat = Array.FindIndex(s_heat, step => plan.ShareOf(node) <= step.Share);
            text.Append(CultureInfo.InvariantCulture, $"{indent}{prefix}{i}[\"{string.Join("<br/>", Lines(node).Select(Label))}\"]:::heat{heat}\n");
        }
        for (int i = plan.Root; i >= 0; i--)
        {
            var inputs = plan.Nodes[i].Report.Inputs;
            for (int side = 0; side < inputs.Length; side++)
            {
                string label = inputs.Length == 1 ? "" : side == 0 ? "|probe|" : "|build|";
                text.Append(CultureInfo.InvariantCulture, $"{indent}{prefix}{i} ---{label} {prefix}{inputs[side]}\n");
            }
        }
    }

    private static void AppendHeat(StringBuilder text)
    {
        for (int i = 0; i < s_heat.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  classDef heat{i} fill:{s_heat[i].Fill},stroke:#777777,color:#111111\n");
        }
    }

    private static IEnumerable<string> Lines(NodeView node)
    {
        NodeReport report = node.Report;
        yield return $"{report.Kind} #{report.Node}{(report.IsLazy ? ", lazy" : "")}";
        if (report.Description.Length > 0)
        {
            yield return report.Description;
        }
        string rows = node.Actual is ActualCounter counter ? $", actual {Figures.Count(counter.Rows)}" : "";
        yield return $"rows {Figures.Count(report.EstimatedRows)} ({report.EstimatedRowsSource}){rows}";
        if (report.ReferencedRows is double referenced)
        {
            yield return $"referenced {Figures.Count(referenced)} ({report.ReferencedRowsSource})";
        }
        if (node.Cached is string cached)
        {
            yield return $"cached {cached}";
        }
        if (node.TuplesOfRows is string tuples)
        {
            yield return $"tuples {tuples}";
        }
        string seconds = node.ActualSeconds is double actual ? $", actual {Figures.Seconds(actual)}" : "";
        yield return $"time {Figures.Seconds(report.EstimatedSeconds)}{seconds}";
        if (!node.Values.IsEmpty)
        {
            yield return $"work {Figures.Flops(node.Flops)}, {Figures.Bytes(node.Bytes)}";
        }
        foreach (ValueView value in node.Values.Take(MostValues))
        {
            yield return $"{value.Name}, width {value.Report.Width}";
        }
        if (node.Values.Length > MostValues)
        {
            yield return $"and {node.Values.Length - MostValues} more values";
        }
    }

    private static string Label(string text)
    {
        StringBuilder label = new();
        foreach (Rune rune in DisplayText.Cut(DisplayText.Visible(text), LongestText).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is ' ' or ',' or '.' or ':' or '(' or ')' or '+' or '/' or '%' or '_' or '-' or '…')
            {
                label.Append(rune.ToString());
            }
            else
            {
                label.Append(CultureInfo.InvariantCulture, $"#{rune.Value};");
            }
        }
        return label.ToString();
    }
}
