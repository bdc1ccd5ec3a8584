using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Support vector machines against ONNX Runtime.</summary>
public class SvmOperatorTests
{
    private const long N = OnnxBuilder.Open;
    private const int Features = 3;

    public static TheoryData<string> Kernels => ["LINEAR", "RBF", "POLY", "SIGMOID"];

    [Theory, MemberData(nameof(Kernels))]
    public void RegressorsAgree(string kernel)
    {
        foreach (float degree in new[] { 1f, 2, 3, 4 })
        {
            ModelParity.Check(Regressor(kernel, degree, oneClass: 0), rows: 20);
        }
        ModelParity.Check(Regressor(kernel, 2, oneClass: 1), rows: 20);
    }

    [Fact]
    public void ARegressorWithoutVectorsIsLinear() => ModelParity.Check(new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMRegressor", ["x"], ["y"],
        ("coefficients", Numbers(Features, 1)), ("rho", new[] { 0.25f }), ("kernel_type", "RBF"), ("kernel_params", new[] { 0.5f, 0, 3 }), ("n_supports", 0)).Output("y"), rows: 20);

    [Theory, MemberData(nameof(Kernels))]
    public void ClassifiersOfTwoClassesAgree(string kernel)
    {
        foreach (string transform in new[] { "NONE", "LOGISTIC", "SOFTMAX" })
        {
            ModelParity.Check(Classifier(kernel, [3, 4], ["no", "yes"], transform, withProbability: false), rows: 30);
        }
        ModelParity.Check(Classifier(kernel, [3, 4], ["no", "yes"], "NONE", withProbability: true), rows: 30);
    }

    [Theory, MemberData(nameof(Kernels))]
    public void ClassifiersOfSeveralClassesVoteInPairs(string kernel)
    {
        foreach (string transform in new[] { "NONE", "LOGISTIC", "SOFTMAX" })
        {
            ModelParity.Check(Classifier(kernel, [2, 3, 1, 2], ["a", "b", "c", "d"], transform, withProbability: false), rows: 30);
        }
        ModelParity.Check(Classifier(kernel, [2, 3, 1, 2], ["a", "b", "c", "d"], "NONE", withProbability: true), rows: 30);
    }

    [Fact]
    public void KernelValuesStayOutsideOfTheProbabilities()
    {
        ModelGraph graph = ModelParity.Check(Classifier("RBF", [2, 3, 2], ["a", "b", "c"], "NONE", withProbability: true), rows: 30);
        OnnxRunExpr run = Assert.IsType<OnnxRunExpr>(Assert.IsType<OnnxOutputExpr>(graph.Outputs[1].Expression).Arguments[0]);
        Assert.Equal(3, run.Arguments[0].Width);
        Assert.IsType<DistanceExpr>(Find<DistanceExpr>(run));
    }

    [Fact]
    public void LinearClassifiersWithoutVectorsAgree()
    {
        foreach (int classes in new[] { 1, 2, 3 })
        {
            foreach (bool nonNegative in new[] { false, true })
            {
                float[] coefficients = Numbers(classes * Features, 5);
                coefficients = nonNegative ? Array.ConvertAll(coefficients, Math.Abs) : coefficients;
                ModelParity.Check(new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMClassifier", ["x"], ["label", "scores"],
                    ("coefficients", coefficients), ("rho", new[] { 0.1f }), ("kernel_params", new float[3]),
                    ("classlabels_ints", Enumerable.Range(5, classes).Select(i => (long)i).ToArray())).Output("label", "int64").Output("scores"), rows: 40);
            }
        }
    }

    [Fact]
    public void ContradictionsAreInvalid()
    {
        RejectedModel.Invalid(Classifier("RBF", [3, 4], ["a", "b", "c"], "NONE", withProbability: false), "SVMClassifier", "3 and 2");
        RejectedModel.Invalid(Classifier("CUBIC", [3, 4], ["a", "b"], "NONE", withProbability: false), "'CUBIC'");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMRegressor", ["x"], ["y"],
            ("coefficients", new float[2]), ("rho", new float[1]), ("n_supports", 2), ("support_vectors", new float[5])).Output("y"), "2 support vectors of 3 features need 6 numbers, found 5");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMRegressor", ["x"], ["y"],
            ("coefficients", new float[2]), ("rho", new float[1]), ("n_supports", 1L << 40), ("support_vectors", new float[6])).Output("y"), "n_supports");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMRegressor", ["x"], ["y"],
            ("coefficients", new float[2]), ("n_supports", 2), ("support_vectors", new float[6])).Output("y"), "rho");
    }

    private static T Find<T>(TensorExpr expression)
        where T : TensorExpr => expression as T ?? Find<T>(expression.Arguments[0]);

    private static OnnxBuilder Regressor(string kernel, float degree, long oneClass) => new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMRegressor", ["x"], ["y"],
        ("coefficients", Numbers(5, 2)), ("rho", new[] { 0.125f }), ("kernel_type", kernel), ("kernel_params", new[] { 0.3f, 0.5f, degree }), ("n_supports", 5),
        ("support_vectors", Numbers(5 * Features, 3)), ("one_class", oneClass)).Output("y");

    private static OnnxBuilder Classifier(string kernel, long[] perClass, string[] labels, string transform, bool withProbability)
    {
        int vectors = (int)perClass.Sum();
        int pairs = labels.Length * (labels.Length - 1) / 2;
        List<(string, object)> attributes =
        [
            ("coefficients", Numbers((perClass.Length - 1) * vectors, 4)), ("rho", Numbers(pairs, 6)), ("kernel_type", kernel), ("kernel_params", new[] { 0.3f, 0.5f, 3 }),
            ("support_vectors", Numbers(vectors * Features, 7)), ("vectors_per_class", perClass), ("classlabels_strings", labels), ("post_transform", transform),
        ];
        if (withProbability)
        {
            attributes.Add(("prob_a", Array.ConvertAll(Numbers(pairs, 8), value => value - 2)));
            attributes.Add(("prob_b", Numbers(pairs, 9)));
        }
        return new OnnxBuilder().Input("x", "float", N, Features).MlNode("SVMClassifier", ["x"], ["label", "scores"], [.. attributes]).Output("label", "string").Output("scores");
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
