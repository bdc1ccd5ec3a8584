using InferF.Plan.Query;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Real data sets, when they are there: every planner gives what DuckDB and ONNX Runtime give.</summary>
public sealed class SharedDataTests
{
    private static readonly QueryOptions s_nulls = new() { Nulls = new NullHandling(NullMode.Constant, 0.5) };

    [Fact]
    public async Task ChinookSnowflake()
    {
        await using TestScene scene = new();
        AddTables(scene, "chinook", "csv.gz", "InvoiceLine", "Track", "Album", "Artist", "Genre", "Invoice", "Customer");
        await scene.ModelAsync("m", OnnxModels.Mlp(8, [32, 16], "Relu", 1, outputs: 2));
        Assert.Equal(2240, await scene.VerifyAsync(
            """
            SELECT l.InvoiceLineId, predict('m', [l.UnitPrice, l.Quantity, t.Milliseconds / 60000.0, t.Bytes / 1e6, length(al.Title), length(ar.Name), i.Total, length(c.Email)]) AS p
            FROM InvoiceLine l
            JOIN Track t ON l.TrackId = t.TrackId
            JOIN Album al ON t.AlbumId = al.AlbumId
            JOIN Artist ar ON al.ArtistId = ar.ArtistId
            LEFT JOIN Genre g ON t.GenreId = g.GenreId
            JOIN Invoice i ON l.InvoiceId = i.InvoiceId
            JOIN Customer c ON i.CustomerId = c.CustomerId
            """,
            s_nulls));
    }

    [Fact]
    public async Task TpcHStar()
    {
        await using TestScene scene = new();
        AddTables(scene, "tpch-sf0.1", "parquet", "lineitem", "orders", "customer", "nation", "part", "supplier");
        await scene.ModelAsync("m", OnnxModels.Mlp(8, [32], "Tanh", 2));
        Assert.True(await scene.VerifyAsync(
            """
            SELECT l.l_orderkey, predict('m', [l.l_quantity, l.l_discount, o.o_totalprice / 1e5, c.c_acctbal / 1e3, n.n_regionkey, p.p_size, p.p_retailprice / 1e3, s.s_acctbal / 1e3]) AS p
            FROM lineitem l
            JOIN orders o ON l.l_orderkey = o.o_orderkey
            JOIN customer c ON o.o_custkey = c.c_custkey
            JOIN nation n ON c.c_nationkey = n.n_nationkey
            JOIN part p ON l.l_partkey = p.p_partkey
            JOIN supplier s ON l.l_suppkey = s.s_suppkey
            WHERE l.l_shipdate < DATE '1994-01-01'
            """,
            s_nulls) > 100_000);
    }

    [Fact]
    public async Task MovieLens()
    {
        await using TestScene scene = new();
        AddTables(scene, "ml-latest-small", "csv.gz", "ratings", "movies");
        await scene.ModelAsync("m", OnnxModels.Mlp(4, [16], "Sigmoid", 3));
        Assert.True(await scene.VerifyAsync(
            "SELECT r.userId, predict('m', [r.rating, r.userId % 10, length(m.title), length(m.genres)]) AS p FROM ratings r JOIN movies m USING (movieId)", s_nulls) > 100_000);
    }

    [Fact]
    public async Task AdultWithOneHotEncoding()
    {
        await using TestScene scene = new();
        AddTables(scene, "adult", "csv.gz", "adult");
        await scene.ModelAsync("m", new OnnxBuilder()
            .Input("sex", "string", OnnxBuilder.Open, 1).Input("numbers", "float", OnnxBuilder.Open, 3)
            .MlNode("OneHotEncoder", ["sex"], ["raw"], ("cats_strings", new[] { "Male", "Female" }), ("zeros", 1))
            .Initializer("shape", [-1L, 2], 2).Node("Reshape", ["raw", "shape"], ["hot"])
            .MlNode("Scaler", ["numbers"], ["scaled"], ("offset", new[] { 38f, 10f, 40f }), ("scale", new[] { 0.07f, 0.4f, 0.08f }))
            .Node("Concat", ["hot", "scaled"], ["f"], ("axis", 1))
            .MlNode("LinearClassifier", ["f"], ["label", "probabilities"], ("classlabels_strings", new[] { "<=50K", ">50K" }), ("post_transform", "SOFTMAX"),
                ("coefficients", new[] { -0.5f, 0.2f, -0.3f, -0.8f, -0.2f, 0.5f, -0.2f, 0.3f, 0.8f, 0.2f }), ("intercepts", new[] { 0.4f, -0.4f }))
            .Output("label", "string", OnnxBuilder.Open).Output("probabilities", "float", OnnxBuilder.Open, 2).Build());
        Assert.True(await scene.VerifyAsync("SELECT predict('m', sex := trim(sex), numbers := [age, education_num, hours_per_week]) AS p FROM adult", s_nulls) > 30_000);
    }

    private static void AddTables(TestScene scene, string folder, string extension, params string[] tables)
    {
        Assert.SkipWhen(SharedData.Find(folder) is null, SharedData.Missing);
        foreach (string table in tables)
        {
            scene.Session.Tables.Add(table, Source.File(SharedData.Find(folder, $"{table}.{extension}")!));
        }
    }
}
