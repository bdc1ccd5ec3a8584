using Apache.Arrow;
using InferF.Plan.Query;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Statements that come again are neither bound nor planned again, unless something they depend on has changed.</summary>
public sealed class StatementCacheTests
{
    private const string Sql = "SELECT a.id, predict('m', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k ORDER BY a.id";

    [Fact]
    public async Task AStatementThatComesAgainIsBoundAndPlannedOnce()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery first = scene.Session.Sql(Sql);
        InferQuery second = scene.Session.Sql(Sql);
        Assert.Same(first.Bound, second.Bound);
        Assert.Same(first.Plan(first.Bound, TestScene.Cancellation), second.Plan(second.Bound, TestScene.Cancellation));
        Assert.NotSame(first.Bound, scene.Session.Sql(Sql, new QueryOptions { Nulls = new NullHandling(NullMode.Nan) }).Bound);
        Assert.NotSame(first.Bound, scene.Session.Sql($"{Sql} LIMIT 3").Bound);

        InferQuery none = scene.Session.Sql(Sql, new QueryOptions { Planner = Planner.None });
        Assert.Same(first.Bound, none.Bound);
        Assert.Equal("none", none.Plan(none.Bound, TestScene.Cancellation).Plan.Report.Planner);
        InferQuery hinted = scene.Session.Sql(Sql, new QueryOptions { RowCounts = new Dictionary<string, double> { ["a"] = 1e9 } });
        Assert.NotSame(first.Plan(first.Bound, TestScene.Cancellation), hinted.Plan(hinted.Bound, TestScene.Cancellation));
        Assert.Same(first.Plan(first.Bound, TestScene.Cancellation), second.Plan(second.Bound, TestScene.Cancellation));
    }

    [Fact]
    public async Task AReplacedModelIsUsedByTheNextStatement()
    {
        await using TestScene scene = await SceneAsync();
        string before = await scene.TextAsync(Sql);
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [8], "Relu", 2));
        string after = await scene.TextAsync(Sql);
        Assert.NotEqual(before, after);
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [8], "Relu", 1));
        Assert.Equal(before, await scene.TextAsync(Sql));
    }

    [Fact]
    public async Task AReplacedTableIsUsedByTheNextStatementAndByQueriesMadeBefore()
    {
        await using TestScene scene = await SceneAsync();
        InferQuery query = scene.Session.Sql("SELECT a.id, b.y FROM a JOIN b ON a.k = b.k");
        BoundQuery bound = query.Bound;
        object plan = query.Plan(bound, TestScene.Cancellation);
        Assert.Equal(100, await CountAsync(query));

        Assert.True(scene.Session.Tables.Remove("b"));
        Assert.Equal(InferFErrorCode.UnknownName, Assert.Throws<InferFException>(() => scene.Session.Sql(query.Bound.Sql)).Code);
        await scene.TableAsync("b", "SELECT (range % 10)::INTEGER AS k, 7::DOUBLE AS y FROM range(40)");
        Assert.Equal(400, await CountAsync(query));
        Assert.NotSame(plan, query.Plan(bound, TestScene.Cancellation));

        InferQuery again = scene.Session.Sql(query.Bound.Sql);
        Assert.Equal(ColumnKind.Float64, again.Bound.Tables[1].Columns.Single(column => column.Name == "y").Type.Kind);
        Assert.Equal(ColumnKind.Float32, bound.Tables[1].Columns.Single(column => column.Name == "y").Type.Kind);
    }

    [Fact]
    public async Task ErrorsAreNotRemembered()
    {
        await using TestScene scene = await SceneAsync();
        const string Missing = "SELECT c.id FROM c";
        Assert.Throws<InferFException>(() => scene.Session.Sql(Missing));
        await scene.TableAsync("c", "SELECT 1 AS id");
        Assert.Equal(1, await CountAsync(scene.Session.Sql(Missing)));
    }

    [Fact]
    public async Task AReplacedFileIsReadAgain()
    {
        await using TestScene scene = await SceneAsync();
        await scene.TableAsync("f", "SELECT range AS id FROM range(10)", "parquet");
        Assert.Equal(10, await CountAsync(scene.Session.Sql("SELECT id FROM f")));
        await using (TestScene other = new())
        {
            await other.TableAsync("f", "SELECT range AS id FROM range(12)", "parquet");
            File.Copy(other.PathOf("f.parquet"), scene.PathOf("f.parquet"), overwrite: true);
        }
        Assert.Equal(12, await CountAsync(scene.Session.Sql("SELECT id FROM f")));
    }

    [Fact]
    public async Task OnlySoManyStatementsAreRemembered()
    {
        await using TestScene scene = await SceneAsync();
        BoundQuery first = scene.Session.Sql(Sql).Bound;
        for (int i = 0; i < 300; i++)
        {
            scene.Session.Sql($"SELECT id + {i} AS n FROM a");
        }
        Assert.NotSame(first, scene.Session.Sql(Sql).Bound);
    }

    [Fact]
    public async Task PartsOfALargeFileGiveTheRowsOfTheWhole()
    {
        const string Rows = "SELECT range::INTEGER AS id, (range * 7 % 10)::INTEGER AS k, (range % 13)::FLOAT AS x, random() AS size FROM range(400000)";
        const string Large = "SELECT l.id, predict('m', [l.x, b.y]) AS p FROM l JOIN b ON l.k = b.k WHERE l.id % 5 <> 0";
        Dictionary<int, float>? expected = null;
        foreach (int threads in new[] { 1, 2, 5 })
        {
            await using TestScene scene = await SceneAsync(threads);
            await scene.TableAsync("l", Rows, "parquet");
            foreach (Replanning replan in new[] { Replanning.Never, Replanning.Always })
            {
                Dictionary<int, float> scores = [];
                await foreach (RecordBatch batch in scene.Session.Sql(Large, new QueryOptions { Replan = replan }).ExecuteArrowBatchesAsync(cancellation: TestScene.Cancellation))
                {
                    using (batch)
                    {
                        for (int i = 0; i < batch.Length; i++)
                        {
                            scores.Add(((Int32Array)batch.Column(0)).GetValue(i)!.Value, ((FloatArray)batch.Column(1)).GetValue(i)!.Value);
                        }
                    }
                }
                Assert.Equal(320_000, scores.Count);
                expected ??= scores;
                Assert.All(scores.Take(1000).Concat(scores.Where(score => score.Key > 399_000)), score => Assert.Equal(expected[score.Key], score.Value));
            }
            scene.AssertNothingIsHeld();
        }
    }

    private static async Task<TestScene> SceneAsync(int threads = 2)
    {
        TestScene scene = new(new InferOptions { Threads = threads });
        await scene.TableAsync("a", "SELECT range::INTEGER AS id, (range % 10)::INTEGER AS k, range::FLOAT AS x FROM range(100)");
        await scene.TableAsync("b", "SELECT range::INTEGER AS k, (range * 3)::FLOAT AS y FROM range(10)");
        await scene.ModelAsync("m", OnnxModels.Mlp(2, [8], "Relu", 1));
        return scene;
    }

    private static async Task<long> CountAsync(InferQuery query)
    {
        long rows = 0;
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: TestScene.Cancellation))
        {
            using (batch)
            {
                rows += batch.Length;
            }
        }
        return rows;
    }
}
