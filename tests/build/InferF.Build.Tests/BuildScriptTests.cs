using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace InferF.Build.Tests;

/// <summary>Runs build.cs and build.ps1 for real, with verbs that build nothing.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly string _reports = Directory.CreateTempSubdirectory("inferf-reports-").FullName;

    public void Dispose() => Directory.Delete(_reports, recursive: true);

    [Fact]
    public void PowerShellScriptForwardsVerbAndSucceeds()
    {
        (int exitCode, string output) = RunPowerShell("help");

        Assert.Equal(0, exitCode);
        Assert.Contains("Usage: dotnet run build.cs -- VERB", output, StringComparison.Ordinal);
        Assert.Contains("--no-install", output, StringComparison.Ordinal);
    }

    [Fact]
    public void PowerShellScriptForwardsOptionsAndExitCode()
    {
        Pass("suite", 2);

        (int exitCode, string output) = RunPowerShell("summary", "--results", _reports);
        Assert.Equal(0, exitCode);
        Assert.EndsWith("2 passed, 0 failed", output.TrimEnd(), StringComparison.Ordinal);

        (exitCode, _) = RunPowerShell("no-such-verb");
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public void SummaryAddsBothLanguages()
    {
        Pass("InferF.Some.Tests", 3);
        Write("native", 8, """
            <testsuite name="x" tests="4" failures="1">
              <testcase name="base.A" status="run"/><testcase name="base.B" status="run"/>
              <testcase name="base.C" status="fail"><failure message="no"/></testcase>
              <testcase name="base.D" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>
            </testsuite>
            """);

        (int exitCode, string output) = RunSummary();

        Assert.Equal(1, exitCode);
        Assert.Contains("FAILED native: base.C", output, StringComparison.Ordinal);
        Assert.EndsWith("5 passed, 1 failed, 1 skipped", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void RunnerThatDiedCountsAsFailed()
    {
        Pass("InferF.Some.Tests", 1);
        Write("InferF.Other.Tests", 139, report: null);

        (int exitCode, string output) = RunSummary();

        Assert.Equal(1, exitCode);
        Assert.EndsWith("1 passed, 1 failed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void RunnerThatDiedAfterItsReportCountsAsFailed()
    {
        Write("InferF.Some.Tests", 134, """<assemblies><assembly total="1" passed="1" failed="0" skipped="0" errors="0"/></assemblies>""");

        (int exitCode, string output) = RunSummary();

        Assert.Equal(1, exitCode);
        Assert.EndsWith("1 passed, 1 failed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void SuiteWithoutTestsCountsAsFailed()
    {
        Pass("InferF.Some.Tests", 0);

        (int exitCode, string output) = RunSummary();

        Assert.Equal(1, exitCode);
        Assert.EndsWith("0 passed, 1 failed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void SummaryOfNothingFails()
    {
        (int exitCode, string output) = RunSummary();

        Assert.Equal(1, exitCode);
        Assert.EndsWith("0 passed, 0 failed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownOptionIsNamed()
    {
        (int exitCode, string output) = RunDotnet("native", "--prest", "dev");

        Assert.Equal(2, exitCode);
        Assert.Contains("--prest", output, StringComparison.Ordinal);
    }

    private void Pass(string suite, int passed) =>
        Write(suite, 0, $"""<assemblies><assembly total="{passed}" passed="{passed}" failed="0" skipped="0" errors="0"/></assemblies>""");

    private void Write(string suite, int exitCode, string? report)
    {
        File.WriteAllText(Path.Combine(_reports, $"{suite}.exit"), $"{exitCode}");
        if (report is not null)
        {
            File.WriteAllText(Path.Combine(_reports, $"{suite}.xml"), report);
        }
    }

    private (int ExitCode, string Output) RunSummary() => RunDotnet("summary", "--results", _reports);

    // From another directory than the repository's, so that a build script that relies on the current one fails here.
    private (int ExitCode, string Output) RunDotnet(params string[] arguments) =>
        DotnetRun.Run(_reports, searchFirst: null, [Repository.FullPath("build.cs"), "--", .. arguments]);

    // The hosted engine brings the language and its core commands, no modules: build.ps1 uses nothing else.
    private static (int ExitCode, string Output) RunPowerShell(params string[] arguments)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);
        shell.AddCommand(Repository.FullPath("build.ps1"));
        foreach (string argument in arguments)
        {
            shell.AddArgument(argument);
        }
        string output = string.Join('\n', shell.Invoke().Select(line => line.ToString()));
        return (Convert.ToInt32(runspace.SessionStateProxy.GetVariable("LASTEXITCODE"), null), output);
    }
}
