using System.Globalization;
using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.LightGbm;

/// <summary>What a LightGBM objective makes of the raw scores (LightGBM's <c>ConvertOutput</c>).</summary>
internal static class LightGbmObjective
{
    private static readonly HashSet<string> s_known = new(StringComparer.Ordinal)
    {
        "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom", "none",
        "poisson", "gamma", "tweedie", "binary", "cross_entropy", "cross_entropy_lambda", "multiclass", "multiclassova",
    };

    /// <summary>Applies the objective of the file's header.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="header">The header.</param>
    /// <param name="scores">The raw scores.</param>
    public static TensorExpr Apply(BoosterGraph graph, LightGbmSection header, TensorExpr scores)
    {
        string[] words = (header.Text("objective") ?? "custom").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string name = words.Length == 0 ? "custom" : words[0];
        switch (name)
        {
            case "regression" or "regression_l1" or "huber" or "fair" or "quantile" or "mape":
                // Trained on square roots: the result is the square with the score's sign.
                return words.Contains("sqrt")
                    ? new BinaryExpr(BinaryFunction.Multiply, scores, graph.Apply(UnaryFunction.Abs, scores)) { Origin = graph.Origin }
                    : scores;
            case "lambdarank" or "rank_xendcg" or "custom" or "none":
                return scores;
            case "poisson" or "gamma" or "tweedie":
                return graph.Apply(UnaryFunction.Exp, scores);
            case "binary":
                return Sigmoid(graph, header, words, scores);
            case "multiclassova":
                return Sigmoid(graph, header, words, scores);
            case "cross_entropy":
                return graph.Apply(UnaryFunction.Sigmoid, scores);
            case "cross_entropy_lambda":
                return graph.Apply(UnaryFunction.Softplus, scores);
            case "multiclass":
                return new SoftmaxExpr(scores) { Origin = graph.Origin };
            default:
                throw ModelErrors.Unsupported(
                    $"Unsupported objective of a LightGBM model: '{name}'.{Plan.NearestName.Hint(name, s_known)}");
        }
    }

    private static TensorExpr Sigmoid(BoosterGraph graph, LightGbmSection header, string[] words, TensorExpr scores)
    {
        double factor = 1;
        if (Array.Find(words, word => word.StartsWith("sigmoid:", StringComparison.Ordinal)) is { } parameter
            && !(double.TryParse(parameter["sigmoid:".Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out factor) && factor > 0))
        {
            throw header.Wrong("objective", "sigmoid followed by a positive number", parameter);
        }
        TensorExpr scaled = factor == 1 ? scores : graph.WithConstant(BinaryFunction.Multiply, scores, "sigmoid", factor);
        return graph.Apply(UnaryFunction.Sigmoid, scaled);
    }
}
