using InferF.Plan.Physical;

namespace InferF.Tests;

/// <summary>Row counts that users give to the planner.</summary>
public sealed class RowCountHintTests
{
    private const string Sql = "SELECT a.id FROM a JOIN b ON a.k = b.k";

    [Fact]
    public async Task TheyAreBelievedAndReportedWithTheirSource()
    {
        await using TestScene scene = await SceneAsync();
        PlanReport own = await scene.Session.Sql(Sql).ExplainAsync(cancellation: TestScene.Cancellation);
        Assert.True(own.Plan.Fragment.Tables[0].Streamed);
        Assert.Equal([(100.0, StatisticSource.Exact), (10.0, StatisticSource.Exact)], Scans(own));

        PlanReport hinted = await scene.Session.Sql(Sql, new QueryOptions { RowCounts = new Dictionary<string, double> { ["B"] = 5000 } })
            .ExplainAsync(cancellation: TestScene.Cancellation);
        Assert.True(hinted.Plan.Fragment.Tables[1].Streamed);
        Assert.Equal([(5000.0, StatisticSource.Hint), (100.0, StatisticSource.Exact)], Scans(hinted));
    }

    [Theory]
    [InlineData("c", 1, InferFErrorCode.UnknownName)]
    [InlineData("a", -1, InferFErrorCode.InvalidArgument)]
    [InlineData("a", double.NaN, InferFErrorCode.InvalidArgument)]
    public async Task WrongOnesAreTypedErrors(string alias, double rows, InferFErrorCode code)
    {
        await using TestScene scene = await SceneAsync();
        QueryOptions options = new() { RowCounts = new Dictionary<string, double> { [alias] = rows } };
        InferFException error = Assert.Throws<InferFException>(() => scene.Session.Sql(Sql, options));
        Assert.Equal(code, error.Code);
        Assert.Contains($"'{alias}'", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(double, string)> Scans(PlanReport report) =>
        report.Plan.Report.Nodes.Where(node => node.Kind == "Scan").Select(node => (node.EstimatedRows, node.EstimatedRowsSource));

    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("a", "SELECT range AS id, range % 10 AS k FROM range(100)");
        return await scene.TableAsync("b", "SELECT range AS k FROM range(10)");
    }
}
