using System.CommandLine;
using System.Text;

namespace InferF.Cli.Commands;

/// <summary><c>inferf explain</c>: shows which part of the model runs at which node of the join tree, and what that costs.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        CommonOptions common = new();
        Option<bool> analyze = new("--analyze") { Description = "Run the query and show actual rows, times, bytes and flops" };
        Option<string> format = new("--format") { Description = "text, json, html or mermaid", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json", "html", "mermaid");
        Option<string?> output = new("--output", "-o") { Description = "A file to write to, instead of standard output" };
        Option<string?> compare = new("--compare") { Description = "Another planner: show its plan, too, and what differs" };
        Option<int> width = new("--width") { Description = "Columns of text output", DefaultValueFactory = _ => PlanReport.DefaultWidth };
        Option<bool> ascii = new("--ascii") { Description = "Draw text with ASCII characters only, as on terminals without UTF-8" };
        Command command = new("explain", "Show the plan of a query") { analyze, format, output, compare, width, ascii };
        common.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            Planner? other = parse.GetValue(compare) is { } name ? CommonOptions.ParsePlanner(name) : null;
            ExplainMode mode = parse.GetValue(analyze) ? ExplainMode.Analyze : ExplainMode.Estimate;
            string? file = parse.GetValue(output);
            // A file is always UTF-8; a terminal or a pipe takes what the locale says.
            bool isAscii = parse.GetValue(ascii) || (file is null && Console.OutputEncoding.CodePage != Encoding.UTF8.CodePage);
            int columns = parse.GetValue(width);
            (InferSession session, InferQuery query) = await common.OpenAsync(parse, cancellation);
            await using (session)
            {
                PlanReport report = await query.ExplainAsync(mode, cancellation);
                string text;
                if (other is null)
                {
                    text = parse.GetValue(format) switch
                    {
                        "json" => report.ToJson(),
                        "html" => report.ToHtml(),
                        "mermaid" => report.ToMermaid(),
                        _ => report.ToText(columns, isAscii),
                    };
                }
                else
                {
                    InferQuery second = session.Sql(parse.GetValue(common.Sql)!, new QueryOptions { Planner = other });
                    PlanComparison comparison = report.Compare(await second.ExplainAsync(mode, cancellation));
                    text = parse.GetValue(format) switch
                    {
                        "json" => comparison.ToJson(),
                        "html" => comparison.ToHtml(),
                        "mermaid" => comparison.ToMermaid(),
                        _ => comparison.ToText(columns, isAscii),
                    };
                }
                await WriteAsync(text.TrimEnd('\n') + "\n", file, cancellation);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task WriteAsync(string text, string? file, CancellationToken cancellation)
    {
        if (file is null)
        {
            await Console.Out.WriteAsync(text.AsMemory(), cancellation);
            return;
        }
        await File.WriteAllTextAsync(file, text, cancellation);
    }
}
