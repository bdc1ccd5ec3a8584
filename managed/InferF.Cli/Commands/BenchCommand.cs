using System.CommandLine;
using System.Text.Json;
using Apache.Arrow;
using InferF.Cli.Bench;
using InferF.Cli.Bench.Planner;
using InferF.Plan;
using Spectre.Console;

namespace InferF.Cli.Commands;

/// <summary><c>inferf bench</c>: end-to-end workloads against what one would use otherwise, interleaved in one process.</summary>
internal static class BenchCommand
{
    private static readonly string[] s_workloads = [.. StarSchema.Workloads.Keys, TwoTower.Name, PlannerBench.Name];

    public static Command Create()
    {
        Argument<string> workload = new("workload") { Description = string.Join(", ", s_workloads), DefaultValueFactory = _ => "star-mlp" };
        Option<int> rows = new("--rows") { Description = "Fact rows", DefaultValueFactory = _ => 1_000_000 };
        Option<int?> runs = new("--runs") { Description = "Timed runs of every contender; 3, of the planner's plans 5, unless given" };
        Option<int> threads = new("--threads") { Description = "Threads every contender may use; 0 is one per core" };
        Option<int> seed = new("--seed") { Description = "Seed of data and weights", DefaultValueFactory = _ => 1 };
        Option<string> source = new("--source") { Description = "memory (each contender's own format) or parquet (all read the same files)", DefaultValueFactory = _ => "memory" };
        source.AcceptOnlyFromAmong("memory", "parquet");
        Option<string[]> only = new("--only") { Description = "Run only these contenders; of the planner's benchmark, these workloads, e.g. star-4", AllowMultipleArgumentsPerToken = true };
        Option<bool> explain = new("--explain") { Description = "Show the plan of inferf-auto with actual rows and times on standard error" };
        Option<bool> quick = new("--quick") { Description = "planner: fewer workloads and rows" };
        Option<FileInfo?> write = new("--write") { Description = "planner: also write the tables as Markdown, e.g. to docs/PLANNER_BENCH.md" };
        Option<string> cacheLimit = new("--cache-limit")
        {
            Description = "Memory that InferF may use to keep build sides from one run to the next, e.g. 1GB; with 0 every run starts from nothing",
            DefaultValueFactory = _ => "0",
        };
        Option<bool> json = new("--json") { Description = "Print the report as JSON" };
        Command command = new("bench", "Measure a workload against its peers") { workload, rows, runs, threads, seed, source, only, explain, quick, write, cacheLimit, json };
        command.SetAction(async (parse, cancellation) =>
        {
            string name = parse.GetValue(workload)!;
            if (!s_workloads.Contains(name))
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"Unknown workload '{name}'. Known: {string.Join(", ", s_workloads)}.{NearestName.Hint(name, s_workloads)}");
            }
            if (parse.GetValue(rows) < 1 || parse.GetValue(runs) < 1 || parse.GetValue(threads) < 0)
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, "--rows and --runs must be at least 1, --threads at least 0.");
            }
            int threadCount = parse.GetValue(threads) is > 0 and int given ? given : Environment.ProcessorCount;
            if (name == PlannerBench.Name)
            {
                PlannerBenchOptions options = new(parse.GetValue(only) ?? [], parse.GetValue(quick), parse.GetValue(runs) ?? 5, threadCount, parse.GetValue(seed));
                return await RunPlannerAsync(options, parse.GetValue(write), parse.GetValue(json), cancellation);
            }
            BenchReport report = await MeasureAsync(
                name, parse.GetValue(rows), parse.GetValue(runs) ?? 3, threadCount, parse.GetValue(seed), parse.GetValue(source)!, parse.GetValue(only) ?? [], parse.GetValue(explain), parse.GetValue(cacheLimit)!, cancellation);
            if (parse.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(report));
            }
            else
            {
                Print(report);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> RunPlannerAsync(PlannerBenchOptions options, FileInfo? file, bool json, CancellationToken cancellation)
    {
        PlannerBenchReport report = await PlannerBench.RunAsync(options, Report, cancellation);
        if (file is not null)
        {
            await File.WriteAllTextAsync(file.FullName, PlannerBenchMarkdown.Write(report), cancellation);
        }
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(report));
        }
        else
        {
            PlannerBenchTables.Print(report);
        }
        return ExitCode.Ok;
    }

    private static async Task<BenchReport> MeasureAsync(
        string workload, int rows, int runs, int threads, int seed, string source, string[] only, bool explain, string cacheLimit, CancellationToken cancellation)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-bench-");
        try
        {
            Report($"{workload}: {rows} rows, {threads} threads, seed {seed}: making data");
            bool fromParquet = source == "parquet";
            using PreparedWorkload prepared = workload == TwoTower.Name
                ? await TwoTowerPeers.PrepareAsync(rows, seed, directory.FullName, threads, fromParquet, cancellation)
                : await OrtPeers.PrepareAsync(workload, rows, seed, directory.FullName, threads, fromParquet, cancellation);

            await using InferSession session = InferSession.Open(new InferOptions { Threads = threads, CacheLimit = cacheLimit });
            foreach ((string table, IReadOnlyList<RecordBatch> batches) in prepared.Tables)
            {
                session.Tables.Add(table, fromParquet ? Source.Parquet(PeerTables.FilePath(directory.FullName, table)) : Source.Arrow(batches));
            }
            await session.Models.LoadAsync(prepared.ModelName, prepared.ModelPath, cancellation);

            List<(string Name, Func<CancellationToken, Task<float[]?>> Body)> contenders =
            [
                ("inferf-auto", ct => ScoreAsync(session, prepared.Sql, InferF.Planner.Auto, rows, ct)),
                ("inferf-none", ct => ScoreAsync(session, prepared.Sql, InferF.Planner.None, rows, ct)),
                .. prepared.Peers,
            ];
            foreach (string unknown in only.Where(o => contenders.All(c => c.Name != o)))
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"Unknown contender '{unknown}'.{NearestName.Hint(unknown, contenders.Select(c => c.Name))}");
            }
            contenders.RemoveAll(c => only.Length > 0 && !only.Contains(c.Name));
            (IReadOnlyList<BenchResult> results, double difference) =
                await Interleaved.RunAsync(contenders, runs, Report, cancellation);
            if (explain)
            {
                PlanReport plan = await session.Sql(prepared.Sql).ExplainAsync(ExplainMode.Analyze, cancellation);
                await Console.Error.WriteLineAsync(plan.ToText());
            }
            double unit = results[0].MedianSeconds;
            return new BenchReport(workload, rows, threads, runs, source, difference, results, results.ToDictionary(r => r.Name, r => r.MedianSeconds / unit));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<float[]?> ScoreAsync(InferSession session, string sql, InferF.Planner planner, int rows, CancellationToken cancellation)
    {
        float[] scores = new float[rows];
        InferQuery query = session.Sql(sql, new QueryOptions { Planner = planner });
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            using (batch)
            {
                ReadOnlySpan<int> ids = ((Int32Array)batch.Column(0)).Values;
                ReadOnlySpan<float> y = ((FloatArray)batch.Column(1)).Values;
                for (int i = 0; i < ids.Length; i++)
                {
                    scores[ids[i]] = y[i];
                }
            }
        }
        return scores;
    }

    // For a person who waits; nothing in a script's log.
    private static void Report(string line)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(line);
        }
    }

    private static void Print(BenchReport report)
    {
        Spectre.Console.Table table = new Spectre.Console.Table().Border(TableBorder.Rounded).AddColumn("contender");
        foreach (string header in new[] { "median s", "min s", "max s", "cpu s", "x inferf-auto" })
        {
            table.AddColumn(new TableColumn(header).RightAligned());
        }
        foreach (BenchResult result in report.Results)
        {
            table.AddRow(result.Name, $"{result.MedianSeconds:F3}", $"{result.MinSeconds:F3}", $"{result.MaxSeconds:F3}", $"{result.ProcessorSeconds:F3}", $"{report.Ratios[result.Name]:F2}");
        }
        AnsiConsole.Write(table);
        Console.WriteLine($"{report.Workload}: {report.Rows} rows, {report.Threads} threads, {report.Runs} runs, source {report.Source}, largest difference of outputs {report.MaxAbsDifference:G3}");
    }
}
