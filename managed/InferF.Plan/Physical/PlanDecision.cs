using System.Collections.Immutable;

namespace InferF.Plan.Physical;

/// <summary>One decision about the placement: before anything ran, or again with what the engine had counted by then.</summary>
/// <param name="When"><see cref="BeforeBuild"/> or <see cref="AfterBuild"/>.</param>
/// <param name="Planner">Name of the planner that decided.</param>
/// <param name="KeptSeconds">Modelled seconds of the placement there was, judged by the numbers known at this time.</param>
/// <param name="AlternativeSeconds">Modelled seconds of the best other placement, judged by the same numbers.</param>
/// <param name="Observed">Numbers that turned out to differ from the estimates; empty before the build.</param>
/// <param name="Taken">True if the alternative replaced what there was.</param>
public sealed record PlanDecision(
    string When, string Planner, double KeptSeconds, double AlternativeSeconds, ImmutableArray<PlanObservation> Observed, bool Taken)
{
    /// <summary><see cref="When"/> of the first decision, made from statistics.</summary>
    public const string BeforeBuild = "before build";

    /// <summary><see cref="When"/> of the second decision, made when the build sides had been joined.</summary>
    public const string AfterBuild = "after build";

    /// <summary>What the alternative computes at other nodes than the placement there was.</summary>
    public ImmutableArray<PlacementMove> Moves { get; init; } = [];
}

/// <summary>A number the engine counted, beside what was expected.</summary>
/// <param name="Node">Index into <c>Fragment.Nodes</c>.</param>
/// <param name="Quantity">E.g. <c>rows</c>, <c>distinct keys</c>, <c>referenced rows</c>.</param>
/// <param name="Expected">What was estimated.</param>
/// <param name="Observed">What was counted.</param>
public sealed record PlanObservation(int Node, string Quantity, double Expected, double Observed);

/// <summary>A value that two placements compute at different nodes.</summary>
/// <param name="Label">Operator and label of the value; equal in both placements.</param>
/// <param name="From">Where the first computes it, one entry per place; empty if it does not have such a value.</param>
/// <param name="To">Where the second computes it; empty if it does not have such a value.</param>
public sealed record PlacementMove(string Label, ImmutableArray<string> From, ImmutableArray<string> To);
