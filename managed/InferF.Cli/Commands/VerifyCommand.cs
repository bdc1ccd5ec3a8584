using System.CommandLine;

namespace InferF.Cli.Commands;

/// <summary><c>inferf verify</c>: compares a query's predictions with DuckDB and ONNX Runtime on the same rows.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        CommonOptions common = new();
        Option<bool> json = new("--json") { Description = "Print one line of JSON" };
        Command command = new("verify", "Compare predictions with DuckDB + ONNX Runtime, row by row") { json };
        common.AddTo(command);
        command.SetAction(async (parse, cancellation) =>
        {
            (InferSession session, InferQuery query) = await common.OpenAsync(parse, cancellation);
            await using (session)
            {
                ParityReport report = await query.VerifyAsync(Reference.OnnxRuntime, cancellation);
                Console.WriteLine(parse.GetValue(json) ? report.ToJson() : report.ToText());
                return report.Ok ? ExitCode.Ok : ExitCode.ParityFailed;
            }
        });
        return command;
    }
}
