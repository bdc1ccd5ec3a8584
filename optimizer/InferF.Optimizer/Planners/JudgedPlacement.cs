using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners;

/// <summary>A placement with its values and its modelled cost.</summary>
internal sealed record JudgedPlacement(string Planner, PlacementChoice Choice, PlacedQuery Values, double Seconds);
