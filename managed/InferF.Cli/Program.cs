using System.CommandLine;
using InferF.Cli;
using InferF.Cli.Commands;

RootCommand root = new("InferF: machine-learning models over joins of several tables, without computing the same thing again for every row.")
{
    QueryCommand.Create(),
    ExplainCommand.Create(),
    VerifyCommand.Create(),
    ModelCommand.Create(),
    BenchCommand.Create(),
    DemoCommand.Create(),
    DoctorCommand.Create(),
};

ParseResult parse = root.Parse(args);
if (parse.Errors.Count > 0)
{
    foreach (System.CommandLine.Parsing.ParseError error in parse.Errors)
    {
        await Console.Error.WriteLineAsync($"inferf: {error.Message}");
    }
    await Console.Error.WriteLineAsync("See 'inferf --help'.");
    return ExitCode.Usage;
}

try
{
    return await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception exception) when (exception is InferF.InferFException or OperationCanceledException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(exception is OperationCanceledException ? "inferf: cancelled" : $"inferf: {exception.Message}");
    return ExitCode.Of(exception);
}
