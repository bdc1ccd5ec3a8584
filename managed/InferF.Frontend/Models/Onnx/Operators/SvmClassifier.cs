using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// SVMClassifier of ai.onnx.ml, with the scores and labels that ONNX Runtime gives. With support vectors there is a machine for every pair of classes
/// i &lt; j; a score above 0 is a vote for i, otherwise for j, and the label has the most votes. Pair scores are summed in double. With prob_a and prob_b the scores
/// become probabilities by an iteration (Wu, Lin and Weng, "Probability Estimates for Multi-class Classification by Pairwise Coupling", 2004), which <see cref="SvmProbability"/>
/// leaves to ONNX Runtime.
/// </summary>
internal static class SvmClassifier
{
    private const int MaxClasses = 1000;

    public static ImmutableArray<OnnxValue?> Import(OperatorContext context)
    {
        RowValue features = SvmKernel.Features(context);
        ConstantTensor labels = Labels(context);
        long[] perClass = context.Attributes.Integers("vectors_per_class");
        float[] coefficients = context.Attributes.Floats("coefficients");
        float[] rho = context.Attributes.Floats("rho");
        if (rho.Length == 0 || coefficients.Length == 0 || perClass.Any(count => count < 0 || count > ModelLimits.MaxWidth))
        {
            throw context.Invalid($"rho, coefficients and vectors_per_class from 0 on are expected, found {rho.Length} and {coefficients.Length} elements");
        }
        (TensorExpr label, TensorExpr scores) = perClass.Sum() == 0
            ? Linear(context, features, labels, coefficients, rho[0])
            : Pairs(context, features, labels, perClass, coefficients, rho);
        return [new RowValue(label, [], labels.Type == ElementType.String ? OnnxType.String : OnnxType.Int64), new RowValue(scores, [scores.Width], OnnxType.Float)];
    }

    // One score per class, no support vectors.
    private static (TensorExpr Label, TensorExpr Scores) Linear(OperatorContext context, RowValue features, ConstantTensor labels, float[] coefficients, float rho)
    {
        int classes = labels.Columns;
        TensorExpr scores = new SvmKernel(context).Linear(features, coefficients, classes, rho);
        bool hasProbability = context.Attributes.Floats("prob_a").Length > 0;
        TensorExpr label = new SelectLabelExpr(scores, labels, null) { Origin = context.Origin };
        if (classes == 2 && !hasProbability)
        {
            // The second label if any score is large enough, whichever it is.
            bool isNonNegative = coefficients.All(coefficient => coefficient >= 0);
            TensorExpr largest = new ReduceExpr(ReduceFunction.Max, scores, 2) { Origin = context.Origin };
            TensorExpr position = new ReduceExpr(ReduceFunction.ArgMax, scores, 2) { Origin = context.Origin };
            ConstantTensor limit = ConstantTensor.Create(context.ParameterName("limit"), 1, 1, new[] { isNonNegative ? 0.5f : 0 });
            TensorExpr isLarge = new ConstantBinaryExpr(isNonNegative ? BinaryFunction.GreaterOrEqual : BinaryFunction.Greater, largest, limit) { Origin = context.Origin };
            TensorExpr second = new ConstantExpr(ConstantTensor.Create(context.ParameterName("second"), 1, 1, new[] { 1L })) { Origin = context.Origin };
            label = new EmbeddingExpr(new WhereExpr(isLarge, second, position) { Origin = context.Origin }, Column(context, labels)) { Origin = context.Origin };
        }
        return (label, ScoreTransforms.ApplyToSeveral(ScoreTransforms.Read(context), scores, context.Origin));
    }

    private static (TensorExpr Label, TensorExpr Scores) Pairs(
        OperatorContext context, RowValue features, ConstantTensor labels, long[] perClass, float[] coefficients, float[] rho)
    {
        int classes = labels.Columns;
        if (perClass.Length != classes || classes < 2 || classes > MaxClasses)
        {
            throw context.Invalid($"2 to {MaxClasses} classes and an entry of vectors_per_class for each are expected, found {classes} and {perClass.Length}");
        }
        int pairs = classes * (classes - 1) / 2;
        int vectors = context.CheckedWidth(perClass.Sum());
        if (coefficients.Length != (long)(classes - 1) * vectors || rho.Length < pairs)
        {
            throw context.Invalid(
                $"{classes} classes and {vectors} support vectors need {(long)(classes - 1) * vectors} coefficients and {pairs} rho, found {coefficients.Length} and {rho.Length}");
        }
        context.CheckedWidth((long)pairs * vectors);
        TensorExpr kernel = new CastExpr(new SvmKernel(context).Values(features, vectors), ElementType.Float64) { Origin = context.Origin };
        ConstantTensor weight = ConstantTensor.Create(context.ParameterName("coefficients"), vectors, pairs, PairWeights(perClass, coefficients, vectors, pairs));
        ConstantTensor bias = ConstantTensor.Create(context.ParameterName("rho"), 1, pairs, Array.ConvertAll(rho[..pairs], value => (double)value));
        TensorExpr sums = new LinearExpr(kernel, weight, bias) { Origin = context.Origin };
        TensorExpr scores = new CastExpr(sums, ElementType.Float32) { Origin = context.Origin };
        TensorExpr label = classes == 2 ? FirstIfPositive(context, sums, labels) : MostVotes(context, sums, labels, classes, pairs);
        if (context.Attributes.Floats("prob_a").Length > 0)
        {
            return (label, SvmProbability.Of(context, scores, classes));
        }
        return (label, classes == 2 ? PairOfScores(context, scores) : ScoreTransforms.Apply(ScoreTransforms.Read(context), scores, context.Origin));
    }

    // Column p of the weights belongs to pair p = (i, j): the coefficients of i's vectors against j are in row j - 1, those of j's against i in row i.
    private static double[] PairWeights(long[] perClass, float[] coefficients, int vectors, int pairs)
    {
        double[] weights = new double[vectors * pairs];
        int[] starts = new int[perClass.Length + 1];
        for (int i = 0; i < perClass.Length; i++)
        {
            starts[i + 1] = starts[i] + (int)perClass[i];
        }
        int pair = 0;
        for (int i = 0; i < perClass.Length; i++)
        {
            for (int j = i + 1; j < perClass.Length; j++, pair++)
            {
                for (int m = starts[i]; m < starts[i + 1]; m++)
                {
                    weights[(m * pairs) + pair] = coefficients[((j - 1) * vectors) + m];
                }
                for (int m = starts[j]; m < starts[j + 1]; m++)
                {
                    weights[(m * pairs) + pair] = coefficients[(i * vectors) + m];
                }
            }
        }
        return weights;
    }

    private static SelectLabelExpr FirstIfPositive(OperatorContext context, TensorExpr sum, ConstantTensor labels)
    {
        string name = context.ParameterName("labels");
        ConstantTensor swapped = labels.Type == ElementType.String
            ? ConstantTensor.Create(name, 1, 2, new[] { labels.Strings[1], labels.Strings[0] })
            : ConstantTensor.Create(name, 1, 2, new[] { labels.Int64[1], labels.Int64[0] });
        return new SelectLabelExpr(sum, swapped, threshold: 0) { Origin = context.Origin };
    }

    // Votes are small integers, so that their sums are exact: class i starts with a vote for each pair (j, i) and loses it if the score is a vote for j.
    private static SelectLabelExpr MostVotes(OperatorContext context, TensorExpr sums, ConstantTensor labels, int classes, int pairs)
    {
        float[] weights = new float[pairs * classes];
        float[] start = new float[classes];
        int pair = 0;
        for (int i = 0; i < classes; i++)
        {
            for (int j = i + 1; j < classes; j++, pair++)
            {
                weights[(pair * classes) + i] = 1;
                weights[(pair * classes) + j] = -1;
                start[j]++;
            }
        }
        ConstantTensor zero = ConstantTensor.Create(context.ParameterName("zero"), 1, 1, new[] { 0.0 });
        TensorExpr isFirst = new CastExpr(new ConstantBinaryExpr(BinaryFunction.Greater, sums, zero) { Origin = context.Origin }, ElementType.Float32) { Origin = context.Origin };
        TensorExpr votes = new LinearExpr(
            isFirst, ConstantTensor.Create(context.ParameterName("votes"), pairs, classes, weights), ConstantTensor.Create(context.ParameterName("starting_votes"), 1, classes, start))
        {
            Origin = context.Origin,
        };
        return new SelectLabelExpr(votes, labels, null) { Origin = context.Origin };
    }

    // One machine has one score s, shown as (-s, s); LOGISTIC is taken of both, with any other transform they are (1 - s, s).
    private static ConcatExpr PairOfScores(OperatorContext context, TensorExpr score)
    {
        TensorExpr other;
        switch (ScoreTransforms.Read(context))
        {
            case ScoreTransform.None:
                other = new UnaryExpr(UnaryFunction.Negate, score) { Origin = context.Origin };
                break;
            case ScoreTransform.Logistic:
                TensorExpr negated = new UnaryExpr(UnaryFunction.Negate, score) { Origin = context.Origin };
                return new ConcatExpr(
                    [ScoreTransforms.Apply(ScoreTransform.Logistic, negated, context.Origin), ScoreTransforms.Apply(ScoreTransform.Logistic, score, context.Origin)])
                {
                    Origin = context.Origin,
                };
            case ScoreTransform.Probit:
                throw OperatorContext.Unsupported("PROBIT of a single score for two labels, which ONNX Runtime leaves undefined", Refusal.Final);
            default:
                ConstantTensor one = ConstantTensor.Create(context.ParameterName("one"), 1, 1, new[] { 1f });
                other = new ConstantBinaryExpr(BinaryFunction.Subtract, score, one, constantOnLeft: true) { Origin = context.Origin };
                break;
        }
        return new ConcatExpr([other, score]) { Origin = context.Origin };
    }

    private static ConstantTensor Labels(OperatorContext context)
    {
        string[] strings = context.Attributes.Texts("classlabels_strings");
        long[] integers = context.Attributes.Integers("classlabels_ints");
        string name = context.ParameterName("labels");
        if (strings.Length > 0)
        {
            return ConstantTensor.Create(name, 1, strings.Length, strings);
        }
        return integers.Length > 0
            ? ConstantTensor.Create(name, 1, integers.Length, integers)
            : throw context.Invalid("either classlabels_strings or classlabels_ints is expected");
    }

    private static ConstantTensor Column(OperatorContext context, ConstantTensor labels) => labels.Type == ElementType.String
        ? ConstantTensor.Create(context.ParameterName("labels"), labels.Columns, 1, labels.Strings.ToArray())
        : ConstantTensor.Create(context.ParameterName("labels"), labels.Columns, 1, labels.Int64.ToArray());
}
