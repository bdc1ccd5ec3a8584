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
        output.WriteLine(summary.ToText(seed));
        summary.Check();
    }
}
