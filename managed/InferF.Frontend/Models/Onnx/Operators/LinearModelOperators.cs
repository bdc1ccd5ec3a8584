using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// LinearRegressor and LinearClassifier of ai.onnx.ml. Where the specification is silent they do what ONNX Runtime does, which is the
/// reference of this product: a single score takes no post-transform but PROBIT.
/// </summary>
internal static class LinearModelOperators
{
    public static ImmutableArray<OnnxValue?> LinearRegressor(OperatorContext context)
    {
        RowValue value = Features(context);
        long targets = context.Attributes.Integer("targets", 1);
        float[] coefficients = context.Attributes.Floats("coefficients");
        float[] intercepts = context.Attributes.Floats("intercepts");
        RequireCoefficients(context, coefficients, targets, value.Width);

        // Intercepts of another length are ignored by the reference.
        TensorExpr scores = Scores(context, value, coefficients, intercepts.Length == targets ? intercepts : null, (int)targets);
        return [new RowValue(PostTransform(context, scores), [(int)targets], OnnxType.Float)];
    }

    public static ImmutableArray<OnnxValue?> LinearClassifier(OperatorContext context)
    {
        RowValue value = Features(context);
        float[] coefficients = context.Attributes.Floats("coefficients");
        float[] intercepts = context.Attributes.Floats("intercepts");
        if (intercepts.Length == 0)
        {
            throw OperatorContext.Unsupported("a classifier without intercepts, whose number of classes is unknown");
        }
        RequireCoefficients(context, coefficients, intercepts.Length, value.Width);
        TensorExpr scores = Scores(context, value, coefficients, intercepts, intercepts.Length);

        (ConstantTensor labels, bool isPair) = Labels(context, intercepts.Length);
        OnnxType labelType = labels.Type == ElementType.String ? OnnxType.String : OnnxType.Int64;
        var label = new SelectLabelExpr(scores, labels, intercepts.Length == 1 ? 0 : null) { Origin = context.Origin };

        TensorExpr transformed = PostTransform(context, scores);
        if (isPair)
        {
            // Two labels of one score s: the reference fills in the other class as 1 − s.
            if (context.Attributes.Text("post_transform", "NONE") == "PROBIT")
            {
                throw OperatorContext.Unsupported("PROBIT of a single score for two labels, which ONNX Runtime leaves undefined");
            }
            ConstantTensor one = ConstantTensor.Create(context.ParameterName("one"), 1, 1, new[] { 1f });
            var complement = new ConstantBinaryExpr(BinaryFunction.Subtract, transformed, one, constantOnLeft: true) { Origin = context.Origin };
            transformed = new ConcatExpr([complement, transformed]) { Origin = context.Origin };
        }
        return [new RowValue(label, [], labelType), new RowValue(transformed, [transformed.Width], OnnxType.Float)];
    }

    private static RowValue Features(OperatorContext context)
    {
        RowValue value = FeatureOperators.AsFloat(FeatureOperators.NumericRow(context), context);
        return value.Rank == 2 ? value : throw OperatorContext.Unsupported($"features of shape {value}; shape [N, k] is expected");
    }

    private static void RequireCoefficients(OperatorContext context, float[] coefficients, long rows, int width)
    {
        if (rows is < 1 or > ModelLimits.MaxWidth || coefficients.Length != rows * width)
        {
            throw context.Invalid($"{rows} scores of {width} features need {rows} x {width} coefficients, found {coefficients.Length}");
        }
    }

    private static LinearExpr Scores(OperatorContext context, RowValue value, float[] coefficients, float[]? intercepts, int scores)
    {
        var byScore = new OnnxTensor(context.ParameterName("coefficients"), OnnxType.Float, [scores, value.Width], coefficients);
        ConstantTensor? bias = intercepts is null ? null : ConstantTensor.Create(context.ParameterName("intercepts"), 1, scores, intercepts);
        return new LinearExpr(value.Expression, context.SharedTranspose(byScore, scores, value.Width), bias) { Origin = context.Origin };
    }

    // The labels of a classifier, and whether a single score stands for a pair of them.
    private static (ConstantTensor Labels, bool IsPair) Labels(OperatorContext context, int scores)
    {
        string[] strings = context.Attributes.Texts("classlabels_strings");
        long[] integers = context.Attributes.Integers("classlabels_ints");
        bool useStrings = strings.Length > 0;
        int count = useStrings ? strings.Length : integers.Length;
        bool isPair = scores == 1 && count == 2;
        if (scores == 1 && !isPair)
        {
            (strings, integers, count) = (["0", "1"], [0, 1], 2);
        }
        else if (scores > 1 && count != scores)
        {
            throw context.Invalid($"{scores} scores need as many labels, found {count}");
        }
        string name = context.ParameterName("labels");
        return (useStrings ? ConstantTensor.Create(name, 1, count, strings) : ConstantTensor.Create(name, 1, count, integers), isPair);
    }

    private static TensorExpr PostTransform(OperatorContext context, TensorExpr scores)
    {
        string transform = context.Attributes.Text("post_transform", "NONE");
        bool isSingle = scores.Width == 1;
        return transform switch
        {
            "NONE" => scores,
            "PROBIT" => Apply(UnaryFunction.Probit),
            "LOGISTIC" => isSingle ? scores : Apply(UnaryFunction.Sigmoid),
            "SOFTMAX" => isSingle ? scores : new SoftmaxExpr(scores) { Origin = context.Origin },
            "SOFTMAX_ZERO" => isSingle ? scores : Apply(UnaryFunction.SoftmaxZero),
            _ => throw context.Invalid($"post_transform must be NONE, SOFTMAX, LOGISTIC, SOFTMAX_ZERO or PROBIT, found '{transform}'"),
        };

        UnaryExpr Apply(UnaryFunction function) => new(function, scores) { Origin = context.Origin };
    }
}
