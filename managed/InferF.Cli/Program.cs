using System.CommandLine;
using System.CommandLine.Help;
using InferF.Cli;
using InferF.Cli.Commands;
using InferF.Cli.Output;

// Not a RootCommand: that is named after the assembly, which cannot be called inferf itself.
Command root = new("inferf", "InferF: machine-learning models over joins of several tables, without computing the same thing again for every row.")
{
    QueryCommand.Create(),
    ExplainCommand.Create(),
    VerifyCommand.Create(),
    ModelCommand.Create(),
    BenchCommand.Create(),
    DemoCommand.Create(),
    CalibrateCommand.Create(),
    DoctorCommand.Create(),
};
root.Options.Add(new HelpOption());
root.Options.Add(new Option<bool>("--version") { Description = "Show the version", Action = new VersionAction() });

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
catch (IOException exception) when (StandardOutput.IsClosed(exception))
{
    // The reader, for example `head`, has seen enough.
    return ExitCode.Ok;
}
catch (Exception exception) when (exception is InferF.InferFException or OperationCanceledException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(exception is OperationCanceledException ? "inferf: cancelled" : $"inferf: {exception.Message}");
    return ExitCode.Of(exception);
}
