using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using DuckDB.NET.Data;
using InferF.Plan.Model;
using InferF.Plan.Query;
using InferF.Verification;
using InferF.Verification.Bounds;

namespace InferF.Fuzz.Tests;

/// <summary>Runs cases: every planner's plan in the engine against DuckDB's join and ONNX Runtime's scores.</summary>
/// <param name="create">Makes the case of a seed with at most some number of rows per table.</param>
internal sealed class CaseRunner(Func<int, int, FuzzCase> create)
{
    private const int MostJoinedRows = 4000;
    private const int MostFailures = 20;

    /// <summary>What a series of cases showed.</summary>
    /// <param name="Cases">How many ran.</param>
    /// <param name="Rows">Joined rows over all.</param>
    /// <param name="Refused">Cases in which a NULL was refused as it should be.</param>
    /// <param name="Elements">By kind of model: elements compared by bound.</param>
    /// <param name="Unbounded">By kind of model: those of them whose bound says nothing.</param>
    /// <param name="ErrorOverBound">By kind of model: the largest error in units of its bound; small numbers would mean that the bounds are too wide to see anything.</param>
    /// <param name="Failures">Messages of those that failed, each with its seed.</param>
    public sealed record Summary(
        int Cases,
        long Rows,
        int Refused,
        IReadOnlyDictionary<string, long> Elements,
        IReadOnlyDictionary<string, long> Unbounded,
        IReadOnlyDictionary<string, double> ErrorOverBound,
        IReadOnlyList<string> Failures)
    {
        /// <summary>What the test prints.</summary>
        public string ToText(int seed) =>
            $"{Cases} cases from seed {seed}, {Rows} joined rows, 4 planners each; in {Refused} cases a NULL was refused as it should be.\n"
            + string.Join("\n", Elements.Where(e => e.Value > 0).OrderBy(e => e.Key).Select(e =>
                $"{e.Key}: {e.Value} elements, {100.0 * Unbounded.GetValueOrDefault(e.Key) / e.Value:F1} % without a bound, largest error / bound {ErrorOverBound.GetValueOrDefault(e.Key):F3}"));

        /// <summary>The failures, and what else would make the cases show nothing.</summary>
        public void Check()
        {
            Assert.True(Failures.Count == 0, $"{Failures.Count} of {Cases} cases failed.\n\n{string.Join("\n\n", Failures)}");
            Assert.True(Cases < 100 || Rows > 50L * Cases, "The generator makes almost no rows, so the test shows nothing.");
            Assert.All(Elements.Where(e => e.Value > 20_000), e => Assert.True(Unbounded.GetValueOrDefault(e.Key) < e.Value / 2, $"Most elements of {e.Key} have no bound, so the test shows nothing."));
        }
    }

    private readonly Dictionary<string, long> _elements = [];
    private readonly Dictionary<string, long> _unbounded = [];
    private readonly Dictionary<string, double> _errorOverBound = [];

    /// <summary>The setting of an environment variable, or a default.</summary>
    public static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : fallback;

    /// <summary>Runs cases of consecutive seeds.</summary>
    public async Task<Summary> RunAsync(int seed, int cases, CancellationToken cancellation)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-fuzz-");
        (long rows, int refused, int done) = (0, 0, 0);
        List<string> failures = [];
        try
        {
            for (; done < cases && failures.Count < MostFailures; done++)
            {
                try
                {
                    (long joined, bool nullsRefused) = await RunAsync(seed + done, directory.FullName, cancellation);
                    rows += joined;
                    refused += nullsRefused ? 1 : 0;
                }
                catch (CaseFailedException failure)
                {
                    failures.Add(failure.Message);
                }
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
        return new Summary(done, rows, refused, _elements, _unbounded, _errorOverBound, failures);
    }

    private async Task<(long Rows, bool NullsRefused)> RunAsync(int seed, string directory, CancellationToken cancellation)
    {
        using DuckDBConnection duckDb = new("Data Source=:memory:");
        duckDb.Open();
        FuzzCase test = Load(duckDb, seed);
        string modelPath = Path.Combine(directory, "m.onnx");
        await File.WriteAllBytesAsync(modelPath, test.Model, cancellation);

        await using InferSession session = InferSession.Open(new InferOptions { Threads = 2, Nulls = test.Nulls, Precision = PrecisionOf(seed) });
        string planned = "";
        try
        {
            Model model = await session.Models.LoadAsync("m", modelPath, cancellation);
            ScoredRows? expected = await ReferenceAsync(duckDb, test, model, cancellation);
            await AddTablesAsync(session, duckDb, test, directory, cancellation);
            foreach (Planner planner in PlannersOf(seed))
            {
                QueryOptions options = OptionsOf(session.Sql(test.InferSql), planner, seed);
                planned = $"{planner}, replanning {options.Replan}, row counts {string.Join(" ", options.RowCounts ?? new Dictionary<string, double>())}: ";
                InferQuery query = session.Sql(test.InferSql, options);
                if (PrecisionOf(seed) == Precision.Fast && await ExceedsHalfPrecisionAsync(query, cancellation))
                {
                    continue;
                }
                if (expected is null)
                {
                    if (test.Limit == 0)
                    {
                        continue;
                    }
                    InferFException refused = await Assert.ThrowsAsync<InferFException>(() => EngineAsync(query, test.Tables.Count, model, cancellation));
                    Assert.Equal(InferFErrorCode.NullInput, refused.Code);
                    continue;
                }
                ScoredRows actual = await EngineAsync(query, test.Tables.Count, model, cancellation);
                if (test.Above is not null || test.Limit is not null)
                {
                    SelectionCheck.Run(test, actual, expected);
                    continue;
                }
                ParityReport report = new ParityComparison(model.Outputs).Run(actual, expected, planner.ToString());
                Assert.True(report.Ok, report.ToText());
                _errorOverBound[test.Description] = Math.Max(_errorOverBound.GetValueOrDefault(test.Description), report.MaxErrorOverBound);
            }
            session.ClearCache();
            Assert.Equal(0, session.MemoryUsage.BytesInUse);
            return (expected?.Count ?? 0, expected is null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new CaseFailedException(
                $"Precision {PrecisionOf(seed)}. Replay with INFERF_FUZZ_SEED={seed.ToString(CultureInfo.InvariantCulture)} INFERF_FUZZ_CASES=1\n{planned}{exception.GetType().Name}: {exception.Message}\n{test}", exception);
        }
    }

    // Loads the tables; if the join is too large, tries smaller ones of the same seed.
    private FuzzCase Load(DuckDBConnection duckDb, int seed)
    {
        for (int maxRows = 60; ; maxRows = maxRows * 2 / 3)
        {
            FuzzCase test = create(seed, maxRows);
            using DuckDBCommand command = duckDb.CreateCommand();
            foreach (RandomTable table in test.Tables.Where(t => t.Name == t.Source))
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

    private static async Task AddTablesAsync(InferSession session, DuckDBConnection duckDb, FuzzCase test, string directory, CancellationToken cancellation)
    {
        Random random = new(test.Seed);
        foreach (RandomTable table in test.Tables.Where(t => t.Name == t.Source))
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

    private static async Task<ScoredRows> EngineAsync(InferQuery query, int tables, Model model, CancellationToken cancellation)
    {
        ScoredRows rows = new(tables);
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            using (batch)
            {
                rows.Add(ReferenceRun.RowKeys(batch, tables), batch.Length, PredictionColumns.Outputs(batch.Column(tables), model.Outputs));
            }
        }
        return rows;
    }

    // Among random features are some that only single precision holds.
    private static async Task<bool> ExceedsHalfPrecisionAsync(InferQuery query, CancellationToken cancellation)
    {
        try
        {
            await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
            {
                batch.Dispose();
            }
            return false;
        }
        catch (InferFException exception)
        {
            return exception.Code == InferFErrorCode.Arithmetic && exception.Message.Contains("half precision", StringComparison.Ordinal);
        }
    }

    // Null if a NULL reaches the model under the policy 'error'.
    private async Task<ScoredRows?> ReferenceAsync(DuckDBConnection duckDb, FuzzCase test, Model model, CancellationToken cancellation)
    {
        int tables = test.Tables.Count;
        ScoredRows rows = new(tables);
        using BoundCache bounds = new();
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
                ErrorBoundEvaluator evaluator = new(inputs, batch.Length, bounds, new Narrowing(PrecisionOf(test.Seed) == Precision.Fast ? tables : 0));
                Block[] blocks = [.. model.Outputs.Select(o => evaluator.Evaluate(o.Expression))];
                foreach (double error in blocks.SelectMany(b => b.Errors ?? []))
                {
                    _elements[test.Description] = _elements.GetValueOrDefault(test.Description) + 1;
                    _unbounded[test.Description] = _unbounded.GetValueOrDefault(test.Description) + (double.IsFinite(error) ? 0 : 1);
                }
                rows.Add(
                    ReferenceRun.RowKeys(batch, tables), batch.Length, reference.Run(inputs, batch.Length),
                    [.. blocks.Select(b => b.Errors)], [.. blocks.Select(b => b.Uncertain)]);
            }
        }
        return rows;
    }

    private static System.Array[] Inputs(FuzzCase test, Model model, RecordBatch batch, int tables)
    {
        int column = tables;
        System.Array[] inputs = new System.Array[test.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            Feature[] features = [.. test.Inputs[i].Features.Select(f => new Feature(default, f.Width))];
            IArrowArray[] columns = [.. features.Select(_ => batch.Column(column++))];
            inputs[i] = FeatureMatrix.Build(model.Inputs[i], features, columns, test.Nulls, batch.Length);
        }
        return inputs;
    }

    // The planners at both ends, the default, and two others; over many cases all of them. Exhaustive search refuses large queries and has tests of its own.
    private static IEnumerable<Planner> PlannersOf(int seed)
    {
        Planner[] others = [.. Enum.GetValues<Planner>().Where(planner => planner is not (Planner.None or Planner.Leaf or Planner.Auto or Planner.Exhaustive))];
        int first = (int)((uint)seed % (uint)others.Length);
        return [Planner.None, Planner.Leaf, Planner.Auto, others[first], others[(first + 1) % others.Length]];
    }

    private static Precision PrecisionOf(int seed) => new Random(seed).Next(4) == 0 ? Precision.Fast : Precision.Exact;

    // What the planner believes of the tables may be wrong by orders of magnitude: other join orders, lazy nodes, and second decisions that differ from the first.
    private static QueryOptions OptionsOf(InferQuery query, Planner planner, int seed)
    {
        Random random = new(unchecked(seed * 31 + (int)planner));
        Dictionary<string, double>? wrong = random.Next(2) == 0
            ? null
            : query.Bound.Tables.ToDictionary(table => table.Alias, _ => Math.Pow(10, random.Next(7)));
        return new QueryOptions { Planner = planner, Replan = random.Next(3) == 0 ? Replanning.Never : Replanning.Always, RowCounts = wrong };
    }

    private sealed class CaseFailedException(string message, Exception inner) : Exception(message, inner);
}
