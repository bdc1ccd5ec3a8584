using InferF.Cli.Bench.Sweeps;
using Spectre.Console;

namespace InferF.Cli.Bench.Report;

/// <summary>Reports for people.</summary>
internal static class ConsoleTables
{
    // Characters per line where there is no terminal to ask.
    private const int RedirectedWidth = 200;

    /// <summary>Prints a workload's report.</summary>
    public static void Print(BenchReport report)
    {
        if (report.Skipped is string reason)
        {
            Console.WriteLine($"{(report.HasFailed ? "failed" : "skipped")} {report.Workload}: {reason}");
            return;
        }
        Print(ReportTable.Contenders(report));
        Console.WriteLine(ReportTable.Summary(report));
        if (report.Roofline is not null)
        {
            Print(ReportTable.Roofline(report.Roofline));
            Console.WriteLine(ReportTable.Summary(report.Roofline));
        }
        PrintGoals(report.Goals.Select(goal => (report.Workload, goal)));
    }

    /// <summary>Prints a sweep's report.</summary>
    public static void Print(SweepReport sweep)
    {
        if (sweep.Failure is string failure)
        {
            Console.WriteLine($"failed {sweep.Name}: {failure}");
            return;
        }
        Console.WriteLine(sweep.Title);
        Print(ReportTable.Sweep(sweep));
        if (sweep.BreakEven is double x)
        {
            Console.WriteLine(FormattableString.Invariant($"factorization begins to pay at {x:G2} {sweep.Axis}"));
        }
        PrintGoals(sweep.Goals.Select(goal => (sweep.Name, goal)));
    }

    /// <summary>Prints everything.</summary>
    public static void Print(AllReport report)
    {
        foreach (BenchReport workload in report.Workloads)
        {
            Print(workload with { Goals = [] });
        }
        foreach (SweepReport sweep in report.Sweeps)
        {
            Print(sweep with { Goals = [] });
        }
        Print(ReportTable.Rates(report.Machine));
        Print(ReportTable.Gathers(report.Machine));
        PrintGoals(report.Goals);
    }

    /// <summary>Prints a table.</summary>
    public static void Print(ReportTable table) => Print(table.Headers, table.Rows, left: 1);

    /// <summary>Prints a table.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="left">Columns of text at its beginning; others with a header in <paramref name="words"/> are text, too.</param>
    /// <param name="words">Headers of columns of text.</param>
    public static void Print(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, int left, params string[] words)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = RedirectedWidth;
        }
        Spectre.Console.Table table = new Spectre.Console.Table().Border(TableBorder.Rounded);
        for (int i = 0; i < headers.Count; i++)
        {
            TableColumn column = new(Markup.Escape(headers[i]));
            table.AddColumn(i < left || words.Contains(headers[i]) ? column : column.RightAligned());
        }
        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow([.. row.Select(Markup.Escape)]);
        }
        AnsiConsole.Write(table);
    }

    private static void PrintGoals(IEnumerable<(string, GoalResult)> goals)
    {
        ReportTable table = ReportTable.Goals(goals);
        if (table.Rows.Count > 0)
        {
            Print(table.Headers, table.Rows, 2);
        }
    }
}
