namespace InferF.Optimizer.Joins;

/// <summary>
/// Join orders for more tables than <see cref="JoinOrderProgram"/> can take. Greedy operator ordering (Fegaras, "A New Heuristic for Optimizing Large Queries",
/// DEXA 1998): the two parts whose join has the fewest rows are joined, until one is left. Then every subtree is cut into a few parts, and these are ordered
/// exactly, until nothing improves (the second phase of iterative dynamic programming; Kossmann and Stocker, TODS 25(1), 2000).
/// </summary>
internal sealed class GreedyJoinOrder(JoinGraph graph, IJoinCost cost, int driver)
{
    private const int WindowInputs = 7;
    private const int MostPasses = 4;

    /// <summary>A cheap order of all tables of the graph, with the driver at the end of the probe spine.</summary>
    public JoinOrderNode Order()
    {
        JoinOrderNode order = Greedy();
        for (int pass = 0; pass < MostPasses; pass++)
        {
            JoinOrderNode improved = Improve(order);
            if (!JoinOrderRules.IsLower(improved.Seconds, order.Seconds))
            {
                break;
            }
            order = improved;
        }
        return order;
    }

    private JoinOrderNode Greedy()
    {
        List<JoinOrderNode> parts = [.. Enumerable.Range(0, graph.Count).Select(vertex => JoinOrderNode.Table(graph, vertex))];
        while (parts.Count > 1)
        {
            JoinOrderNode? best = null;
            for (int i = 0; i < parts.Count; i++)
            {
                for (int j = 0; j < parts.Count; j++)
                {
                    if (i != j && graph.AreConnected(parts[i].Vertices, parts[j].Vertices) && Join(parts[i], parts[j]) is JoinOrderNode join
                        && (best is null || join.Rows < best.Rows || (join.Rows == best.Rows && JoinOrderRules.IsLower(join.Seconds, best.Seconds))))
                    {
                        best = join;
                    }
                }
            }
            // There is one always: a neighbour of the part with the driver is probed by it.
            parts.RemoveAll(part => part.Vertices.IsSubsetOf(best!.Vertices));
            parts.Add(best!);
        }
        return parts[0];
    }

    // Null if the join would hash the driver, or come to hash too many rows.
    private JoinOrderNode? Join(JoinOrderNode probe, JoinOrderNode build)
    {
        if (build.Vertices.Contains(driver))
        {
            return null;
        }
        JoinOrderNode join = JoinOrderNode.Join(graph, cost, probe, build);
        return probe.Vertices.Contains(driver) || JoinOrderRules.MayBeHashed(join.Rows, graph.LargestTable(join.Vertices), join.Vertices.Count) ? join : null;
    }

    private JoinOrderNode Improve(JoinOrderNode node)
    {
        if (node.Probe is null || node.Build is null)
        {
            return node;
        }
        JoinOrderNode current = JoinOrderNode.Join(graph, cost, Improve(node.Probe), Improve(node.Build));
        JoinOrderNode[] parts = Window(current);
        int driverPart = Array.FindIndex(parts, part => part.Vertices.Contains(driver));
        JoinOrderNode? ordered = JoinOrderProgram.Order(graph, cost, parts, driverPart);
        return ordered is not null && JoinOrderRules.IsLower(ordered.Seconds, current.Seconds) ? ordered : current;
    }

    // Cuts a tree into parts, always the most expensive part first.
    private static JoinOrderNode[] Window(JoinOrderNode root)
    {
        List<JoinOrderNode> parts = [root];
        while (parts.Count < WindowInputs && parts.Where(part => part.Probe is not null).MaxBy(part => part.Seconds) is JoinOrderNode cut)
        {
            parts.Remove(cut);
            parts.AddRange([cut.Probe!, cut.Build!]);
        }
        return [.. parts];
    }
}
