using System.CommandLine;
using System.Globalization;

namespace InferF.Cli.Commands;

/// <summary><c>inferf doctor</c>: checks that this machine can run InferF, part by part.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        Command command = new("doctor", "Check that this machine can run InferF");
        command.SetAction(async (_, cancellation) =>
        {
            bool healthy = true;
            foreach (DoctorCheck check in await Doctor.RunAsync(cancellation))
            {
                healthy &= check.Ok;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(check.Ok ? "ok  " : "FAIL")}  {check.Name,-16} {check.Detail}"));
            }
            return healthy ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }
}
