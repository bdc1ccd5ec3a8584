namespace InferF.Fuzz.Tests;

/// <summary>The defining property: for random tables, joins and perceptrons, every planner's plan gives what DuckDB and ONNX Runtime give for the same
/// SQL text. <c>INFERF_FUZZ_SEED</c> and <c>INFERF_FUZZ_CASES</c> choose other cases; a failing case prints its seed, and that seed alone replays it.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int DefaultCases = 500;
    private const int DefaultSeed = 20_260_101;

    [Fact]
    public async Task EveryPlannerAgreesWithDuckDbAndOnnxRuntime()
    {
        int seed = CaseRunner.Setting("INFERF_FUZZ_SEED", DefaultSeed);
        int cases = CaseRunner.Setting("INFERF_FUZZ_CASES", DefaultCases);
        CaseRunner.Summary summary = await new CaseRunner(DifferentialCase.Create).RunAsync(seed, cases, TestContext.Current.CancellationToken);
        output.WriteLine($"{summary.Cases} perceptrons from seed {seed}, {summary.Rows} joined rows, 4 planners each; in {summary.Refused} cases a NULL was refused as it should be");
        Assert.True(summary.Failures.Count == 0, $"{summary.Failures.Count} of {summary.Cases} cases failed.\n\n{string.Join("\n\n", summary.Failures)}");
        Assert.True(cases < 100 || summary.Rows > 50L * cases, "The generator makes almost no rows, so the test shows nothing.");
    }
}
