using InferF.Testing;

namespace InferF.Tests;

/// <summary>Five real tables in one query: composite and text keys, NULL keys, LEFT JOINs that miss, an MLP over features of all five.</summary>
public sealed class NycFlights13Tests : IDisposable
{
    private const string Features =
        "[f.distance, f.hour, f.minute, p.seats, p.engines, p.year, a.lat, a.lon, a.alt, w.temp, w.humid, w.wind_speed, w.visib, w.pressure, length(l.name)]";

    private const string InnerJoins = """
        FROM flights f
        JOIN planes p ON f.tailnum = p.tailnum
        JOIN airports a ON f.dest = a.faa
        JOIN weather w ON f.origin = w.origin AND f.month = w.month AND f.day = w.day AND f.hour = w.hour
        JOIN airlines l USING (carrier)
        """;

    private const string LeftJoins = """
        FROM flights f
        LEFT JOIN planes p USING (tailnum)
        LEFT JOIN airports a ON f.dest = a.faa
        LEFT JOIN weather w ON f.origin = w.origin AND f.month = w.month AND f.day = w.day AND f.hour = w.hour
        LEFT JOIN airlines l ON f.carrier = l.carrier
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("inferf-nyc-");

    [Theory]
    [InlineData(InnerJoins, 272_497)]
    [InlineData(LeftJoins, 336_776)]
    public async Task EveryPlannerAgreesWithTheReference(string joins, long rows)
    {
        await using InferSession session = await OpenAsync();
        foreach (Planner planner in Enum.GetValues<Planner>())
        {
            ParityReport report = await session.Sql($"SELECT f.flight, predict('m', {Features}) AS p {joins}", new QueryOptions { Planner = planner })
                .VerifyAsync(cancellation: TestContext.Current.CancellationToken);
            Assert.True(report.Ok, report.ToText());
            Assert.Equal(rows, report.Rows);
        }
    }

    [Fact]
    public async Task NullsAreRefusedWithTheirColumnsAndCounts()
    {
        await using InferSession session = await OpenAsync();
        InferQuery query = session.Sql(
            $"SELECT predict('m', {Features}) AS p {InnerJoins}", new QueryOptions { Nulls = new Plan.Query.NullHandling(Plan.Query.NullMode.Error) });

        InferFException error = await Assert.ThrowsAsync<InferFException>(async () => await query.ExplainAsync(ExplainMode.Analyze, TestContext.Current.CancellationToken));

        Assert.Equal(InferFErrorCode.NullInput, error.Code);
        Assert.Contains("p.year", error.Message, StringComparison.Ordinal);
        Assert.Contains("272497", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private async Task<InferSession> OpenAsync()
    {
        Assert.SkipWhen(SharedData.Find("nycflights13") is null, SharedData.Missing);
        InferSession session = InferSession.Open(new InferOptions { Nulls = new Plan.Query.NullHandling(Plan.Query.NullMode.Constant, 0.5) });
        foreach (string table in new[] { "flights", "planes", "airports", "weather", "airlines" })
        {
            session.Tables.Add(table, Source.Csv(SharedData.Find("nycflights13", $"{table}.csv.gz")!));
        }
        string model = Path.Combine(_directory.FullName, "m.onnx");
        await File.WriteAllBytesAsync(model, OnnxModels.Mlp(15, [64, 32], "Relu", seed: 1), TestContext.Current.CancellationToken);
        await session.Models.LoadAsync("m", model, TestContext.Current.CancellationToken);
        return session;
    }
}
