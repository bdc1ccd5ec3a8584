using System.Collections.Immutable;
using InferF.Plan.Model;
using InferF.Plan.Proto;
using InferF.Plan.Query;

namespace InferF.Plan.Physical;

/// <summary>A finished plan: what the engine gets, and what people are told about it.</summary>
/// <param name="Query">The query it answers. <c>Fragment.Tables[i]</c> is <c>Query.Tables[i]</c>, column by column.</param>
/// <param name="Fragment">The plan for the engine.</param>
/// <param name="Tensors">What to bind: <c>Fragment.Tensors[i]</c> is <c>Tensors[i]</c>.</param>
/// <param name="Report">Estimates and the placement chosen.</param>
public sealed record PhysicalPlan(BoundQuery Query, PlanFragment Fragment, ImmutableArray<ConstantTensor> Tensors, PlacementReport Report);
