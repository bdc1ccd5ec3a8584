using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace InferF.Cli.Commands;

/// <summary><c>inferf --version</c>: prints the command's name and version.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        string? version = typeof(VersionAction).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        Console.WriteLine($"inferf {version}");
        return ExitCode.Ok;
    }
}
