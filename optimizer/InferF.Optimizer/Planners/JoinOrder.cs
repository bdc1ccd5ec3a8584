using InferF.Optimizer.Joins;
using InferF.Plan.Query;

namespace InferF.Optimizer.Planners;

/// <summary>How FROM and WHERE become a join tree: join order and build sides.</summary>
internal delegate JoinTree JoinOrder(BoundQuery query, CardinalityEstimator estimator);
