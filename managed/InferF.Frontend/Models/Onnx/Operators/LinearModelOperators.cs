using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// LinearRegressor and LinearClassifier of ai.onnx.ml. Where the specification is silent they do what ONNX Runtime does, which is the
/// reference of this product: a single score takes no post-transform but PROBIT, and a classifier's single score stands for two labels.
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

        ConstantTensor labels = Labels(context, intercepts.Length);
        OnnxType labelType = labels.Type == ElementType.String ? OnnxType.String : OnnxType.Int64;
        var label = new SelectLabelExpr(scores, labels, intercepts.Length == 1 ? 0 : null) { Origin = context.Origin };
        TensorExpr transformed = intercepts.Length == 1 ? Pair(context, scores) : PostTransform(context, scores);
        return [new RowValue(label, [], labelType), new RowValue(transformed, [transformed.Width], OnnxType.Float)];
    }

    // The two columns of a single score s: logistic(-s) and logistic(s), or else 1 - s and s.
    private static ConcatExpr Pair(OperatorContext context, TensorExpr score)
    {
        TensorExpr other;
        switch (ScoreTransforms.Read(context))
        {
            case ScoreTransform.Probit:
                throw OperatorContext.Unsupported("PROBIT of a single score for two labels, which ONNX Runtime leaves undefined", Refusal.Final);
            case ScoreTransform.Logistic:
                other = new UnaryExpr(UnaryFunction.Sigmoid, WithConstant(BinaryFunction.Multiply, -1)) { Origin = context.Origin };
                score = new UnaryExpr(UnaryFunction.Sigmoid, score) { Origin = context.Origin };
                break;
            default:
                other = WithConstant(BinaryFunction.Subtract, 1);
                break;
        }
        return new ConcatExpr([other, score]) { Origin = context.Origin };

        ConstantBinaryExpr WithConstant(BinaryFunction function, float value)
        {
            ConstantTensor constant = ConstantTensor.Create(context.ParameterName("constant"), 1, 1, new[] { value });
            return new ConstantBinaryExpr(function, score, constant, constantOnLeft: true) { Origin = context.Origin };
        }
    }

    private static RowValue Features(OperatorContext context)
    {
        RowValue value = FeatureOperators.AsFloat(FeatureOperators.NumericRow(context), context);
        return value.Rank == 2 ? value : throw OperatorContext.Unsupported($"features of shape {value}; shape [N, k] is expected");
    }

    // More coefficients than scores times features are what ONNX Runtime ignores: it reads the first ones as [scores, features].
    private static void RequireCoefficients(OperatorContext context, float[] coefficients, long rows, int width)
    {
        if (rows is < 1 or > ModelLimits.MaxWidth || coefficients.Length < rows * width)
        {
            throw context.Invalid($"{rows} scores of {width} features need {rows} x {width} coefficients, found {coefficients.Length}");
        }
    }

    private static LinearExpr Scores(OperatorContext context, RowValue value, float[] coefficients, float[]? intercepts, int scores)
    {
        var byScore = new OnnxTensor(context.ParameterName("coefficients"), OnnxType.Float, [scores, value.Width], coefficients[..(scores * value.Width)]);
        ConstantTensor? bias = intercepts is null ? null : ConstantTensor.Create(context.ParameterName("intercepts"), 1, scores, intercepts);
        return new LinearExpr(value.Expression, context.SharedTranspose(byScore, scores, value.Width), bias) { Origin = context.Origin };
    }

    private static ConstantTensor Labels(OperatorContext context, int scores)
    {
        string[] strings = context.Attributes.Texts("classlabels_strings");
        long[] integers = context.Attributes.Integers("classlabels_ints");
        int count = strings.Length > 0 ? strings.Length : integers.Length;
        int expected = Math.Max(scores, 2);
        if (count != expected)
        {
            throw context.Invalid($"{scores} scores need {expected} labels, found {count}");
        }
        string name = context.ParameterName("labels");
        return strings.Length > 0 ? ConstantTensor.Create(name, 1, count, strings) : ConstantTensor.Create(name, 1, count, integers);
    }

    private static TensorExpr PostTransform(OperatorContext context, TensorExpr scores) =>
        ScoreTransforms.ApplyToSeveral(ScoreTransforms.Read(context), scores, context.Origin);
}
