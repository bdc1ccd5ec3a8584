using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>What the models of ai.onnx.ml do to their scores at the end (attribute <c>post_transform</c>).</summary>
internal enum ScoreTransform
{
    None,
    Softmax,
    Logistic,
    SoftmaxZero,
    Probit,
}

/// <summary>Reads and applies <see cref="ScoreTransform"/>s.</summary>
internal static class ScoreTransforms
{
    /// <summary>The transform a node's attribute names.</summary>
    public static ScoreTransform Read(OperatorContext context)
    {
        string text = context.Attributes.Text("post_transform", "NONE");
        return text switch
        {
            "NONE" => ScoreTransform.None,
            "SOFTMAX" => ScoreTransform.Softmax,
            "LOGISTIC" => ScoreTransform.Logistic,
            "SOFTMAX_ZERO" => ScoreTransform.SoftmaxZero,
            "PROBIT" => ScoreTransform.Probit,
            _ => throw context.Invalid($"post_transform must be NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT, found '{text}'"),
        };
    }

    /// <summary>Transforms the scores of a row, each or all together.</summary>
    public static TensorExpr Apply(ScoreTransform transform, TensorExpr scores, string origin) => transform switch
    {
        ScoreTransform.None => scores,
        ScoreTransform.Softmax => new SoftmaxExpr(scores) { Origin = origin },
        ScoreTransform.Logistic => new UnaryExpr(UnaryFunction.Sigmoid, scores) { Origin = origin },
        ScoreTransform.SoftmaxZero => new UnaryExpr(UnaryFunction.SoftmaxZero, scores) { Origin = origin },
        _ => new UnaryExpr(UnaryFunction.Probit, scores) { Origin = origin },
    };

    /// <summary>Transforms scores as ONNX Runtime does: a single one takes no transform but PROBIT.</summary>
    public static TensorExpr ApplyToSeveral(ScoreTransform transform, TensorExpr scores, string origin) =>
        scores.Width > 1 || transform == ScoreTransform.Probit ? Apply(transform, scores, origin) : scores;
}
