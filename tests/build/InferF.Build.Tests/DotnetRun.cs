using System.Diagnostics;

namespace InferF.Build.Tests;

/// <summary>Runs a file-based program and waits for its end.</summary>
internal static class DotnetRun
{
    // Running a file compiles it into one folder per user; two runs that find it out of date disturb each other.
    private static readonly Lock s_oneAtATime = new();

    /// <param name="workingDirectory">Where it runs.</param>
    /// <param name="searchFirst">A folder to put first on PATH, or null.</param>
    /// <param name="arguments">What follows <c>dotnet run</c>.</param>
    /// <returns>Its exit code, and what it printed: standard output, then standard error.</returns>
    public static (int ExitCode, string Output) Run(string workingDirectory, string? searchFirst, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["run", .. arguments])
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (searchFirst is not null)
        {
            start.Environment["PATH"] = $"{searchFirst}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        }
        lock (s_oneAtATime)
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.GetAwaiter().GetResult());
        }
    }
}
