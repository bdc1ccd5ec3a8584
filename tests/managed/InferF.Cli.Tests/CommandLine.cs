using System.Diagnostics;
using InferF.Testing;

namespace InferF.Cli.Tests;

/// <summary>Runs the real command in a folder of its own with two small tables and a model.</summary>
internal sealed class CommandLine : IDisposable
{
    public const string Query = "SELECT a.id, predict('m', [a.x, b.y]) AS p FROM a JOIN b ON a.k = b.k";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("inferf-cli-");

    public CommandLine()
    {
        Write("a.csv", "id,k,x\n1,10,0.5\n2,20,-1.25\n3,10,2\n4,99,1\n");
        Write("b.csv", "k,y,name\n10,1.5,ten\n20,-3,twenty\n");
        File.WriteAllBytes(PathOf("m.onnx"), OnnxModels.Mlp(2, [4], "Relu", seed: 3));
    }

    /// <summary>Where the command keeps what it measured; nothing of the user's own is read or changed.</summary>
    public string CacheDirectory => PathOf("cache");

    public string[] Tables => ["-t", $"a={PathOf("a.csv")}", "-t", $"b={PathOf("b.csv")}"];

    public string[] TablesAndModel => [.. Tables, "-m", $"m={PathOf("m.onnx")}"];

    public string PathOf(string file) => Path.Combine(_directory.FullName, file);

    public string Write(string file, string text)
    {
        File.WriteAllText(PathOf(file), text);
        return PathOf(file);
    }

    public Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => FinishAsync(Command(arguments));

    /// <summary>Runs the command with environment variables.</summary>
    public Task<(int ExitCode, string Output, string Error)> RunAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = Command(arguments);
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }
        return FinishAsync(start);
    }

    /// <summary>Runs a line of the Unix shell.</summary>
    public static Task<(int ExitCode, string Output, string Error)> RunShellAsync(string line) =>
        FinishAsync(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true });

    /// <summary>Runs the command and sends SIGINT as soon as it has written something.</summary>
    /// <returns>How it ended, and the beginning of its output.</returns>
    public async Task<(int ExitCode, string Output, string Error)> InterruptAsync(params string[] arguments)
    {
        using Process process = Process.Start(Command(arguments))!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
        char[] beginning = new char[1000];
        int read = await process.StandardOutput.ReadAsync(beginning, cancellation);
        using (Process kill = Process.Start("/bin/kill", ["-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(cancellation);
        }
        while (await process.StandardOutput.ReadAsync(new char[1 << 16], cancellation) > 0)
        {
        }
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, new string(beginning, 0, read), await error);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private ProcessStartInfo Command(string[] arguments) => new("dotnet", [Path.Combine(AppContext.BaseDirectory, "InferF.Cli.dll"), .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = _directory.FullName,
        Environment = { ["XDG_CACHE_HOME"] = CacheDirectory },
    };

    private static async Task<(int ExitCode, string Output, string Error)> FinishAsync(ProcessStartInfo start)
    {
        using Process process = Process.Start(start)!;
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await error);
    }
}
