using InferF.Plan.Physical;

namespace InferF.Optimizer;

/// <summary>One placement of a query as a plan, with what the model predicts.</summary>
/// <param name="Name">What is handed from which node to a node above.</param>
/// <param name="Seconds">Modelled time of one thread, joins included.</param>
/// <param name="Plan">The plan.</param>
public sealed record PlannedPlacement(string Name, double Seconds, PhysicalPlan Plan);
