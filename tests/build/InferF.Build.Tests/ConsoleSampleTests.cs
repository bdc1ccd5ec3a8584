using System.Text.RegularExpressions;

namespace InferF.Build.Tests;

/// <summary>The example of docs/API.md compiles and does what it says.</summary>
public sealed partial class ConsoleSampleTests
{
    [Fact]
    public void TheLibraryOnOnePageRuns()
    {
        // Release, as the solution was built: this configuration of the library is up to date.
        (int exitCode, string output) = DotnetRun.Run(Repository.Root, searchFirst: null, "-c", "Release", Repository.FullPath("samples/console/Program.cs"));

        Assert.True(exitCode == 0, output);
        Assert.Equal(5, Prediction().Count(output));
        Assert.Contains("ok: ", output, StringComparison.Ordinal);
        Assert.Contains("bytes of CSV", output, StringComparison.Ordinal);
        Assert.Contains("UnknownName at byte 7", output, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDocumentNamesEveryErrorCode()
    {
        string page = Repository.Read("docs/API.md");
        IEnumerable<string> codes = ErrorCode().Matches(Repository.Read("managed/InferF.Plan/InferFException.cs").Split("public class")[0]).Select(code => code.Groups[1].Value);

        Assert.All(codes, code => Assert.Contains($"`{code}`", page, StringComparison.Ordinal));
        Assert.NotEmpty(codes);
    }

    [GeneratedRegex(@"^ORD to [A-Z]{3}: 0\.\d{3}\r?$", RegexOptions.Multiline)]
    private static partial Regex Prediction();

    [GeneratedRegex(@"^    (\w+),\r?$", RegexOptions.Multiline)]
    private static partial Regex ErrorCode();
}
