using System.Globalization;
using InferF.Plan.Model;

namespace InferF.Frontend.Models;

/// <summary>Describes models of boosters, which have trees instead of operators, like models of operators.</summary>
internal static class BoosterCheck
{
    /// <summary>Describes a model that can be loaded.</summary>
    public static ModelCheck Of(string producer, ModelGraph graph)
    {
        List<ModelNodeCheck> nodes = [];
        HashSet<TensorExpr> seen = new(ReferenceEqualityComparer.Instance);
        var pending = new Stack<TensorExpr>(graph.Outputs.Select(output => output.Expression));
        long parameters = 0;
        while (pending.TryPop(out TensorExpr? expression))
        {
            if (!seen.Add(expression))
            {
                continue;
            }
            if (expression is TreeEnsembleExpr { Ensemble: var trees })
            {
                parameters += trees.Nodes.Length + trees.NumLeaves;
                nodes.Add(Node(expression, producer, "TreeEnsemble", string.Create(CultureInfo.InvariantCulture, $"{trees.NumTrees} trees, {trees.NumLeaves} leaves, depth {trees.Depth}")));
            }
            else if (expression is LinearExpr linear)
            {
                parameters += linear.Weight.Data.Length;
                nodes.Add(Node(expression, producer, "Linear", string.Create(CultureInfo.InvariantCulture, $"{linear.Weight.Rows} features")));
            }
            foreach (TensorExpr argument in expression.Arguments)
            {
                pending.Push(argument);
            }
        }
        return new ModelCheck(
            producer,
            [.. graph.Inputs.Select(input => new ModelValueCheck(input.Name, input.FileType, "[N, 1]"))],
            [.. graph.Outputs.Select(output => new ModelValueCheck(output.Name, output.FileType, $"[N, {output.Expression.Width}]"))],
            [], [.. nodes], [])
        {
            Parameters = parameters,
            Graph = graph,
        };
    }

    /// <summary>Describes a model that cannot be loaded.</summary>
    public static ModelCheck Of(string producer, InferFException failure) => new(producer, [], [], [], [], [failure.Message]);

    private static ModelNodeCheck Node(TensorExpr expression, string producer, string kind, string remark) =>
        new("", kind, producer.ToLowerInvariant(), 0, IsSupported: true, remark) { Origin = expression.Origin };
}
