using InferF.Testing;

namespace InferF.Tests;

/// <summary>What a query returns: order, cuts, columns, shapes of predictions, conditions.</summary>
public sealed class QueryTests
{
    private const string Join = "FROM a JOIN b ON a.k = b.k";

    // The model is y = x₁ + 10·x₂, so that results can be read.
    private static byte[] Sum { get; } = new OnnxBuilder()
        .Input("x", "float", OnnxBuilder.Open, 2)
        .Initializer("w", new[] { 1f, 10f }, 2, 1)
        .Node("MatMul", ["x", "w"], ["y"]).Output("y", "float", OnnxBuilder.Open, 1).Build();

    private static byte[] NamedSum { get; } = new OnnxBuilder()
        .Input("v", "float", OnnxBuilder.Open, 1).Input("w", "float", OnnxBuilder.Open, 1)
        .Initializer("ten", new[] { 10f }, 1)
        .Node("Mul", ["w", "ten"], ["w10"]).Node("Add", ["v", "w10"], ["y"]).Output("y", "float", OnnxBuilder.Open, 1).Build();

    private static byte[] Pair { get; } = new OnnxBuilder()
        .Input("x", "float", OnnxBuilder.Open, 2)
        .Initializer("w", new[] { 1f, 0f, 1f, 0f, 1f, 1f }, 2, 3)
        .Node("MatMul", ["x", "w"], ["y"]).Output("y", "float", OnnxBuilder.Open, 3).Build();

    private static byte[] Labelled { get; } = new OnnxBuilder()
        .Input("x", "float", OnnxBuilder.Open, 2)
        .MlNode("LinearClassifier", ["x"], ["label", "scores"], ("classlabels_strings", new[] { "low", "high" }), ("coefficients", new[] { 0f, 0f, 0f, 1f }), ("intercepts", new[] { 1.5f, 0f }))
        .Output("label", "string", OnnxBuilder.Open).Output("scores", "float", OnnxBuilder.Open, 2).Build();

    [Theory]
    [InlineData("SELECT a.id, predict('sum', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k ORDER BY p", "1 | 11\n3 | 13\n2 | 22")]
    [InlineData("SELECT a.id, predict('sum', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k ORDER BY p DESC LIMIT 2", "2 | 22\n3 | 13")]
    [InlineData("SELECT a.id, predict('sum', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id LIMIT 1 OFFSET 1", "2 | 22")]
    [InlineData("SELECT a.id FROM a JOIN b ON a.k = b.k ORDER BY predict('sum', [a.v, b.w]) DESC", "2\n3\n1")]
    [InlineData("SELECT a.id, predict('sum', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k ORDER BY b.name, a.id DESC", "3 | 13\n1 | 11\n2 | 22")]
    [InlineData("SELECT predict('sum', [a.v, b.w]) AS p, a.id FROM a JOIN b ON a.k = b.k ORDER BY 2", "11 | 1\n22 | 2\n13 | 3")]
    [InlineData("SELECT a.id, predict('sum', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k LIMIT 0", "")]
    [InlineData("SELECT a.id, b.name FROM a LEFT JOIN b ON a.k = b.k ORDER BY b.name NULLS FIRST, a.id", "4 | NULL\n1 | ten\n3 | ten\n2 | twenty")]
    [InlineData("SELECT a.id, b.name FROM a LEFT JOIN b ON a.k = b.k ORDER BY b.name DESC, a.id LIMIT 2 OFFSET 2", "3 | ten\n4 | NULL")]
    public Task OrderLimitOffset(string sql, string expected) => AssertRowsAsync(sql, expected);

    [Theory]
    [InlineData("SELECT p.id, p.y FROM predict('named', (SELECT a.id, a.v, b.w FROM a JOIN b ON a.k = b.k)) AS p ORDER BY p.id", "1 | 11\n2 | 22\n3 | 13")]
    [InlineData("SELECT * FROM predict('named', (SELECT a.id, a.v, b.w FROM a JOIN b ON a.k = b.k)) AS p ORDER BY id", "1 | 1 | 1 | 11\n2 | 2 | 2 | 22\n3 | 3 | 1 | 13")]
    [InlineData("SELECT a.id, predict('named', *) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id", "1 | 11\n2 | 22\n3 | 13")]
    [InlineData("SELECT a.id, predict('named', v := a.v, w := b.w) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id", "1 | 11\n2 | 22\n3 | 13")]
    [InlineData("SELECT a.id, predict('named', w := a.v * 2, v := abs(b.w)) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id", "1 | 21\n2 | 42\n3 | 61")]
    [InlineData("SELECT a.id, predict('pair', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id", "1 | [1, 1, 2]\n2 | [2, 2, 4]\n3 | [3, 1, 4]")]
    [InlineData("SELECT a.id, predict('label', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id", "1 | {label: low, scores: [1.5, 1]}\n2 | {label: high, scores: [1.5, 2]}\n3 | {label: low, scores: [1.5, 1]}")]
    [InlineData("SELECT p.id, p.y FROM predict('named', (SELECT a.id, a.v, b.w FROM a JOIN b ON a.k = b.k WHERE a.id > 1)) AS p WHERE p.y < 20", "3 | 13")]
    [InlineData("SELECT a.id FROM a JOIN b ON a.k = b.k WHERE predict('label', [a.v, b.w]).label = 'high'", "2")]
    [InlineData("SELECT a.*, predict('sum', [a.v, b.w]) AS p FROM a JOIN b ON a.k = b.k WHERE a.id = 2", "2 | 20 | 2 | 22")]
    public Task FormsOfPredict(string sql, string expected) => AssertRowsAsync(sql, expected);

    [Theory]
    [InlineData("WHERE predict('sum', [a.v, b.w]) > 12", "2\n3")]
    [InlineData("WHERE predict('sum', [a.v, b.w]) BETWEEN 12 AND 13 OR a.id = 1", "1\n3")]
    [InlineData("WHERE predict('sum', [a.v, b.w]) > 12 AND a.id < 3", "2")]
    [InlineData("WHERE a.v > b.w", "3")]
    [InlineData("WHERE a.id + b.w IN (2, 4)", "1\n2\n3")]
    [InlineData("WHERE NOT a.v > b.w", "1\n2")]
    [InlineData("WHERE a.id % 2 = 1 AND length(b.name) = 3", "1\n3")]
    [InlineData("WHERE coalesce(a.v, 0) = b.w", "1\n2")]
    [InlineData("WHERE a.id = 1000", "")]
    public Task Conditions(string where, string expected) => AssertRowsAsync($"SELECT a.id {Join} {where} ORDER BY a.id", expected);

    [Theory]
    [InlineData("a.id * 2 AS e", "2\n4\n6")]
    [InlineData("a.v + b.w AS e", "2\n4\n4")]
    [InlineData("predict('sum', [a.v, b.w]) + a.id AS e", "12\n24\n16")]
    [InlineData("upper(b.name) AS e", "TEN\nTWENTY\nTEN")]
    [InlineData("a.v > b.w AS e", "false\nfalse\ntrue")]
    [InlineData("predict('pair', [a.v, b.w])[3] AS e", "2\n4\n4")]
    [InlineData("predict('label', [a.v, b.w]).label AS e", "low\nhigh\nlow")]
    public Task Expressions(string expression, string expected) => AssertRowsAsync($"SELECT {expression} {Join} ORDER BY a.id", expected);

    [Fact]
    public async Task EveryFormIsVerified()
    {
        await using TestScene scene = await SceneAsync();
        Assert.Equal(3, await scene.VerifyAsync($"SELECT a.id, predict('label', [a.v, b.w]) AS p {Join} ORDER BY p.label LIMIT 1"));
        Assert.Equal(3, await scene.VerifyAsync($"SELECT predict('named', *) AS p, predict('pair', [b.w, a.v]) AS q {Join} WHERE predict('sum', [a.v, b.w]) > 12"));
        Assert.Equal(2, await scene.VerifyAsync($"SELECT predict('named', *) AS p {Join} WHERE a.v = b.w"));
        Assert.Equal(3, await scene.VerifyAsync("SELECT y FROM predict('named', (SELECT a.id, a.v, b.w FROM a JOIN b ON a.k = b.k)) AS p"));
        Assert.Equal(4, await scene.VerifyAsync("SELECT predict('sum', [a.v, b.w]) AS p FROM a LEFT JOIN b ON a.k = b.k", new QueryOptions { Nulls = new Plan.Query.NullHandling(Plan.Query.NullMode.Constant, 1) }));
    }

    [Fact]
    public async Task ExplanationsNameTheNodes()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql($"SELECT a.id, predict('sum', [a.v, b.w]) AS p {Join}");
        PlanReport estimate = await query.ExplainAsync(cancellation: TestScene.Cancellation);
        PlanReport analysis = await query.ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
        Assert.Contains("MatMul", estimate.ToText(), StringComparison.Ordinal);
        Assert.NotEqual(estimate.ToText(), analysis.ToText());
        Assert.True(System.Text.Json.JsonDocument.Parse(analysis.ToJson()).RootElement.TryGetProperty("nodes", out _));
    }

    [Fact]
    public async Task ErrorsTellThePosition()
    {
        await using TestScene scene = await SceneAsync();
        InferFException error = Assert.Throws<InferFException>(() => scene.Session.Sql("SELECT a.id, predict('sum', [a.v, b.ww]) AS p FROM a JOIN b ON a.k = b.k"));
        Assert.Equal(34, error.Position);
        Assert.Equal(InferFErrorCode.Syntax, Assert.Throws<InferFException>(() => scene.Session.Sql("SELEC 1")).Code);
        Assert.Equal(InferFErrorCode.UnsupportedSql, Assert.Throws<InferFException>(() => scene.Session.Sql("SELECT count(*) FROM a")).Code);
    }

    private static async Task AssertRowsAsync(string sql, string expected)
    {
        await using TestScene scene = await SceneAsync();
        foreach (Planner planner in Enum.GetValues<Planner>())
        {
            Assert.Equal(expected, await scene.TextAsync(sql, new QueryOptions { Planner = planner }));
        }
        scene.AssertNothingIsHeld();
    }

    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("a", "SELECT * FROM (VALUES (1, 10, 1.0::FLOAT), (2, 20, 2.0), (3, 10, 3.0), (4, 99, 4.0)) t(id, k, v)");
        await scene.TableAsync("b", "SELECT * FROM (VALUES (10, 1.0::FLOAT, 'ten'), (20, 2.0, 'twenty'), (30, 3.0, 'thirty')) t(k, w, name)", "parquet");
        await scene.ModelAsync("sum", Sum);
        await scene.ModelAsync("named", NamedSum);
        await scene.ModelAsync("pair", Pair);
        await scene.ModelAsync("label", Labelled);
        return scene;
    }
}
