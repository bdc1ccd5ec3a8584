using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Nearest neighbours and k-means as scikit-learn's exporter (skl2onnx) writes them.</summary>
public class NeighbourTests
{
    private const long N = OnnxBuilder.Open;
    private const int Features = 3;
    private const int Points = 12;
    private const int Neighbours = 3;

    [Theory]
    [InlineData(11, "ReduceSumSquare")]
    [InlineData(18, "ReduceSumSquare")]
    [InlineData(18, "Abs")]
    public void DistancesByScanAreDistances(int opset, string kind)
    {
        OnnxBuilder builder = WithScan(new OnnxBuilder(opset).Input("x", "float", N, Features), opset, kind).Node("Sqrt", ["distances"], ["y"]).Output("y");
        ModelGraph graph = ModelParity.Check(builder);
        DistanceExpr distances = Assert.IsType<DistanceExpr>(graph.Outputs[0].Expression.Arguments[0]);
        Assert.Equal(kind == "Abs" ? DistanceMetric.Manhattan : DistanceMetric.SquaredEuclidean, distances.Metric);
    }

    [Theory]
    [InlineData("sqeuclidean")]
    [InlineData("euclidean")]
    public void DistancesByCDistAgree(string metric) => ModelParity.Check(new OnnxBuilder().Import("com.microsoft", 1).Input("x", "float", N, Features)
        .Initializer("points", Numbers(Points * Features, 1), Points, Features).Node("CDist", "com.microsoft", ["x", "points"], ["y"], ("metric", metric)).Output("y"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ClassifiersVote(bool byDistance)
    {
        OnnxBuilder builder = Nearest().Initializer("training", [.. Enumerable.Range(0, Points).Select(i => (long)(i % 3))], Points);
        AddLabels(builder);
        string[] conc = new string[3];
        for (int label = 0; label < 3; label++)
        {
            builder.Initializer($"class{label}", new[] { (long)label }, 1).Node("Equal", ["reshaped", $"class{label}"], [$"equal{label}"])
                .Node("Cast", [$"equal{label}"], [$"cast{label}"], ("to", 1));
            string votes = $"cast{label}";
            if (byDistance)
            {
                builder.Node("Mul", [votes, "weights"], [$"weighted{label}"]);
                votes = $"weighted{label}";
            }
            builder.Node("ReduceSum", [votes, "axis1"], [$"sum{label}"], ("keepdims", 1));
            conc[label] = $"sum{label}";
        }
        builder.Node("Concat", conc, ["together"], ("axis", 1)).Node("ReduceSum", ["together", "axis1"], ["norm"], ("keepdims", 1))
            .Node("ArgMax", ["together"], ["best"], ("axis", 1), ("keepdims", 0))
            .Initializer("classes", new[] { "ape", "bee", "cat" }, 3).MlNode("ArrayFeatureExtractor", ["classes", "best"], ["found"])
            .Initializer("all", new[] { -1L }, 1).Node("Reshape", ["found", "all"], ["label"]).Node("Div", ["together", "norm"], ["probabilities"])
            .Output("label", "string").Output("probabilities");
        ModelGraph graph = ModelParity.Check(builder, rows: 25);
        Assert.Contains(Expressions(graph), expression => expression is DistanceExpr);
        Assert.DoesNotContain(Expressions(graph), expression => expression is OnnxRunExpr);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RegressorsAverage(bool byDistance)
    {
        OnnxBuilder builder = Nearest().Initializer("training", Numbers(Points, 5), Points);
        AddLabels(builder);
        builder.Node("Cast", ["reshaped"], ["targets"], ("to", 1));
        if (byDistance)
        {
            builder.Node("Mul", ["targets", "weights"], ["weighted"]).Node("ReduceSum", ["weighted", "axis1"], ["sum"], ("keepdims", 0))
                .Node("ReduceSum", ["weights", "axis1"], ["norm"], ("keepdims", 0)).Node("Div", ["sum", "norm"], ["y"]);
        }
        else
        {
            builder.Node("ReduceMean", ["targets"], ["y"], ("axes", new[] { 1L }), ("keepdims", 0));
        }
        ModelGraph graph = ModelParity.Check(builder.Output("y"), rows: 25);
        Assert.DoesNotContain(Expressions(graph), expression => expression is OnnxRunExpr);
    }

    [Fact]
    public void KMeansStaysASum()
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", "float", N, Features).Initializer("centroids", Numbers(4 * Features, 1), 4, Features).Initializer("squares", Numbers(4, 2), 4)
            .Initializer("zero", new[] { 0f }, 1).Node("ReduceSumSquare", ["x"], ["own"], ("axes", new[] { 1L }), ("keepdims", 1)).Node("Mul", ["own", "zero"], ["zeros"])
            .Node("Gemm", ["x", "centroids", "zeros"], ["mixed"], ("alpha", -2f), ("transB", 1)).Node("Add", ["own", "mixed"], ["z"]).Node("Add", ["squares", "z"], ["y2"])
            .Node("ArgMin", ["y2"], ["label"], ("axis", 1), ("keepdims", 0)).Node("Abs", ["y2"], ["positive"]).Node("Sqrt", ["positive"], ["scores"])
            .Output("label", "int64").Output("scores");
        ModelGraph graph = ModelParity.Check(builder, rows: 25);
        Assert.Contains(Expressions(graph), expression => expression is LinearExpr);
        Assert.DoesNotContain(Expressions(graph), expression => expression is OnnxRunExpr);
    }

    // The distances, their smallest and the weights of neighbours.
    private static OnnxBuilder Nearest() => WithScan(new OnnxBuilder(13).Input("x", "float", N, Features), 13, "ReduceSumSquare").Node("Sqrt", ["distances"], ["roots"])
        .Initializer("k", new long[] { Neighbours }, 1).Node("TopK", ["roots", "k"], ["nearest", "indices"], ("largest", 0), ("sorted", 1))
        .Initializer("minus", new[] { -1f }, 1).Node("Mul", ["nearest", "minus"], ["negative"]).Node("Mul", ["negative", "minus"], ["positive"])
        .Initializer("least", new[] { 1e-6f }, 1).Node("Max", ["positive", "least"], ["modified"]).Node("Reciprocal", ["modified"], ["weights"])
        .Initializer("axis1", new[] { 1L }, 1);

    private static void AddLabels(OnnxBuilder builder) => builder.Node("Shape", ["indices"], ["shape"]).Node("Flatten", ["indices"], ["flattened"])
        .MlNode("ArrayFeatureExtractor", ["training", "flattened"], ["extracted"]).Node("Reshape", ["extracted", "shape"], ["reshaped"]);

    private static OnnxBuilder WithScan(OnnxBuilder builder, int opset, string kind)
    {
        OnnxBuilder body = new OnnxBuilder(opset).Input("next_in", "float", N, Features).Input("next", "float", Features)
            .Node("Identity", ["next_in"], ["next_out"]).Node("Sub", ["next_in", "next"], ["difference"]);
        string argument = "difference";
        if (kind == "Abs")
        {
            body.Node("Abs", ["difference"], ["magnitude"]);
            argument = "magnitude";
        }
        string reduce = kind == "Abs" ? "ReduceSum" : kind;
        bool isInput = opset >= (reduce == "ReduceSum" ? 13 : 18);
        if (isInput)
        {
            body.Initializer("axes", new[] { 1L }, 1).Node(reduce, [argument, "axes"], ["norm"], ("keepdims", 0));
        }
        else
        {
            body.Node(reduce, [argument], ["norm"], ("axes", new[] { 1L }), ("keepdims", 0));
        }
        body.Node("Identity", ["norm"], ["scan_out"]).Output("next_out", "float", N, Features).Output("scan_out", "float", N);
        return builder.Initializer("points", Numbers(Points * Features, 1), Points, Features)
            .BodyNode("Scan", ["x", "points"], ["state", "stacked"], body, ("num_scan_inputs", 1)).Node("Transpose", ["stacked"], ["distances"], ("perm", new[] { 1L, 0 }));
    }

    private static HashSet<TensorExpr> Expressions(ModelGraph graph)
    {
        HashSet<TensorExpr> seen = new(ReferenceEqualityComparer.Instance);
        var pending = new Stack<TensorExpr>(graph.Outputs.Select(output => output.Expression));
        while (pending.TryPop(out TensorExpr? expression))
        {
            if (seen.Add(expression))
            {
                foreach (TensorExpr argument in expression.Arguments)
                {
                    pending.Push(argument);
                }
            }
        }
        return seen;
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
