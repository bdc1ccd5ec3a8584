using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

public class LinearModelOperatorTests
{
    private const long N = OnnxBuilder.Open;

    public static TheoryData<string> PostTransforms => ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"];

    [Theory, MemberData(nameof(PostTransforms))]
    public void ClassifierWithAScorePerLabel(string transform)
    {
        ModelGraph graph = Check(transform, scores: 3, ("classlabels_ints", new[] { 4L, -2L, 9L }));
        Assert.Equal([ElementType.Int64, ElementType.Float32], graph.Outputs.Select(output => output.Expression.Type));
        Check(transform, scores: 2, ("classlabels_strings", new[] { "no", "yes" }), ("multi_class", 1));
    }

    [Theory]
    [InlineData("NONE")]
    [InlineData("LOGISTIC")]
    [InlineData("SOFTMAX")]
    [InlineData("SOFTMAX_ZERO")]
    public void ClassifierWithOneScoreForTwoLabelsHasTwoColumns(string transform)
    {
        ModelGraph graph = Check(transform, scores: 1, ("classlabels_strings", new[] { "no", "yes" }));
        Assert.Equal(2, graph.Outputs[1].Expression.Width);
        Check(transform, scores: 1, ("classlabels_ints", new[] { 3L, 8L }));
    }

    [Fact]
    public void ProbitOfAPairIsUnsupported() => RejectedModel.Unsupported(
        Classifier("float", "PROBIT", 1, ("classlabels_ints", new[] { 0L, 1L })), "LinearClassifier", "PROBIT");

    [Theory]
    [InlineData("double")]
    [InlineData("int64")]
    [InlineData("int32")]
    public void ClassifierConvertsItsFeaturesToFloat(string type) =>
        ModelParity.Check(Classifier(type, "NONE", 3, ("classlabels_ints", new[] { 0L, 1L, 2L })));

    [Fact]
    public void ClassifierContradictionsAreInvalid()
    {
        RejectedModel.Invalid(Classifier("float", "NONE", 3, ("classlabels_ints", new[] { 0L })), "3 scores need 3 labels, found 1");
        RejectedModel.Invalid(Classifier("float", "NONE", 1, ("classlabels_ints", new[] { 0L })), "1 scores need 2 labels, found 1");
        RejectedModel.Invalid(Classifier("float", "CUBE", 3, ("classlabels_ints", new[] { 0L, 1L, 2L })), "'CUBE'");
        RejectedModel.Invalid(new OnnxBuilder().Input("x", "float", N, 4).MlNode("LinearClassifier", ["x"], ["l", "s"],
            ("coefficients", new float[3]), ("intercepts", new float[1]), ("classlabels_ints", new[] { 0L, 1L })).Output("l", "int64").Output("s"), "found 3");
        RejectedModel.Unsupported(new OnnxBuilder().Input("x", "float", N, 4).MlNode("LinearClassifier", ["x"], ["l", "s"],
            ("coefficients", new float[8]), ("classlabels_ints", new[] { 0L, 1L })).Output("l", "int64").Output("s"), "without intercepts");
    }

    [Theory, MemberData(nameof(PostTransforms))]
    public void RegressorWithSeveralTargets(string transform) => ModelParity.Check(Regressor(transform, 3));

    [Theory, MemberData(nameof(PostTransforms))]
    public void RegressorWithOneTarget(string transform) => ModelParity.Check(Regressor(transform, 1));

    [Fact]
    public void RegressorIgnoresInterceptsOfAnotherLength() => ModelParity.Check(new OnnxBuilder().Input("x", "float", N, 2)
        .MlNode("LinearRegressor", ["x"], ["y"], ("coefficients", new[] { 1f, 2f, 3f, 4f }), ("intercepts", new[] { 9f }), ("targets", 2)).Output("y"));

    [Fact]
    public void RegressorContradictionsAreInvalid()
    {
        OnnxBuilder Of(int targets) => new OnnxBuilder().Input("x", "float", N, 2)
            .MlNode("LinearRegressor", ["x"], ["y"], ("coefficients", new[] { 1f, 2f }), ("targets", targets)).Output("y");
        RejectedModel.Invalid(Of(0), "0 scores");
        RejectedModel.Invalid(Of(-1), "-1 scores");
        RejectedModel.Invalid(Of(2), "2 x 2 coefficients, found 2");
    }

    [Fact]
    public void TheWidthOfAnOpenInputComesFromTheCoefficients()
    {
        ModelGraph graph = ModelParity.Check(new OnnxBuilder().Input("x", "float", null)
            .MlNode("LinearRegressor", ["x"], ["y"], ("coefficients", new[] { 1f, 2f, 3f, 4f }), ("targets", 2)).Output("y"));
        Assert.Equal(2, graph.Inputs[0].Width);
    }

    private static ModelGraph Check(string transform, int scores, params (string, object)[] labels)
    {
        // Probit needs scores within (0, 1).
        byte[] model = Classifier("float", transform, scores, labels).Build();
        float[] features = [.. Enumerable.Range(0, 40).Select(i => transform == "PROBIT" ? 0.1f + (i % 5 * 0.01f) : ((i * 13 % 17) - 8) / 5f)];
        return ModelParity.Check(model, [features], rows: 10);
    }

    private static OnnxBuilder Classifier(string type, string transform, int scores, params (string, object)[] labels) =>
        new OnnxBuilder().Input("x", type, N, 4).MlNode("LinearClassifier", ["x"], ["label", "scores"],
            [("coefficients", Coefficients(scores, transform)), ("intercepts", Enumerable.Repeat(0.1f, scores).ToArray()), ("post_transform", transform), .. labels])
            .Output("label", labels[0].Item1 == "classlabels_strings" ? "string" : "int64").Output("scores");

    private static OnnxBuilder Regressor(string transform, int targets)
    {
        return new OnnxBuilder().Input("x", "float", N, 4).Node("Sigmoid", ["x"], ["p"]).MlNode("LinearRegressor", ["p"], ["y"],
            ("coefficients", Coefficients(targets, transform)), ("intercepts", Enumerable.Repeat(0.1f, targets).ToArray()),
            ("targets", targets), ("post_transform", transform)).Output("y");
    }

    private static float[] Coefficients(int scores, string transform) => [.. Enumerable.Range(0, scores * 4)
        .Select(i => transform == "PROBIT" ? 0.05f + (i % 3 * 0.05f) : ((i * 5 % 7) - 3) / 3f)];
}
