using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Tests.Joins;

/// <summary>Every join order of a graph that the rules allow: the oracle of the programmes that search them.</summary>
internal static class TreeEnumeration
{
    public static List<JoinOrderNode> Orders(JoinGraph graph, IJoinCost cost) => Orders(graph, cost, graph.All, []);

    private static List<JoinOrderNode> Orders(JoinGraph graph, IJoinCost cost, TableSet set, Dictionary<TableSet, List<JoinOrderNode>> known)
    {
        if (known.TryGetValue(set, out List<JoinOrderNode>? orders))
        {
            return orders;
        }
        orders = set.Count == 1 ? [JoinOrderNode.Table(graph, set.Tables().First())] : [];
        for (ulong probe = (set.Bits - 1) & set.Bits; probe != 0; probe = (probe - 1) & set.Bits)
        {
            TableSet left = new(probe);
            TableSet right = set - left;
            if (graph.IsConnected(left) && graph.IsConnected(right) && graph.AreConnected(left, right)
                && (right.Count == 1 || graph.RowsOf(right) <= 4 * Math.Max(1, right.Tables().Max(graph.RowsOf))))
            {
                orders.AddRange(
                    from probeOrder in Orders(graph, cost, left, known)
                    from buildOrder in Orders(graph, cost, right, known)
                    select JoinOrderNode.Join(graph, cost, probeOrder, buildOrder));
            }
        }
        known.Add(set, orders);
        return orders;
    }
}
