using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// TreeEnsembleClassifier. The specification says little about two classes; what happens here is what ONNX Runtime does, case by case. A class
/// <em>has a score</em> in a row if a leaf that the row reaches carries it, or if there are base values for more than two classes; the label is chosen among the
/// classes that have one.
/// </summary>
internal static class TreeClassifier
{
    public static ImmutableArray<OnnxValue?> Import(OperatorContext context, RowValue features, OnnxType type)
    {
        ConstantTensor labels = Labels(context);
        OnnxType labelType = labels.Type == ElementType.String ? OnnxType.String : OnnxType.Int64;
        int classes = labels.Columns;
        TreeUnfolding trees = TreeNodeLists.Read(context, "class", type, classes);
        double[] baseValues = TreeNodeLists.Numbers(context, "base_values", type);
        if (baseValues.Length != 0 && baseValues.Length != classes && !(classes == 2 && baseValues.Length == 1))
        {
            throw context.Invalid($"there are {baseValues.Length} base values for {classes} classes");
        }
        var scoring = new TreeScoring(context, features, type, trees);
        ScoreTransform transform = ScoreTransforms.Read(context);
        (TensorExpr label, TensorExpr scores) = classes switch
        {
            1 => Single(scoring, baseValues, transform, labels),
            2 => new TreeBinaryClassifier(scoring, baseValues, transform, labels).Import(),
            _ => Several(scoring, baseValues, transform, labels),
        };
        return [new RowValue(label, [], labelType), new RowValue(scores, [classes], OnnxType.Float)];
    }

    // One class: the label is 1 or 0, not the class's own.
    private static (TensorExpr Label, TensorExpr Scores) Single(
        TreeScoring scoring, double[] baseValues, ScoreTransform transform, ConstantTensor labels)
    {
        OperatorContext context = scoring.Context;
        if (labels.Type == ElementType.String)
        {
            throw OperatorContext.Unsupported("a classifier with a single label that is a text, which ONNX Runtime leaves undefined", Refusal.Final);
        }
        TensorExpr score = scoring.Scores(1, baseValues, []);
        TensorExpr label = scoring.SelectLabel(score, ConstantTensor.Create(context.ParameterName("labels"), 1, 2, new[] { 0L, 1L }), threshold: 0);
        score = scoring.ToFloat(score);
        return (label, ScoreTransforms.ApplyToSeveral(transform, score, context.Origin));
    }

    private static (TensorExpr Label, TensorExpr Scores) Several(
        TreeScoring scoring, double[] baseValues, ScoreTransform transform, ConstantTensor labels)
    {
        OperatorContext context = scoring.Context;
        int classes = labels.Columns;

        // Classes that some rows have no score for; a base value gives a score to all of them.
        int[] absent = baseValues.Length > 0 ? [] : [.. Enumerable.Range(0, classes).Where(c => !scoring.Trees.AlwaysHas(c))];
        TensorExpr all = scoring.Scores(classes, baseValues, absent);
        TensorExpr scores = absent.Length == 0 ? all : new SliceExpr(all, 0, classes) { Origin = context.Origin };
        TensorExpr candidates = scores;
        if (absent.Length > 0)
        {
            candidates = new WhereExpr(scoring.Presence(all, classes, absent), scores, scoring.Constant(double.NegativeInfinity)) { Origin = context.Origin };
        }
        TensorExpr label = scoring.SelectLabel(candidates, labels, threshold: null);
        return (label, ScoreTransforms.Apply(transform, scoring.ToFloat(scores), context.Origin));
    }

    private static ConstantTensor Labels(OperatorContext context)
    {
        string[] strings = context.Attributes.Texts("classlabels_strings");
        long[] integers = context.Attributes.Integers("classlabels_int64s");
        if (strings.Length == 0 && integers.Length == 0)
        {
            throw context.Invalid("either classlabels_strings or classlabels_int64s is expected");
        }
        string name = context.ParameterName("labels");
        context.CheckedWidth(Math.Max(strings.Length, integers.Length));
        return strings.Length > 0 ? ConstantTensor.Create(name, 1, strings.Length, strings) : ConstantTensor.Create(name, 1, integers.Length, integers);
    }
}
