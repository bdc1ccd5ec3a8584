using Apache.Arrow;
using InferF.Testing;

namespace InferF.Tests;

/// <summary>Joins whose build side exceeds the memory limit.</summary>
public sealed class SpillTests
{
    private const int BuildRows = 500_000;

    // The build side's own columns alone take 16 MB.
    private const string Limit = "4MB";

    private const string Sql = "SELECT f.id, predict('m', [f.x, d.a, d.b, d.c]) AS p FROM f JOIN d ON f.k = d.k";

    [Theory]
    [InlineData("parquet", Replanning.Never)]
    [InlineData("arrow", Replanning.Always)]
    public async Task ABuildSideOfFourTimesTheLimitGivesTheSameRowsAndLeavesNoFile(string format, Replanning replan)
    {
        await using TestScene inMemory = await SceneAsync(new InferOptions { Threads = 2 }, format);
        string expected = await inMemory.TextAsync($"{Sql} ORDER BY f.id", new QueryOptions { Planner = Planner.Leaf });

        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-spill-");
        try
        {
            InferOptions limited = new() { Threads = 2, MemoryLimit = Limit, SpillDirectory = directory.FullName, Replan = replan };
            await using TestScene scene = await SceneAsync(limited, format);
            Assert.Equal(expected, await scene.TextAsync($"{Sql} ORDER BY f.id", new QueryOptions { Planner = Planner.Leaf }));
            Assert.Equal(0, scene.Session.MemoryUsage.BytesInUse);
            Assert.InRange(scene.Session.MemoryUsage.BytesPeak, 1, scene.Session.MemoryUsage.BytesLimit);

            PlanReport report = await scene.Session.Sql(Sql).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation);
            Assert.Contains("spilled: ", report.ToText(), StringComparison.Ordinal);
            Assert.Matches("\"spilledBytes\": [1-9]", report.ToJson());
            Assert.DoesNotContain("spilled: ", (await inMemory.Session.Sql(Sql).ExplainAsync(ExplainMode.Analyze, TestScene.Cancellation)).ToText(), StringComparison.Ordinal);
            Assert.Empty(directory.EnumerateFileSystemInfos());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AResultThatIsNotReadToItsEndLeavesNoFile()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-spill-");
        try
        {
            await using TestScene scene = await SceneAsync(new InferOptions { Threads = 2, MemoryLimit = Limit, SpillDirectory = directory.FullName }, "parquet");
            await foreach (RecordBatch batch in scene.Session.Sql(Sql).ExecuteArrowBatchesAsync(cancellation: TestScene.Cancellation))
            {
                batch.Dispose();
                break;
            }
            Assert.Equal(0, scene.Session.MemoryUsage.BytesInUse);
            Assert.Empty(directory.EnumerateFileSystemInfos());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void ADirectoryThatIsNotThereIsNamed()
    {
        InferFException error = Assert.Throws<InferFException>(() => InferSession.Open(new InferOptions { SpillDirectory = "/no/such/directory" }));
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        Assert.Contains("/no/such/directory", error.Message, StringComparison.Ordinal);
    }

    private static async Task<TestScene> SceneAsync(InferOptions options, string format)
    {
        TestScene scene = new(options);
        await scene.TableAsync("f", $"SELECT i AS id, (i * 7919) % {BuildRows} AS k, (i % 100)::FLOAT AS x FROM range(20000) t(i)", format);
        await scene.TableAsync(
            "d", $"SELECT i AS k, (i % 83)::DOUBLE AS a, (i % 89)::DOUBLE AS b, (i % 97)::DOUBLE AS c FROM range({BuildRows}) t(i)", format);
        await scene.ModelAsync("m", OnnxModels.Mlp(4, [8], "Relu", 1));
        return scene;
    }
}
