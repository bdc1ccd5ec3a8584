using InferF.Plan.Query;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Models of every kind end to end: all planners give what DuckDB and ONNX Runtime give.</summary>
public sealed class ModelTests
{
    private const string Join = "FROM a JOIN b ON a.k = b.k LEFT JOIN c ON b.j = c.j";

    [Fact]
    public async Task ScalerFeedsALinearRegressor()
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("x", "float", OnnxBuilder.Open, 3)
            .MlNode("Scaler", ["x"], ["s"], ("offset", new[] { 0.5f, -1f, 2f }), ("scale", new[] { 2f, 0.5f, 0.25f }))
            .MlNode("LinearRegressor", ["s"], ["y"], ("coefficients", new[] { 0.3f, -0.7f, 1.1f }), ("intercepts", new[] { 0.2f }))
            .Output("y", "float", OnnxBuilder.Open, 1).Build());
        Assert.True(await scene.VerifyAsync($"SELECT predict('m', [a.x, b.y, a.z]) AS p {Join}") > 100);
    }

    [Theory]
    [InlineData("NONE")]
    [InlineData("SOFTMAX")]
    [InlineData("LOGISTIC")]
    [InlineData("SOFTMAX_ZERO")]
    [InlineData("PROBIT")]
    public async Task LinearRegressorsTransformTheirOutputs(string transform)
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("x", "float", OnnxBuilder.Open, 2)
            .Node("Sigmoid", ["x"], ["g"])
            .MlNode("LinearRegressor", ["g"], ["y"], ("coefficients", new[] { 0.3f, 0.1f, 0.2f, 0.3f, 0.25f, 0.4f }), ("intercepts", new[] { 0.2f, 0.1f, 0.05f }), ("targets", 3), ("post_transform", transform))
            .Output("y", "float", OnnxBuilder.Open, 3).Build());
        await scene.VerifyAsync($"SELECT predict('m', [a.x, b.y]) AS p {Join}");
    }

    [Fact]
    public async Task ImputersTakeNullsUnderAnyPolicy()
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("x", "float", OnnxBuilder.Open, 3)
            .MlNode("Imputer", ["x"], ["i"], ("imputed_value_floats", new[] { 1f, 2f, 3f }), ("replaced_value_float", float.NaN))
            .MlNode("LinearRegressor", ["i"], ["y"], ("coefficients", new[] { 0.3f, -0.7f, 1.1f }), ("intercepts", new[] { 0.2f }))
            .Output("y", "float", OnnxBuilder.Open, 1).Build());
        string sql = $"SELECT a.id, predict('m', [a.x, c.w, b.n]) AS p {Join}";
        foreach (NullHandling nulls in new[] { new NullHandling(NullMode.Error), new NullHandling(NullMode.Nan), new NullHandling(NullMode.Constant, 7) })
        {
            await scene.VerifyAsync(sql, new QueryOptions { Nulls = nulls });
        }
        // 0.2 + 0.3 · 1 − 0.7 · 2 + 1.1 · 3
        Assert.Equal(2.4, double.Parse(await scene.TextAsync("SELECT predict('m', [n.x, n.x, n.x]) AS p FROM n JOIN a ON n.k = a.id"), System.Globalization.CultureInfo.InvariantCulture), 1e-5);
    }

    [Theory]
    [InlineData("string", "zeros")]
    [InlineData("string", "error")]
    [InlineData("int64", "zeros")]
    public async Task OneHotEncodersTakeTextAndIntegers(string type, string unknown)
    {
        await using TestScene scene = await TablesAsync();
        (string, object) categories = type == "string" ? ("cats_strings", new[] { "red", "green", "blue" }) : ("cats_int64s", new long[] { 0, 1, 2 });
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("c", type, OnnxBuilder.Open, 1)
            .Input("x", "float", OnnxBuilder.Open, 1)
            .MlNode("OneHotEncoder", ["c"], ["raw"], categories, ("zeros", unknown == "zeros" ? 1 : 0))
            .Initializer("shape", [-1L, 3], 2)
            .Node("Reshape", ["raw", "shape"], ["h"])
            .Node("Concat", ["h", "x"], ["f"], ("axis", 1))
            .Initializer("w", new[] { 0.5f, -1f, 2f, 0.25f }, 4, 1)
            .Node("MatMul", ["f", "w"], ["y"])
            .Output("y", "float", OnnxBuilder.Open, 1).Build());
        string column = type == "string" ? "b.colour" : "b.code";
        string sql = $"SELECT predict('m', c := {column}, x := a.x) AS p {Join}";
        if (unknown == "error")
        {
            InferFException error = await Assert.ThrowsAsync<InferFException>(() => scene.TextAsync(sql));
            Assert.Equal(InferFErrorCode.InvalidData, error.Code);
            await scene.VerifyAsync($"{sql} WHERE b.colour IN ('red', 'green', 'blue')");
            return;
        }
        await scene.VerifyAsync(sql);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 3)]
    [InlineData(true, 2)]
    [InlineData(false, 2)]
    public async Task LinearClassifiersGiveLabelsAndProbabilities(bool text, int classes)
    {
        await using TestScene scene = await TablesAsync();
        (string, object) labels = text ? ("classlabels_strings", new[] { "no", "yes", "perhaps" }[..classes]) : ("classlabels_ints", new long[] { 10, 20, 30 }[..classes]);
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("x", "float", OnnxBuilder.Open, 2)
            .MlNode("LinearClassifier", ["x"], ["label", "probabilities"], labels, ("post_transform", "SOFTMAX"), ("multi_class", 1),
                ("coefficients", new[] { 0.5f, -1f, 0.3f, 0.8f, -0.2f, 0.1f }[..(2 * classes)]), ("intercepts", new[] { 0.1f, 0f, -0.1f }[..classes]))
            .Output("label", text ? "string" : "int64", OnnxBuilder.Open)
            .Output("probabilities", "float", OnnxBuilder.Open, classes).Build());
        Assert.True(await scene.VerifyAsync($"SELECT a.id, predict('m', [a.x, b.y]) AS p {Join}") > 100);
        string rows = await scene.TextAsync($"SELECT a.id, predict('m', [a.x, b.y]) AS p {Join} ORDER BY a.id LIMIT 5");
        Assert.Matches(text ? @"\{label: (no|yes|perhaps), probabilities: \[" : @"\{label: [123]0, probabilities: \[", rows);
    }

    [Theory]
    [InlineData("MAX")]
    [InlineData("L1")]
    [InlineData("L2")]
    public async Task NormalizersDivideByTheRowsNorm(string norm)
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("x", "float", OnnxBuilder.Open, 3)
            .Node("Sigmoid", ["x"], ["s"])
            .MlNode("Normalizer", ["s"], ["y"], ("norm", norm))
            .Output("y", "float", OnnxBuilder.Open, 3).Build());
        await scene.VerifyAsync($"SELECT predict('m', [a.x, b.y, a.z]) AS p {Join}");
    }

    [Fact]
    public async Task DoubleModelsKeepDoublePrecision()
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("x", "double", OnnxBuilder.Open, 3)
            .Initializer("w", new[] { 0.1, 0.2, -0.3, 0.4, 0.5, -0.6 }, 3, 2).Initializer("b", new[] { 0.01, -0.02 }, 2)
            .Initializer("v", new[] { 1.5, -0.5 }, 2, 1)
            .Node("MatMul", ["x", "w"], ["xw"]).Node("Add", ["xw", "b"], ["h"]).Node("Tanh", ["h"], ["t"]).Node("MatMul", ["t", "v"], ["y"])
            .Output("y", "double", OnnxBuilder.Open, 1).Build());
        await scene.VerifyAsync($"SELECT predict('m', [a.x, b.y, a.z]) AS p {Join}");
        ParityReport report = await scene.Session.Sql($"SELECT predict('m', [a.x, b.y, a.z]) AS p {Join}").VerifyAsync(cancellation: TestScene.Cancellation);
        Assert.InRange(report.MaxAbsError, 0, 1e-13);
    }

    [Theory]
    [InlineData("int64")]
    [InlineData("int32")]
    public async Task IntegerInputsAreComputedExactly(string type)
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("n", type, OnnxBuilder.Open, 2)
            .Node("Cast", ["n"], ["f"], ("to", 1))
            .Initializer("w", new[] { 0.5f, -0.25f }, 2, 1)
            .Node("MatMul", ["f", "w"], ["y"])
            .Output("y", "float", OnnxBuilder.Open, 1).Build());
        await scene.VerifyAsync($"SELECT predict('m', [a.id, b.code]) AS p {Join}");
    }

    [Theory]
    [InlineData(11, -1)]
    [InlineData(13, 1)]
    [InlineData(17, -1)]
    [InlineData(21, 1)]
    public async Task SoftmaxOutputsInEveryOpset(int opset, int axis)
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", new OnnxBuilder(opset)
            .Input("x", "float", OnnxBuilder.Open, 3)
            .Initializer("w", new[] { 0.1f, 0.2f, -0.3f, 0.4f, 0.5f, -0.6f, 1f, 2f, -1f }, 3, 3).Initializer("b", new[] { 0.01f, -0.02f, 0.5f }, 3)
            .Node("Gemm", ["x", "w", "b"], ["h"], ("transB", 1), ("alpha", 0.5f)).Node("Softmax", ["h"], ["y"], ("axis", axis))
            .Output("y", "float", OnnxBuilder.Open, 3).Build());
        await scene.VerifyAsync($"SELECT predict('m', [a.x, b.y, a.z]) AS p {Join}");
    }

    [Fact]
    public async Task SeveralModelsInOneQuery()
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [8], "Relu", 1));
        await scene.ModelAsync("n", OnnxModels.Mlp(3, [4], "Tanh", 2, outputs: 2));
        string sql = $"SELECT predict('m', [a.x, b.y]) AS p, predict('n', [a.z, b.y, a.x]) AS q, predict('m', [b.y, a.x]) AS r {Join}";
        await scene.VerifyAsync(sql);
        Assert.Contains("[", await scene.TextAsync(sql), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PoliciesForNulls()
    {
        await using TestScene scene = await TablesAsync();
        await scene.ModelAsync("m", OnnxModels.Linear(2, seed: 3));
        string sql = $"SELECT predict('m', [a.x, c.w]) AS p {Join}";
        InferFException error = await Assert.ThrowsAsync<InferFException>(() => scene.TextAsync(sql));
        Assert.Equal(InferFErrorCode.NullInput, error.Code);
        Assert.Contains("c.w", error.Message, StringComparison.Ordinal);
        await scene.VerifyAsync(sql, new QueryOptions { Nulls = new NullHandling(NullMode.Nan) });
        await scene.VerifyAsync(sql, new QueryOptions { Nulls = new NullHandling(NullMode.Constant, -1.5) });
        Assert.Contains("NaN", await scene.TextAsync(sql, new QueryOptions { Nulls = new NullHandling(NullMode.Nan) }), StringComparison.Ordinal);
    }

    private static async Task<TestScene> TablesAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("a", "SELECT i::INTEGER AS id, (i % 17)::INTEGER AS k, (i * 0.37 % 4 - 2)::FLOAT AS x, (i * 0.11 % 3 - 1)::DOUBLE AS z FROM range(200) t(i)");
        await scene.TableAsync(
            "b",
            """
            SELECT i::INTEGER AS k, (i % 5)::BIGINT AS j, (i * 0.23 % 2 - 1)::FLOAT AS y, CASE WHEN i % 4 = 0 THEN NULL ELSE i * 0.5 END::FLOAT AS n,
                   ['red', 'green', 'blue', 'pink'][1 + i % 4] AS colour, (i % 4)::SMALLINT AS code
            FROM range(15) t(i)
            """,
            "parquet");
        await scene.TableAsync("c", "SELECT i::BIGINT AS j, i * 1.5::FLOAT AS w FROM range(3) t(i)", "csv");
        await scene.TableAsync("n", "SELECT 1 AS k, NULL::FLOAT AS x");
        return scene;
    }
}
