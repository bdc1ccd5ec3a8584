using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferF.Calibration;
using InferF.Optimizer.Cost;
using Spectre.Console;

namespace InferF.Cli.Commands;

/// <summary><c>inferf calibrate</c>: measures the constants of the cost model and keeps them for this machine.</summary>
internal static class CalibrateCommand
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    public static Command Create()
    {
        Option<bool> quick = new("--quick") { Description = "Fewer sizes and samples: seconds instead of most of a minute" };
        Option<bool> check = new("--check") { Description = "Compare predicted with measured times of placements instead of measuring constants" };
        Option<bool> json = new("--json") { Description = "Print the result as JSON" };
        Option<string?> output = new("--output", "-o") { Description = "Where to write the constants, instead of where every session of this machine finds them" };
        Option<string?> calibration = new("--calibration") { Description = "With --check: a file of constants, or 'default' for the built-in ones" };
        Command command = new("calibrate", "Measure what this machine can do, for the planner") { quick, check, json, output, calibration };
        command.SetAction(async (parse, cancellation) =>
        {
            Progress<double> progress = new(Report);
            CalibrationOptions options = new() { Quick = parse.GetValue(quick), Progress = progress };
            if (parse.GetValue(check))
            {
                CostCheckReport report = await CostCheck.RunAsync(parse.GetValue(calibration), options, cancellation);
                Console.WriteLine(parse.GetValue(json) ? report.ToJson() : report.ToText());
                return ExitCode.Ok;
            }
            MachineConstants measured = await Calibrator.MeasureAsync(options, cancellation);
            string path = parse.GetValue(output) ?? CalibrationFile.DefaultPath;
            CalibrationFile.Save(path, measured);
            if (parse.GetValue(json))
            {
                JsonObject report = MachineConstantsJson.Write(measured);
                report["file"] = path;
                Console.WriteLine(report.ToJsonString(s_indented));
                return ExitCode.Ok;
            }
            Print(measured);
            Console.WriteLine($"written to {path}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(MachineConstants measured)
    {
        Spectre.Console.Table table = new Spectre.Console.Table().Border(TableBorder.Rounded).AddColumns("constant", "per", "at");
        foreach (string header in new[] { "default", "measured" })
        {
            table.AddColumn(new TableColumn(header).RightAligned());
        }
        foreach (MachineConstantField field in MachineConstantField.All)
        {
            string name = field.Name;
            foreach (((string at, double seconds), double known) in field.Values(measured).Zip(field.ValuesAtPointsOf(MachineConstants.Default, measured)))
            {
                table.AddRow(name, name.Length > 0 ? field.Unit : "", at, Nanoseconds(known), Nanoseconds(seconds));
                name = "";
            }
        }
        AnsiConsole.Write(table);
        Console.WriteLine("nanoseconds of one thread per unit");
    }

    private static string Nanoseconds(double seconds) => (seconds * 1e9).ToString("0.####", CultureInfo.InvariantCulture);

    // For a person who waits; nothing in a script's log.
    private static void Report(double share)
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\rmeasuring {share:P0} {(share >= 1 ? "\n" : "")}"));
        }
    }
}
