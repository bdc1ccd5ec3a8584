namespace InferF.Optimizer.Planners.Problem;

/// <summary>The candidate nodes of a stage as a tree, children before parents, the root last.</summary>
internal sealed class StageNodes
{
    /// <summary>Creates the tree; the arrays are not copied.</summary>
    /// <param name="parents">By node; −1 for the root.</param>
    /// <param name="rows">By node: rows for which values are computed there.</param>
    /// <param name="drivers">By node: the table whose rows its rows follow in order. Nodes of one probe spine have the same one.</param>
    /// <param name="mergeable">By node: whether accumulators of the stage may be combined there.</param>
    /// <param name="ids">By node: its number outside of this stage, shared by all stages of a problem.</param>
    public StageNodes(int[] parents, double[] rows, int[] drivers, bool[] mergeable, int[] ids)
    {
        (Parents, Rows, Drivers, Mergeable, Ids) = (parents, rows, drivers, mergeable, ids);
        FirstChildren = new int[parents.Length];
        NextSiblings = new int[parents.Length];
        Array.Fill(FirstChildren, -1);
        for (int node = 0; node < Root; node++)
        {
            NextSiblings[node] = FirstChildren[parents[node]];
            FirstChildren[parents[node]] = node;
        }
        NextSiblings[Root] = -1;
    }

    /// <summary>Number of nodes, the root included.</summary>
    public int Count => Parents.Length;

    /// <summary>The place of use.</summary>
    public int Root => Parents.Length - 1;

    /// <summary>By node; −1 for the root.</summary>
    public int[] Parents { get; }

    /// <summary>By node: a child, or −1.</summary>
    public int[] FirstChildren { get; }

    /// <summary>By node: another child of its parent, or −1.</summary>
    public int[] NextSiblings { get; }

    /// <summary>By node: rows for which values are computed there.</summary>
    public double[] Rows { get; }

    /// <summary>By node: the table whose rows its rows follow in order.</summary>
    public int[] Drivers { get; }

    /// <summary>By node: whether accumulators may be combined there.</summary>
    public bool[] Mergeable { get; }

    /// <summary>By node: its number outside of this stage.</summary>
    public int[] Ids { get; }

    /// <summary>True if <paramref name="node"/> is <paramref name="ancestor"/> or lies below it.</summary>
    public bool IsUnder(int node, int ancestor)
    {
        while (node >= 0 && node < ancestor)
        {
            node = Parents[node];
        }
        return node == ancestor;
    }
}
