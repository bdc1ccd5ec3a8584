using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Apache.Arrow;
using Spectre.Console;

namespace InferF.Cli.Commands;

/// <summary><c>inferf demo</c>: the whole story on real data that ships with the command: plan, parity, times.</summary>
internal static class DemoCommand
{
    private const int Runs = 3;

    public static Command Create()
    {
        Command command = new("demo", "Score 250 000 real flights: plan, parity with ONNX Runtime, times");
        command.SetAction(async (_, cancellation) => await RunAsync(cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellation)
    {
        string folder = SampleFolder();
        string sql = await File.ReadAllTextAsync(Path.Combine(folder, "query.sql"), cancellation);
        await using InferSession session = InferSession.Open();
        session.Tables.Add("flights", Source.File(Path.Combine(folder, "flights.parquet")));
        session.Tables.Add("airports", Source.File(Path.Combine(folder, "airports.parquet")));
        await session.Models.LoadAsync("delay", Path.Combine(folder, "delay.onnx"), cancellation);
        InferQuery query = session.Sql(sql);
        InferQuery unfactorized = session.Sql(sql, new QueryOptions { Planner = Planner.None });

        AnsiConsole.MarkupLine("[bold]Query[/]");
        Console.WriteLine(sql.Trim());
        AnsiConsole.MarkupLine("\n[bold]Plan[/] (what the model computes, and on the rows of which relation)");
        Console.WriteLine((await query.ExplainAsync(ExplainMode.Analyze, cancellation)).ToText());

        AnsiConsole.MarkupLine("\n[bold]Parity[/] with DuckDB + ONNX Runtime on the same rows");
        ParityReport parity = await query.VerifyAsync(Reference.OnnxRuntime, cancellation);
        Console.WriteLine(parity.ToText());

        AnsiConsole.MarkupLine($"\n[bold]Time[/] (median of {Runs} runs in turns)");
        (string Name, Func<Task<long>> Run)[] contenders =
        [
            ("InferF, factorized", () => CountAsync(query, cancellation)),
            ("InferF, unfactorized", () => CountAsync(unfactorized, cancellation)),
            ("DuckDB + ONNX Runtime", () => query.RunReferenceAsync(Reference.OnnxRuntime, cancellation)),
        ];
        double[][] seconds = [.. contenders.Select(_ => new double[Runs])];
        long rows = 0;
        for (int run = -1; run < Runs; run++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                rows = await contenders[i].Run();
                if (run >= 0)
                {
                    seconds[i][run] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                }
            }
        }
        for (int i = 0; i < contenders.Length; i++)
        {
            System.Array.Sort(seconds[i]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{contenders[i].Name,-24} {seconds[i][Runs / 2],7:F3} s   {rows / seconds[i][Runs / 2] / 1e6,6:F2} M rows/s   {seconds[i][Runs / 2] / seconds[0][Runs / 2],5:F1} x"));
        }
        return parity.Ok ? ExitCode.Ok : ExitCode.ParityFailed;
    }

    private static async Task<long> CountAsync(InferQuery query, CancellationToken cancellation)
    {
        long rows = 0;
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            rows += batch.Length;
            batch.Dispose();
        }
        return rows;
    }

    private static string SampleFolder()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "samples", "flights");
        return File.Exists(Path.Combine(folder, "query.sql"))
            ? folder
            : throw new InferFException(InferFErrorCode.Source, $"The sample data are not beside the command. Expected in '{folder}'.");
    }
}
