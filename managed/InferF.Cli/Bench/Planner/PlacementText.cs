using InferF.Plan.Physical;

namespace InferF.Cli.Bench.Planner;

/// <summary>A placement in one line: what is computed below the last join, node by node; <c>lazily</c> for referenced rows only.</summary>
internal static class PlacementText
{
    /// <summary>The text, e.g. <c>t1: Sum fc1 | t2⋈t3: Sum fc1</c>; <c>nothing pushed</c> if the whole model runs above the joins.</summary>
    /// <param name="plan">The plan.</param>
    public static string Of(PhysicalPlan plan)
    {
        PlacementReport report = plan.Report;
        int root = report.Nodes.LastOrDefault(node => node.Values.Length > 0)?.Node ?? -1;
        string[] pushed =
        [
            .. report.Nodes
                .Where(node => node.Node != root && node.Values.Length > 0)
                .Select(node => (Node: node, Values: node.Values.Where(value => value.Operator is not ("LoadColumns" or "Concat" or "Slice")).ToArray()))
                .Where(entry => entry.Values.Length > 0)
                .Select(entry => $"{Tables(plan, entry.Node.Node)}{(plan.Fragment.LazyNodes.Contains((uint)entry.Node.Node) ? " lazily" : "")}: {string.Join(" + ", entry.Values.Select(value => value.Label))}"),
        ];
        return pushed.Length == 0 ? "nothing pushed" : string.Join(" | ", pushed);
    }

    private static string Tables(PhysicalPlan plan, int node)
    {
        NodeReport report = plan.Report.Nodes[node];
        return report.Inputs.IsEmpty
            ? plan.Query.Tables[(int)plan.Fragment.Nodes[node].Scan.Table].Alias
            : string.Join("⋈", report.Inputs.Select(input => Tables(plan, input)));
    }
}
