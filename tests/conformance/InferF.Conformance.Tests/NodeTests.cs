using Apache.Arrow;
using InferF.Testing;

namespace InferF.Conformance.Tests;

/// <summary>The node tests of the ONNX project, end to end: imported as a user would, scored by the engine in a query.</summary>
public sealed class NodeTests
{
    /// <summary>Refused cases may be at most one in twenty.</summary>
    private const int MostRefusedPercent = 5;

    [Fact]
    public async Task EveryCaseGivesWhatIsRecordedOrIsRefusedByName()
    {
        string? folder = SharedData.Find("onnx-node");
        Assert.SkipWhen(folder is null, SharedData.Missing);
        List<OnnxNodeCase> cases = [];
        List<string> failures = [];
        using InferSession session = InferSession.Open(new InferOptions { Threads = 2 });
        foreach (string directory in Directory.GetDirectories(folder!).Order(StringComparer.Ordinal))
        {
            OnnxNodeCase test = OnnxNodeCase.Load(directory);
            cases.Add(test);
            if (test.Graph is null)
            {
                if (!test.Refusal.StartsWith("Unsupported", StringComparison.Ordinal))
                {
                    failures.Add($"{test.Name} is refused without a name: {test.Refusal}");
                }
                continue;
            }
            try
            {
                if (await DifferenceAsync(session, test) is { } difference)
                {
                    failures.Add($"{test.Name} ({test.Placement}): {difference}");
                }
            }
            catch (InferFException e)
            {
                failures.Add($"{test.Name} ({test.Placement}): {e.Code} {e.Message}");
            }
        }
        string report = ConformanceReport.Write(cases);
        string counts = string.Join(", ", cases.CountBy(test => test.Placement).Select(pair => $"{pair.Key} {pair.Value}"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{cases.Count} cases: {counts}");
        string? committed = CommittedTable();
        if (committed is not null && Environment.GetEnvironmentVariable("INFERF_UPDATE") == "1")
        {
            await File.WriteAllTextAsync(committed, report, TestContext.Current.CancellationToken);
        }
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases.Count} cases failed.\n{string.Join('\n', failures)}");
        Assert.True(
            cases.Count(test => test.Placement == NodeCasePlacement.Unsupported) * 100 <= cases.Count * MostRefusedPercent,
            $"More than {MostRefusedPercent} % of the cases are refused: {counts}.");
        Assert.SkipWhen(committed is null, "The tests are not run inside the repository, so that there is no committed table.");
        Assert.True(
            File.Exists(committed) && (await File.ReadAllTextAsync(committed, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") == report,
            "docs/CONFORMANCE.md is not what this test finds. Run it with INFERF_UPDATE=1 and look at what has changed.");
    }

    private static async Task<string?> DifferenceAsync(InferSession session, OnnxNodeCase test)
    {
        if (test.Graph!.Outputs.IsEmpty)
        {
            return test.Difference([]);
        }
        await session.Models.LoadAsync("m", test.ModelPath, test.Options, TestContext.Current.CancellationToken);
        session.Tables.Add("t", Source.Arrow([CaseTable.Of(test)]));
        try
        {
            List<RecordBatch> batches = [];
            await foreach (RecordBatch batch in session.Sql(CaseTable.Query(test)).ExecuteArrowBatchesAsync(cancellation: TestContext.Current.CancellationToken))
            {
                batches.Add(batch);
            }
            string? difference = test.Difference(CaseTable.Results(test, batches));
            batches.ForEach(batch => batch.Dispose());
            return difference;
        }
        finally
        {
            session.Tables.Remove("t");
        }
    }

    private static string? CommittedTable()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "InferF.Interop.sln")))
        {
            root = root.Parent;
        }
        return root is null ? null : Path.Combine(root.FullName, "docs", "CONFORMANCE.md");
    }
}
