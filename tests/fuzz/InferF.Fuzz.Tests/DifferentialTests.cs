using System.Globalization;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Plan.Model;
using InferF.Plan.Query;
using InferF.Verification;

namespace InferF.Fuzz.Tests;

/// <summary>The defining property: for random tables, joins and models, every planner's plan gives what DuckDB and ONNX Runtime give for the same
/// SQL text. <c>INFERF_FUZZ_SEED</c> and <c>INFERF_FUZZ_CASES</c> choose other cases; a failing case prints its seed, and that seed alone replays it.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int DefaultCases = 500;
    private const int DefaultSeed = 20_260_101;
    private const int MostJoinedRows = 4000;

    [Fact]
    public async Task EveryPlannerAgreesWithDuckDbAndOnnxRuntime()
    {
        int seed = Setting("INFERF_FUZZ_SEED", DefaultSeed);
        int cases = Setting("INFERF_FUZZ_CASES", DefaultCases);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-fuzz-");
        long rows = 0;
        int refused = 0;
        try
        {
            for (int i = 0; i < cases; i++)
            {
                (long joined, bool nullsRefused) = await RunAsync(seed + i, directory.FullName, TestContext.Current.CancellationToken);
                rows += joined;
                refused += nullsRefused ? 1 : 0;
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
        output.WriteLine($"{cases} cases from seed {seed}, {rows} joined rows, 4 planners each; in {refused} cases a NULL was refused as it should be");
        Assert.True(cases < 100 || rows > 50L * cases, "The generator makes almost no rows, so the test shows nothing.");
    }

    private static async Task<(long Rows, bool NullsRefused)> RunAsync(int seed, string directory, CancellationToken cancellation)
    {
        using DuckDBConnection duckDb = new("Data Source=:memory:");
        duckDb.Open();
        DifferentialCase test = Load(duckDb, seed);
        string modelPath = Path.Combine(directory, "m.onnx");
        await File.WriteAllBytesAsync(modelPath, test.Model, cancellation);

        await using InferSession session = InferSession.Open(new InferOptions { Threads = 2, Nulls = test.Nulls });
        try
        {
            Model model = await session.Models.LoadAsync("m", modelPath, cancellation);
            ScoredRows? expected = await ReferenceAsync(duckDb, test, model, cancellation);
            await AddTablesAsync(session, duckDb, test, directory, cancellation);
            foreach (Planner planner in Enum.GetValues<Planner>())
            {
                InferQuery query = session.Sql(test.InferSql, new QueryOptions { Planner = planner });
                if (expected is null)
                {
                    if (test.Limit == 0)
                    {
                        continue;
                    }
                    InferFException refused = await Assert.ThrowsAsync<InferFException>(() => EngineAsync(query, test.Tables.Count, cancellation));
                    Assert.Equal(InferFErrorCode.NullInput, refused.Code);
                    continue;
                }
                ScoredRows actual = await EngineAsync(query, test.Tables.Count, cancellation);
                if (test.Above is not null || test.Limit is not null)
                {
                    SelectionCheck.Run(test, actual, expected);
                    continue;
                }
                ParityReport report = new ParityComparison(model.Outputs).Run(actual, expected, planner.ToString());
                Assert.True(report.Ok, report.ToText());
            }
            Assert.Equal(0, session.MemoryUsage.BytesInUse);
            return (expected?.Count ?? 0, expected is null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new InvalidOperationException(
                $"Replay with INFERF_FUZZ_SEED={seed.ToString(CultureInfo.InvariantCulture)} INFERF_FUZZ_CASES=1\n{exception.Message}\n{test}", exception);
        }
    }

    // Loads the tables; if the join is too large, tries smaller ones of the same seed.
    private static DifferentialCase Load(DuckDBConnection duckDb, int seed)
    {
        for (int maxRows = 60; ; maxRows = maxRows * 2 / 3)
        {
            DifferentialCase test = DifferentialCase.Create(seed, maxRows);
            using DuckDBCommand command = duckDb.CreateCommand();
            foreach (RandomTable table in test.Tables)
            {
                command.CommandText = $"DROP TABLE IF EXISTS {table.Name};{table.ToSql()}";
                command.ExecuteNonQuery();
            }
            command.CommandText = test.CountSql;
            if (Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) <= MostJoinedRows || maxRows <= 2)
            {
                return test;
            }
        }
    }

    private static async Task AddTablesAsync(InferSession session, DuckDBConnection duckDb, DifferentialCase test, string directory, CancellationToken cancellation)
    {
        Random random = new(test.Seed);
        foreach (RandomTable table in test.Tables)
        {
            using DuckDBCommand command = duckDb.CreateCommand();
            if (random.Next(2) == 0 || table.Rows.Count == 0)
            {
                string path = Path.Combine(directory, $"{table.Name}.parquet");
                command.CommandText = $"COPY {table.Name} TO '{path}' (FORMAT parquet)";
                command.ExecuteNonQuery();
                await session.Tables.AddAsync(table.Name, Source.Parquet(path), cancellation);
                continue;
            }
            command.CommandText = $"SELECT * FROM {table.Name}";
            using IArrowArrayStream stream = command.ExecuteArrowStream();
            List<RecordBatch> batches = [];
            while (await stream.ReadNextRecordBatchAsync(cancellation) is { } batch)
            {
                int cut = random.Next(batch.Length + 1);
                batches.Add(batch.Slice(0, cut));
                batches.Add(batch.Slice(cut, batch.Length - cut));
            }
            await session.Tables.AddAsync(table.Name, Source.Arrow(batches), cancellation);
        }
    }

    private static async Task<ScoredRows> EngineAsync(InferQuery query, int tables, CancellationToken cancellation)
    {
        ScoredRows rows = new(tables);
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            using (batch)
            {
                IArrowArray scores = batch.Column(tables);
                rows.Add(ReferenceRun.RowKeys(batch, tables), batch.Length, [Values(scores)]);
            }
        }
        return rows;

        static System.Array Values(IArrowArray scores)
        {
            (IArrowArray elements, int width, int offset) = scores is FixedSizeListArray list
                ? (list.Values, ((Apache.Arrow.Types.FixedSizeListType)list.Data.DataType).ListSize, list.Offset)
                : (scores, 1, 0);
            return elements is DoubleArray doubles
                ? doubles.Values.Slice(offset * width, scores.Length * width).ToArray()
                : ((FloatArray)elements).Values.Slice(offset * width, scores.Length * width).ToArray();
        }
    }

    // Null if a NULL reaches the model under the policy 'error'.
    private static async Task<ScoredRows?> ReferenceAsync(DuckDBConnection duckDb, DifferentialCase test, Model model, CancellationToken cancellation)
    {
        int tables = test.Tables.Count;
        ScoredRows rows = new(tables);
        ConditionalWeakTable<ConstantTensor, System.Array> magnitudes = [];
        using OnnxReference reference = new(model.Path, model.Graph, 1);
        using DuckDBCommand command = duckDb.CreateCommand();
        command.CommandText = test.ReferenceSql;
        using IArrowArrayStream stream = command.ExecuteArrowStream();
        while (await stream.ReadNextRecordBatchAsync(cancellation) is { } batch)
        {
            using (batch)
            {
                System.Array[] inputs;
                try
                {
                    inputs = Inputs(test, model, batch, tables);
                }
                catch (InferFException exception) when (exception.Code == InferFErrorCode.NullInput)
                {
                    return null;
                }
                ErrorBoundEvaluator.Block bounds = new ErrorBoundEvaluator(inputs, batch.Length, magnitudes).Evaluate(model.Outputs[0].Expression);
                rows.Add(ReferenceRun.RowKeys(batch, tables), batch.Length, reference.Run(inputs, batch.Length), [bounds.Errors], [bounds.Uncertain]);
            }
        }
        return rows;
    }

    private static System.Array[] Inputs(DifferentialCase test, Model model, RecordBatch batch, int tables)
    {
        IArrowArray[] columns = [.. test.Features.Select((_, i) => batch.Column(tables + i))];
        Feature[] features = [.. test.Features.Select(f => new Feature(default, f.Width))];
        return test.NamedInputs
            ? [.. columns.Select((c, i) => FeatureMatrix.Build(model.Inputs[i], [features[i]], [c], test.Nulls, batch.Length))]
            : [FeatureMatrix.Build(model.Inputs[0], features, columns, test.Nulls, batch.Length)];
    }

    private static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : fallback;
}
