using System.Text.Json;
using System.Text.RegularExpressions;

namespace InferF.Build.Tests;

/// <summary>
/// The layering of the C++ modules, read from their #include lines. Links enforce it for what has to be linked; this enforces it for headers too.
/// </summary>
public sealed partial class NativeLayeringTests
{
    // Module -> the modules whose headers it may include, besides its own.
    private static readonly Dictionary<string, string[]> s_allowedIncludes = new()
    {
        ["base"] = [],
        ["column"] = ["base"],
        ["kernel"] = ["base", "column"],
        ["plan"] = ["base", "column"],
        ["onnx"] = ["base"],
        ["exec"] = ["base", "column", "kernel", "plan", "onnx"],
        ["capi"] = ["base", "column", "kernel", "plan", "onnx", "exec"],
    };

    // Third-party headers -> the modules that may see them, so that replacing a library touches one place.
    private static readonly Dictionary<string, string[]> s_packageOwners = new()
    {
        ["hwy/"] = ["kernel"],
        ["google/protobuf/"] = ["plan"],
        ["onnxruntime"] = ["onnx"],
        ["plan.pb.h"] = ["plan", "exec", "capi"],
    };

    public static TheoryData<string> Modules => [.. s_allowedIncludes.Keys];

    [Fact]
    public void EveryFolderIsAModule()
    {
        IEnumerable<string> folders = Repository.Files("native/src/", ".h", ".cpp").Select(file => file.Split('/')[2]).Distinct();

        Assert.Empty(folders.Except(s_allowedIncludes.Keys));
    }

    [Theory]
    [MemberData(nameof(Modules))]
    public void ModuleIncludesOnlyLowerModules(string module)
    {
        string[] allowed = [.. s_allowedIncludes[module], module];
        var offenders = new List<string>();
        foreach (string file in Repository.Files($"native/src/{module}/", ".h", ".cpp"))
        {
            foreach (string header in Includes(file))
            {
                string folder = header.Split('/')[0];
                if (s_allowedIncludes.ContainsKey(folder) && !allowed.Contains(folder))
                {
                    offenders.Add($"{file} includes {header}");
                }
                offenders.AddRange(s_packageOwners.Where(owner => header.StartsWith(owner.Key, StringComparison.Ordinal) && !owner.Value.Contains(module))
                    .Select(_ => $"{file} includes {header}"));
            }
        }
        Assert.Empty(offenders);
    }

    [Fact]
    public void OnlyTheCInterfaceExportsSymbols()
    {
        IEnumerable<string> exporting = Repository.Files("native/src/", ".h", ".cpp").Where(file => !file.StartsWith("native/src/capi/", StringComparison.Ordinal))
            .Where(file => Repository.Read(file) is var text
                && (text.Contains("INFERF_API", StringComparison.Ordinal) || text.Contains("visibility(\"default\")", StringComparison.Ordinal)));

        Assert.Empty(exporting);
    }

    [Fact]
    public void EverySourceIsNamedInItsModule()
    {
        IEnumerable<string> forgotten = Repository.Files("native/src/", ".cpp").Concat(Repository.Files("tests/native/", ".cpp")).Where(file =>
        {
            string list = $"{Path.GetDirectoryName(file)}/CMakeLists.txt";
            return !File.Exists(Repository.FullPath(list)) || !Regex.IsMatch(Repository.Read(list), $@"(^|[\s(/""]){Regex.Escape(Path.GetFileName(file))}\b");
        });

        Assert.Empty(forgotten);
    }

    [Fact]
    public void EveryConfigurePresetCanBeBuilt()
    {
        using JsonDocument presets = JsonDocument.Parse(Repository.Read("CMakePresets.json"));
        IEnumerable<string> configure = presets.RootElement.GetProperty("configurePresets").EnumerateArray()
            .Where(preset => !preset.TryGetProperty("hidden", out _)).Select(preset => preset.GetProperty("name").GetString()!);
        IEnumerable<string> build = presets.RootElement.GetProperty("buildPresets").EnumerateArray().Select(preset => preset.GetProperty("name").GetString()!);

        Assert.Equal(configure.Order(StringComparer.Ordinal), build.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Includes(string file) =>
        IncludeLine().Matches(Repository.Read(file)).Select(match => match.Groups[1].Value);

    [GeneratedRegex("""^\s*#\s*include\s+["<]([^">]+)[">]""", RegexOptions.Multiline)]
    private static partial Regex IncludeLine();
}
