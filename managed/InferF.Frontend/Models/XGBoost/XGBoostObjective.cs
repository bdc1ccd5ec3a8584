using InferF.Frontend.Models.Onnx;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.XGBoost;

/// <summary>
/// What an XGBoost objective does with margins (sums of leaves): how its <c>base_score</c>, which the file gives as a prediction, becomes a margin
/// (<c>ProbToMargin</c>), and how margins become predictions (<c>PredTransform</c>).
/// </summary>
internal sealed class XGBoostObjective
{
    private static readonly Dictionary<string, XGBoostObjective> s_known = new(StringComparer.Ordinal)
    {
        ["reg:squarederror"] = new(Link.Identity, Link.Identity),
        ["reg:linear"] = new(Link.Identity, Link.Identity),
        ["reg:squaredlogerror"] = new(Link.Identity, Link.Identity),
        ["reg:pseudohubererror"] = new(Link.Identity, Link.Identity),
        ["reg:absoluteerror"] = new(Link.Identity, Link.Identity),
        ["reg:quantileerror"] = new(Link.Identity, Link.Identity),
        ["reg:expectileerror"] = new(Link.Identity, Link.Identity),
        ["reg:logistic"] = new(Link.Logistic, Link.Logistic),
        ["reg:gamma"] = new(Link.Logarithm, Link.Logarithm),
        ["reg:tweedie"] = new(Link.Logarithm, Link.Logarithm),
        ["count:poisson"] = new(Link.Logarithm, Link.Logarithm),
        ["survival:cox"] = new(Link.Logarithm, Link.Logarithm),
        ["survival:aft"] = new(Link.Logarithm, Link.Logarithm),
        ["binary:logistic"] = new(Link.Logistic, Link.Logistic),
        ["binary:logitraw"] = new(Link.Logistic, Link.Identity),
        ["binary:hinge"] = new(Link.Identity, Link.Step),
        ["multi:softprob"] = new(Link.Identity, Link.Softmax),
        ["multi:softmax"] = new(Link.Identity, Link.ArgMax),
        ["rank:pairwise"] = new(Link.Identity, Link.Identity),
        ["rank:ndcg"] = new(Link.Identity, Link.Identity),
        ["rank:map"] = new(Link.Identity, Link.Identity),
    };

    private readonly Link _base;
    private readonly Link _prediction;

    private XGBoostObjective(Link ofBase, Link ofPrediction) => (_base, _prediction) = (ofBase, ofPrediction);

    private enum Link
    {
        Identity,
        Logistic,
        Logarithm,
        Softmax,
        ArgMax,
        Step,
    }

    /// <summary>Finds an objective by its name in the file.</summary>
    /// <exception cref="InferFException"><see cref="InferFErrorCode.UnsupportedModel"/>: there is none of this name.</exception>
    public static XGBoostObjective Find(string name) => s_known.GetValueOrDefault(name)
        ?? throw ModelErrors.Unsupported($"Unsupported objective of an XGBoost model: '{name}'.{Plan.NearestName.Hint(name, s_known.Keys)}");

    /// <summary>The base score as a margin, in float as XGBoost computes it.</summary>
    public float Margin(float baseScore)
    {
        switch (_base)
        {
            case Link.Logistic:
                return baseScore is > 0 and < 1
                    ? -MathF.Log((1 / baseScore) - 1)
                    : throw ModelErrors.Invalid($"The base score of a logistic objective must be between 0 and 1. Found {baseScore}.");
            case Link.Logarithm:
                return baseScore > 0
                    ? MathF.Log(baseScore)
                    : throw ModelErrors.Invalid($"The base score of an objective with a logarithm must be positive. Found {baseScore}.");
            default:
                return baseScore;
        }
    }

    /// <summary>The predictions of margins.</summary>
    public TensorExpr Predict(BoosterGraph graph, TensorExpr margins) => _prediction switch
    {
        Link.Logistic => graph.Apply(UnaryFunction.Sigmoid, margins),
        Link.Logarithm => graph.Apply(UnaryFunction.Exp, margins),
        Link.Softmax => new SoftmaxExpr(margins) { Origin = graph.Origin },
        Link.ArgMax => Float(graph, new ReduceExpr(ReduceFunction.ArgMax, margins, margins.Width) { Origin = graph.Origin }),
        Link.Step => Float(graph, graph.WithConstant(BinaryFunction.Greater, margins, "zero", 0)),
        _ => margins,
    };

    private static CastExpr Float(BoosterGraph graph, TensorExpr value) => new(value, ElementType.Float32) { Origin = graph.Origin };
}
