using System.CommandLine;

namespace InferF.Cli.Commands;

/// <summary><c>inferf explain</c>: shows which part of the model runs at which node of the join tree, and what that costs.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        CommonOptions common = new();
        Option<bool> analyze = new("--analyze") { Description = "Run the query and show actual rows, times, bytes and flops" };
        Option<string> format = new("--format") { Description = "text or json", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "json");
        Command command = new("explain", "Show the plan of a query") { analyze, format };
        common.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            (InferSession session, InferQuery query) = await common.OpenAsync(parse, cancellation);
            await using (session)
            {
                PlanReport report = await query.ExplainAsync(parse.GetValue(analyze) ? ExplainMode.Analyze : ExplainMode.Estimate, cancellation);
                Console.WriteLine(parse.GetValue(format) == "json" ? report.ToJson() : report.ToText());
            }
            return ExitCode.Ok;
        });
        return command;
    }
}
