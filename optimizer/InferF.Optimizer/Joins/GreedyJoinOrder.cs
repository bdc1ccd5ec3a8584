namespace InferF.Optimizer.Joins;

/// <summary>
/// Join orders for more tables than <see cref="JoinOrderProgram"/> can take. Greedy operator ordering (Fegaras, "A New Heuristic for Optimizing Large Queries",
/// DEXA 1998): the two parts whose join has the fewest rows are joined, until one is left; a second start joins those whose join is cheapest. Then every subtree is cut into a few parts, and these are ordered
/// exactly, until nothing improves (the second phase of iterative dynamic programming; Kossmann and Stocker, TODS 25(1), 2000).
/// </summary>
internal sealed class GreedyJoinOrder(JoinGraph graph, IJoinCost cost, int driver)
{
    private const int WindowInputs = 8;
    private const int MostPasses = 5;

    /// <summary>A cheap order of all tables of the graph, with the driver at the end of the probe spine.</summary>
    public JoinOrderNode Order()
    {
        JoinOrderNode fewestRows = Improved(Greedy(static join => join.Rows));
        JoinOrderNode leastSeconds = Improved(Greedy(static join => join.Seconds));
        return JoinOrderRules.IsLower(leastSeconds.Seconds, fewestRows.Seconds) ? leastSeconds : fewestRows;
    }

    private JoinOrderNode Improved(JoinOrderNode order)
    {
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

    private JoinOrderNode Greedy(Func<JoinOrderNode, double> criterion)
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
                        && (best is null || criterion(join) < criterion(best) || (criterion(join) == criterion(best) && JoinOrderRules.IsLower(join.Seconds, best.Seconds))))
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
        current = Reorder(current, Window(current, static part => part.Seconds));
        // Along the probe spine: in a star every dimension hangs there.
        return Reorder(current, Window(current, static part => part.SpineJoins));
    }

    private JoinOrderNode Reorder(JoinOrderNode current, JoinOrderNode[] parts)
    {
        int driverPart = Array.FindIndex(parts, part => part.Vertices.Contains(driver));
        JoinOrderNode? ordered = JoinOrderProgram.Order(graph, cost, parts, driverPart);
        return ordered is not null && JoinOrderRules.IsLower(ordered.Seconds, current.Seconds) ? ordered : current;
    }

    // Cuts a tree into parts, always the part that weighs most.
    private static JoinOrderNode[] Window(JoinOrderNode root, Func<JoinOrderNode, double> weight)
    {
        List<JoinOrderNode> parts = [root];
        while (parts.Count < WindowInputs && parts.Where(part => part.Probe is not null).MaxBy(weight) is JoinOrderNode cut)
        {
            parts.Remove(cut);
            parts.AddRange([cut.Probe!, cut.Build!]);
        }
        return [.. parts];
    }
}
