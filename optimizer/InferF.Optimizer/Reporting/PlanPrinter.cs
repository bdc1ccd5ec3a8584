using System.Globalization;
using System.Text;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>A plan as text for people: the join tree from the root down, with the model values computed at each node.</summary>
public static class PlanPrinter
{
    /// <summary>Prints a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actuals">Counters of a run of it, or null.</param>
    /// <returns>Lines separated by <c>\n</c>, the last one ended by it, too.</returns>
    public static string Print(PhysicalPlan plan, IReadOnlyList<ActualCounter>? actuals = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Dictionary<(ActualKind, int), ActualCounter> counters = (actuals ?? []).GroupBy(a => (a.Kind, a.Id)).ToDictionary(g => g.Key, g => g.Last());
        StringBuilder text = new();
        PlacementReport report = plan.Report;
        string requested = report.Requested == report.Planner ? "" : $" (requested: {report.Requested})";
        text.Append(CultureInfo.InvariantCulture, $"planner {report.Planner}{requested}: {report.Reason}\n");
        if (report.EstimatedSeconds.Count > 1)
        {
            text.Append("estimated  ")
                .AppendJoin("  ", report.EstimatedSeconds.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value:0.###e0} s")))
                .Append('\n');
        }
        text.Append('\n');
        Stack<(int Node, int Depth)> pending = new([(report.Nodes.Length - 1, 0)]);
        while (pending.TryPop(out (int Node, int Depth) next))
        {
            NodeReport node = report.Nodes[next.Node];
            AppendNode(text, node, new string(' ', 2 * next.Depth), counters);
            foreach (int input in node.Inputs.Reverse())
            {
                pending.Push((input, next.Depth + 1));
            }
        }
        return text.ToString();
    }

    private static void AppendNode(StringBuilder text, NodeReport node, string indent, Dictionary<(ActualKind, int), ActualCounter> counters)
    {
        text.Append(CultureInfo.InvariantCulture, $"{indent}{node.Kind} {node.Description}  [{Count(node.EstimatedRows)} rows, {node.EstimatedRowsSource}]");
        AppendActual(text, counters, ActualKind.Node, node.Node);
        foreach (ValueReport value in node.Values)
        {
            text.Append(CultureInfo.InvariantCulture, $"{indent}  . v{value.Value} {value.Operator} {value.Label}  width {value.Width}, {Count(value.Flops)} flop, {Count(value.Bytes)} B");
            AppendActual(text, counters, ActualKind.Value, value.Value);
        }
    }

    private static void AppendActual(StringBuilder text, Dictionary<(ActualKind, int), ActualCounter> counters, ActualKind kind, int id)
    {
        if (counters.TryGetValue((kind, id), out ActualCounter actual))
        {
            text.Append(CultureInfo.InvariantCulture, $"  actual: {actual.Rows} rows, {actual.Milliseconds:0.###} ms");
            if (kind == ActualKind.Value)
            {
                text.Append(CultureInfo.InvariantCulture, $", {Count(actual.Flops)} flop, {Count(actual.Bytes)} B");
            }
        }
        text.Append('\n');
    }

    private static string Count(double number)
    {
        (double divisor, string suffix) = Math.Abs(number) switch
        {
            >= 1e12 => (1e12, "T"),
            >= 1e9 => (1e9, "G"),
            >= 1e6 => (1e6, "M"),
            >= 1e4 => (1e3, "k"),
            _ => (1, ""),
        };
        return (number / divisor).ToString(divisor == 1 ? "0" : "0.##", CultureInfo.InvariantCulture) + suffix;
    }
}
