using Microsoft.ML.OnnxRuntime;

namespace InferF.Fuzz.Tests;

/// <summary>The same property for every other kind of model: trees, support vectors, neighbours, embeddings, towers, deep layers, convolutions, pipelines.
/// The seed decides the kind.</summary>
public sealed class ModelDifferentialTests(ITestOutputHelper output)
{
    private const int DefaultCases = 480;
    private const int DefaultSeed = 20_260_301;

    [Fact]
    public async Task EveryKindOfModelAgreesWithDuckDbAndOnnxRuntime()
    {
        int seed = CaseRunner.Setting("INFERF_FUZZ_SEED", DefaultSeed);
        int cases = CaseRunner.Setting("INFERF_FUZZ_CASES", DefaultCases);
        CaseRunner.Summary summary = await new CaseRunner(ModelCase.Create).RunAsync(seed, cases, TestContext.Current.CancellationToken);
        output.WriteLine(summary.ToText(seed));
        summary.Check();
    }

    [Fact]
    public void OnnxRuntimeLoadsEveryRandomModel()
    {
        for (int seed = DefaultSeed; seed < DefaultSeed + 160; seed++)
        {
            ModelCase test = ModelCase.Create(seed, 3);
            try
            {
                using InferenceSession session = new(test.Model);
            }
            catch (OnnxRuntimeException exception)
            {
                Assert.Fail($"Seed {seed}, {test.Description}: {exception.Message}");
            }
        }
    }
}
