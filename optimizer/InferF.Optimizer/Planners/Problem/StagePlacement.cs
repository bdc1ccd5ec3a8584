namespace InferF.Optimizer.Planners.Problem;

/// <summary>A placement of one stage.</summary>
/// <param name="TermNodes">By term: the node that computes it.</param>
/// <param name="Merges">By node: whether it adds up the accumulators that arrive.</param>
internal sealed record StagePlacement(int[] TermNodes, bool[] Merges)
{
    /// <summary>Everything at the root.</summary>
    public static StagePlacement None(StageProblem stage)
    {
        StagePlacement placement = new(new int[stage.TermCount], new bool[stage.Nodes.Count]);
        Array.Fill(placement.TermNodes, stage.Nodes.Root);
        return placement;
    }

    /// <summary>An independent copy.</summary>
    public StagePlacement Copy() => new([.. TermNodes], [.. Merges]);
}
