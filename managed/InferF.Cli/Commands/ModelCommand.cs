using System.CommandLine;

namespace InferF.Cli.Commands;

/// <summary><c>inferf model check</c>: tells what InferF makes of a model file.</summary>
internal static class ModelCommand
{
    public static Command Create()
    {
        Argument<string> file = new("file") { Description = "The model file" };
        Option<bool> json = new("--json") { Description = "Print one line of JSON" };
        ConstantOption constants = new(needsModel: false);
        Command check = new("check", "Show inputs, outputs and where each operator runs; exit code 3 if one runs nowhere") { file, json, constants.Option };
        check.SetAction(parse =>
        {
            ModelReport report = ModelReport.Inspect(parse.GetValue(file)!, constants.OptionsOf(parse, ""));
            Console.WriteLine(parse.GetValue(json) ? report.ToJson() : report.ToText());
            return report.Supported ? ExitCode.Ok : ExitCode.UnsupportedModel;
        });
        return new Command("model", "Look at model files") { check };
    }
}
