using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// TreeEnsembleRegressor, TreeEnsembleClassifier and TreeEnsemble of ai.onnx.ml. Features are compared as ONNX Runtime compares them: doubles in
/// double, everything else in float.
/// </summary>
internal static class TreeOperators
{
    /// <summary>One score per target, as float.</summary>
    public static ImmutableArray<OnnxValue?> Regressor(OperatorContext context)
    {
        (RowValue features, OnnxType type) = Features(context);
        int targets = NumTargets(context);
        TreeUnfolding trees = TreeNodeLists.Read(context, "target", type, targets);
        string aggregate = context.Attributes.Text("aggregate_function", "SUM");
        double[] baseValues = TreeNodeLists.Numbers(context, "base_values", type);
        if (baseValues.Length != 0 && baseValues.Length != targets)
        {
            throw context.Invalid($"there are {baseValues.Length} base values for {targets} targets");
        }
        TreeAggregate function = aggregate switch
        {
            "SUM" => TreeAggregate.Sum,
            "AVERAGE" => TreeAggregate.Average,
            "MIN" => TreeAggregate.Min,
            "MAX" => TreeAggregate.Max,
            _ => throw context.Invalid($"aggregate_function must be SUM, AVERAGE, MIN or MAX, found '{aggregate}'"),
        };
        var scoring = new TreeScoring(context, features, type, trees);
        TensorExpr scores = scoring.ToFloat(scoring.Targets(targets, function, baseValues));
        return [new RowValue(ScoreTransforms.ApplyToSeveral(ScoreTransforms.Read(context), scores, context.Origin), [targets], OnnxType.Float)];
    }

    /// <summary>TreeEnsemble of version 5: one score per target, of the input's type.</summary>
    public static ImmutableArray<OnnxValue?> Ensemble(OperatorContext context)
    {
        (RowValue features, OnnxType type) = Features(context);
        int targets = NumTargets(context);
        TreeUnfolding trees = TreeNodeArrays.Read(context, type, targets);
        TreeAggregate function = context.Attributes.Integer("aggregate_function", 1) switch
        {
            0 => TreeAggregate.Average,
            1 => TreeAggregate.Sum,
            2 => TreeAggregate.Min,
            3 => TreeAggregate.Max,
            var other => throw context.Invalid($"aggregate_function must be 0 to 3, found {other}"),
        };

        // ONNX Runtime takes 1 for LOGISTIC and 2 for SOFTMAX, the reverse of the specification's text; it is the reference.
        ScoreTransform transform = context.Attributes.Integer("post_transform", 0) switch
        {
            0 => ScoreTransform.None,
            1 => ScoreTransform.Logistic,
            2 => ScoreTransform.Softmax,
            3 => ScoreTransform.SoftmaxZero,
            4 => ScoreTransform.Probit,
            var other => throw context.Invalid($"post_transform must be 0 to 4, found {other}"),
        };
        var scoring = new TreeScoring(context, features, type, trees);
        TensorExpr scores = scoring.Targets(targets, function, []);
        if (transform != ScoreTransform.None && (targets > 1 || transform == ScoreTransform.Probit))
        {
            // Transforms are computed in float whatever the type of the scores.
            scores = ScoreTransforms.Apply(transform, scoring.ToFloat(scores), context.Origin);
            scores = type == OnnxType.Double ? new CastExpr(scores, ElementType.Float64) { Origin = context.Origin } : scores;
        }
        return [new RowValue(scores, [targets], type)];
    }

    /// <summary>A label and one score per class.</summary>
    public static ImmutableArray<OnnxValue?> Classifier(OperatorContext context)
    {
        (RowValue features, OnnxType type) = Features(context);
        return TreeClassifier.Import(context, features, type);
    }

    private static int NumTargets(OperatorContext context) => context.Attributes.Integer("n_targets", 0) is >= 1 and <= ModelLimits.MaxWidth and var targets
        ? (int)targets
        : throw context.Invalid($"n_targets must be from 1 to {ModelLimits.MaxWidth}, found {context.Attributes.Integer("n_targets", 0)}");

    private static (RowValue Features, OnnxType Type) Features(OperatorContext context)
    {
        RowValue value = FeatureOperators.NumericRow(context);
        if (value.Rank != 2)
        {
            throw OperatorContext.Unsupported($"features of shape {value}; shape [N, k] is expected");
        }
        return value.Type == OnnxType.Double ? (value, OnnxType.Double) : (FeatureOperators.AsFloat(value, context), OnnxType.Float);
    }
}
