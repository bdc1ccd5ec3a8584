namespace InferF.Optimizer.Joins;

/// <summary>Chooses the order in which a block's tables are joined, their sides, and the table that streams.</summary>
internal abstract class JoinOrder
{
    /// <summary>By the cost of the joins alone.</summary>
    /// <param name="cost">What joins cost.</param>
    public static JoinOrder Cheapest(IJoinCost cost) => new CheapestJoinOrder(cost);

    /// <summary>Orders the tables of a block.</summary>
    /// <param name="graph">The tables.</param>
    /// <param name="isStreamed">True for the block whose rows stream, false for one that is hashed.</param>
    public abstract JoinOrderNode Order(JoinGraph graph, bool isStreamed);

    private sealed class CheapestJoinOrder(IJoinCost cost) : JoinOrder
    {
        public override JoinOrderNode Order(JoinGraph graph, bool isStreamed)
        {
            int largest = graph.Largest;
            if (graph.Count > JoinOrderProgram.MostInputs)
            {
                return new GreedyJoinOrder(graph, cost, largest).Order();
            }
            JoinOrderNode[] tables = [.. Enumerable.Range(0, graph.Count).Select(vertex => JoinOrderNode.Table(graph, vertex))];
            // A chain of tables probed one by one is always allowed, so both exist.
            JoinOrderNode any = JoinOrderProgram.Order(graph, cost, tables)!;
            if (!isStreamed || any.Driver == largest)
            {
                return any;
            }
            JoinOrderNode largestStreams = JoinOrderProgram.Order(graph, cost, tables, largest)!;
            return JoinOrderRules.Prefer(largestStreams, largestStreams.Seconds, any, any.Seconds);
        }
    }
}
