using System.Collections.Immutable;

namespace InferF.Optimizer.Planners.Search;

/// <summary>One decision of a placement: the node of a unit, or whether accumulators of a stage are combined at a node.</summary>
/// <param name="Stage">What it belongs to; decisions of one stage influence each other most.</param>
/// <param name="Nodes">Its alternatives: decision k > 0 means <c>Nodes[k − 1]</c>, lowest node first; 0 means the place of use, or no combining.</param>
/// <param name="Path">The lowest node and all nodes above it.</param>
/// <param name="IsMerge">True for combining.</param>
internal sealed record Decision(int Stage, ImmutableArray<int> Nodes, ImmutableArray<int> Path, bool IsMerge)
{
    /// <summary>The decision for a node, or −1 if it is no alternative.</summary>
    public int At(int node) => Nodes.IndexOf(node) is >= 0 and int index ? index + 1 : -1;

    /// <summary>True if it concerns a node or something below it.</summary>
    public bool IsUnder(int node) => Path.Contains(node);
}

/// <summary>
/// All placements of something, as vectors of small numbers with a cost: what descent, genetic search and enumeration work on. There is one over a
/// <see cref="Problem.PlacementProblem"/>, in numbers, and one over a query, which carries every placement out.
/// </summary>
internal abstract class SearchSpace
{
    /// <summary>What is to be decided.</summary>
    public abstract ImmutableArray<Decision> Decisions { get; }

    /// <summary>True once so much has been evaluated that a search should be content with what it has.</summary>
    public virtual bool IsExhausted => false;

    /// <summary>Number of placements; not all of them need differ.</summary>
    public double Size => Decisions.Aggregate(1.0, (size, decision) => size * (decision.Nodes.Length + 1));

    /// <summary>Modelled seconds.</summary>
    public abstract double Seconds(ReadOnlySpan<int> decisions);

    /// <summary>Everything at the place of use.</summary>
    public int[] None() => new int[Decisions.Length];

    /// <summary>Every unit at its lowest node.</summary>
    public int[] Lowest() => [.. Decisions.Select(decision => decision.IsMerge ? 0 : 1)];
}
