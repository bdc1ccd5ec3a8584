#!/usr/bin/env dotnet
// The one entry point of the repository: dotnet run build.cs -- VERB [options]
//
// Each verb is one or two commands a person could type; they are echoed before they run. docs/BUILDING.md explains them.
// Exit codes: 0 success, 1 something failed, 2 wrong usage, 3 packages are missing and --no-install forbids installing them.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

string root = AppContext.GetData("EntryPointFileDirectoryPath") as string ?? Directory.GetCurrentDirectory();
var options = new Options(args);
var shell = new Shell(root);
var packages = new Packages(shell, options.Take("--no-install"));
var results = new TestResults(Path.Combine(root, "artifacts", "test-results"));
string preset = options.Value("--preset") ?? (OperatingSystem.IsLinux() ? "release" : "vcpkg");
string command = Path.Combine(root, "artifacts", "bin", OperatingSystem.IsWindows() ? "inferf.cmd" : "inferf");

var verbs = new (string Name, string Help, Action Run)[]
{
    ("demo", "build what is needed and run 'inferf demo'", Demo),
    ("test", "build everything and run every suite; --all includes slow tests, --only NAME one suite", Test),
    ("summary", "print the counts of the last test run again (or of the reports in --results DIR)", Summary),
    ("native", "build and install the native library; --preset NAME", Native),
    ("bindings", "regenerate the C# bindings from inferf.h", Bindings),
    ("managed", "build the solution (which builds the native library too)", Managed),
    ("bench", "run 'inferf bench' with the arguments that follow; 'bench managed' runs the BenchmarkDotNet project", Bench),
    ("microbench", "build and run the native micro-benchmarks with the arguments that follow; --write FILE.md runs all and writes their table there", MicroBench),
    ("fuzz", "differential test at length; --cases N, --seed N", Fuzz),
    ("soak", "fuzz and interop suites over and over with new seeds; --minutes N", Soak),
    ("sanitize", "native suite under a sanitizer; --preset asan-ubsan|tsan", Sanitize),
    ("pack", "NuGet packages into artifacts/packages, tried from a program of their own", Pack),
    ("format", "format C++ and C# sources in place", Format),
    ("check", "formatting, self-contained headers, clang-tidy on lines changed since --base REF", Check),
    ("clean", "delete what was built", Clean),
};

try
{
    string name = options.Verb ?? "help";
    if (name is "help" or "--help" or "-h")
    {
        Help();
        return 0;
    }
    Action run = verbs.FirstOrDefault(verb => verb.Name == name).Run
        ?? throw new Stop(2, $"Unknown verb '{name}'. Expected one of: {string.Join(", ", verbs.Select(verb => verb.Name))}, help.");
    if (name is not ("bench" or "microbench"))
    {
        options.RejectUnknown("--preset", "--only", "--results", "--cases", "--seed", "--minutes", "--base", "--all");
    }
    run();
    return 0;
}
catch (Stop stop)
{
    if (stop.Message.Length > 0)
    {
        Console.Error.WriteLine(stop.Message);
    }
    return stop.ExitCode;
}

void Demo()
{
    packages.Ensure(Packages.Build);
    shell.Run("dotnet", "build", "managed/InferF.Cli", "-c", "Release", "-v", "minimal");
    shell.Run(command, "demo");
}

void Native()
{
    packages.Ensure(preset.Contains("clang", StringComparison.Ordinal) ? [.. Packages.Build, "clang-19"] : Packages.Build);
    shell.Run("cmake", "--preset", preset);
    shell.Run("cmake", "--build", "--preset", preset);
    shell.Run("cmake", "--install", $"artifacts/native/build/{preset}", "--component", "inferf");
}

void Managed()
{
    packages.Ensure(Packages.Build);
    shell.Run("dotnet", "build", "InferF.Interop.sln", "-c", "Release", "-v", "minimal");
}

void Bindings()
{
    packages.Ensure("castxml");
    shell.Run("dotnet", "run", "--project", "bindings/generate");
}

void Test()
{
    packages.Ensure([.. Packages.Build, "castxml"]);
    packages.Prefer(Packages.Browser);
    string? only = options.Value("--only");
    results.Clear();
    try
    {
        shell.Run("cmake", "--preset", preset);
        shell.Run("cmake", "--build", "--preset", preset);
        shell.Run("dotnet", "build", "InferF.Interop.sln", "-c", "Release", "-v", "minimal");
    }
    catch (Stop stop)
    {
        Console.Error.WriteLine(stop.Message);
        results.Record("build", 1);
        Summary();
    }

    if (only is null or "native")
    {
        results.Record("native", shell.TryRun("ctest", "--preset", preset, "-j", $"{Environment.ProcessorCount}", "--output-junit", results.ReportOf("native")));
    }
    string[] slow = options.Has("--all") ? [] : ["--filter-not-trait", "Category=Slow"];
    foreach (string suite in ManagedSuites().Where(suite => only is null || suite.Contains(only, StringComparison.OrdinalIgnoreCase)))
    {
        results.Record(suite, shell.TryRun("dotnet", [ManagedSuite(suite), "--results-directory", results.Directory, "--report-xunit-xml",
            "--report-xunit-xml-filename", $"{suite}.xml", "--no-ansi", "--progress", "off", "--timeout", "20m", .. slow]));
    }
    Summary();
}

void Summary()
{
    TestResults shown = options.Value("--results") is { } directory ? new TestResults(Path.GetFullPath(directory)) : results;
    if (!shown.Print())
    {
        throw new Stop(1, "");
    }
}

void Sanitize()
{
    string sanitizer = options.Value("--preset") ?? "asan-ubsan";
    packages.Ensure(Packages.Build);
    shell.Run("cmake", "--preset", sanitizer);
    shell.Run("cmake", "--build", "--preset", sanitizer);
    shell.Run("ctest", "--preset", sanitizer, "-j", $"{Environment.ProcessorCount}");
}

void Fuzz()
{
    Managed();
    shell.Environment["INFERF_FUZZ_CASES"] = options.Value("--cases") ?? "20000";
    if (options.Value("--seed") is { } seed)
    {
        shell.Environment["INFERF_FUZZ_SEED"] = seed;
    }
    shell.Run("dotnet", ManagedSuite("InferF.Fuzz.Tests"), "--no-ansi");
}

void Soak()
{
    Managed();
    double minutes = double.Parse(options.Value("--minutes") ?? "30", CultureInfo.InvariantCulture);
    for (var clock = Stopwatch.StartNew(); clock.Elapsed.TotalMinutes < minutes;)
    {
        string seed = Random.Shared.Next().ToString(CultureInfo.InvariantCulture);
        Console.WriteLine($"INFERF_FUZZ_SEED={seed}");
        shell.Environment["INFERF_FUZZ_SEED"] = seed;
        shell.Run("dotnet", ManagedSuite("InferF.Fuzz.Tests"), "--no-ansi");
        shell.Run("dotnet", ManagedSuite("InferF.Interop.Tests"), "--no-ansi");
    }
}

void Bench()
{
    packages.Ensure(Packages.Build);
    if (options.Rest is ["managed", ..])
    {
        shell.Run("dotnet", ["run", "--project", "tests/bench/managed", "-c", "Release", "--", .. options.Rest.Skip(1)]);
        return;
    }
    shell.Run("dotnet", "build", "managed/InferF.Cli", "-c", "Release", "-v", "quiet");
    shell.Run(command, ["bench", .. options.Rest]);
}

void MicroBench()
{
    packages.Ensure([.. Packages.Build, "libbenchmark-dev"]);
    shell.Run("cmake", "--preset", "bench");
    shell.Run("cmake", "--build", "--preset", "bench", "--target", "inferf_benchmarks");
    string programs = Path.Combine(root, "artifacts", "native", "build", "bench", "tests", "bench", "native");
    string program = Path.Combine(programs, OperatingSystem.IsWindows() ? "kernel_bench.exe" : "kernel_bench");
    string[] rest = [.. options.Rest];
    int write = Array.IndexOf(rest, "--write");
    if (write < 0)
    {
        shell.Run(program, rest);
        return;
    }
    if (write + 1 == rest.Length)
    {
        throw new Stop(2, "--write needs a file, e.g. docs/BENCHMARKS.md.");
    }
    // Of several short repetitions the fastest counts: what the kernels can do, not what the machine does beside them.
    string output = Path.Combine(root, "artifacts", "kernels.json");
    shell.Run(program, ["--benchmark_repetitions=5", "--benchmark_min_time=0.05", $"--benchmark_out={output}", "--benchmark_out_format=json", .. rest[..write], .. rest[(write + 2)..]]);
    shell.Run("dotnet", "build", "managed/InferF.Cli", "-c", "Release", "-v", "quiet");
    shell.Run(command, "bench", "kernels", "--from", output, "--write", Path.GetFullPath(rest[write + 1], root));
}

void Pack()
{
    Managed();
    Delete("artifacts/packages");
    shell.Run("dotnet", "pack", "InferF.Interop.sln", "-c", "Release", "--no-build", "-o", "artifacts/packages");
    // A program that knows nothing but the packages must be able to load the engine.
    Delete("artifacts/package-check");
    string version = XDocument.Load(Path.Combine(root, "Directory.Build.props")).Descendants("Version").Single().Value;
    shell.Run("dotnet", "run", "--project", "tests/package", $"--property:InferFVersion={version}");
}

void Format()
{
    packages.Ensure("clang-format-19");
    shell.Run("clang-format-19", ["-i", .. CppFiles()]);
    shell.Run("dotnet", "format", "InferF.Interop.sln");
}

void Check()
{
    packages.Ensure([.. Packages.Build, "clang-format-19", "clang-tidy-19"]);
    shell.Run("clang-format-19", ["--dry-run", "--Werror", .. CppFiles()]);
    shell.Run("dotnet", "format", "InferF.Interop.sln", "--verify-no-changes");
    shell.Run("cmake", "--preset", preset);
    shell.Run("cmake", "--build", "--preset", preset, "--target", "inferf", "all_verify_interface_header_sets");
    string changes = shell.Read("git", "diff", "-U0", options.Value("--base") ?? "HEAD", "--", "native/src");
    shell.Feed(changes, "clang-tidy-diff-19.py", "-p1", "-path", $"artifacts/native/build/{preset}", "-j", $"{Environment.ProcessorCount}");
}

void Clean()
{
    // This program runs from artifacts/bin, so its own folder stays.
    string own = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
    string artifacts = Path.Combine(root, "artifacts");
    foreach (string parent in new[] { artifacts, Path.Combine(artifacts, "bin") }.Where(Directory.Exists))
    {
        foreach (string directory in Directory.GetDirectories(parent).Where(directory => !own.StartsWith(directory, StringComparison.Ordinal)))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}

void Delete(string directory)
{
    string path = Path.Combine(root, directory);
    if (Directory.Exists(path))
    {
        Directory.Delete(path, recursive: true);
    }
}

void Help()
{
    Console.WriteLine("Usage: dotnet run build.cs -- VERB [options]");
    Console.WriteLine();
    foreach ((string name, string help, _) in verbs)
    {
        Console.WriteLine($"  {name,-12}{help}");
    }
    Console.WriteLine("  help        this text");
    Console.WriteLine();
    Console.WriteLine("  --no-install  list the Debian packages that are missing, and the command that installs them, instead of installing (exit code 3)");
}

IEnumerable<string> ManagedSuites() => Directory.EnumerateFiles(Path.Combine(root, "tests"), "*.Tests.csproj", SearchOption.AllDirectories)
    .Select(project => Path.GetFileNameWithoutExtension(project)).Order(StringComparer.Ordinal);

string ManagedSuite(string name) => Path.Combine(root, "artifacts", "bin", name, "release", $"{name}.dll");

string[] CppFiles() => shell.Read("git", "ls-files", "native/*.h", "native/*.cpp", "tests/*.h", "tests/*.cpp")
    .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

/// <summary>Ends the program with a message and an exit code.</summary>
sealed class Stop(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The verb and its options; each may be given as <c>--name value</c>.</summary>
sealed class Options
{
    private readonly List<string> _rest;

    public Options(string[] args)
    {
        Verb = args.FirstOrDefault();
        _rest = [.. args.Skip(1)];
    }

    public string? Verb { get; }

    public IReadOnlyList<string> Rest => _rest;

    public bool Has(string flag) => _rest.Contains(flag);

    public bool Take(string flag) => _rest.Remove(flag);

    public string? Value(string name)
    {
        int index = _rest.IndexOf(name);
        if (index < 0)
        {
            return null;
        }
        return index + 1 < _rest.Count ? _rest[index + 1] : throw new Stop(2, $"{name} needs a value.");
    }

    public void RejectUnknown(params string[] known)
    {
        for (int i = 0; i < _rest.Count; i++)
        {
            if (!known.Contains(_rest[i]))
            {
                throw new Stop(2, $"Unknown option '{_rest[i]}'. 'dotnet run build.cs -- help' lists the verbs and their options.");
            }
            i += _rest[i] == "--all" ? 0 : 1;
        }
    }
}

/// <summary>Runs commands in the repository's root, echoing each.</summary>
sealed class Shell(string root)
{
    /// <summary>Variables every command started from now on sees.</summary>
    public Dictionary<string, string> Environment { get; } = new()
    {
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["TESTINGPLATFORM_TELEMETRY_OPTOUT"] = "1",
    };

    /// <summary>Runs a command and stops the program if it fails.</summary>
    public void Run(string file, params string[] arguments)
    {
        int exitCode = TryRun(file, arguments);
        if (exitCode != 0)
        {
            throw new Stop(1, $"{Path.GetFileName(file)} {arguments.FirstOrDefault()} ended with exit code {exitCode}.");
        }
    }

    /// <summary>Runs a command and returns its exit code, 127 if it does not exist.</summary>
    public int TryRun(string file, params string[] arguments) => Execute(file, arguments, input: null, output: null);

    /// <summary>Runs a command and returns what it prints.</summary>
    public string Read(string file, params string[] arguments)
    {
        var output = new StringWriter();
        int exitCode = Execute(file, arguments, input: null, output);
        return exitCode == 0 ? output.ToString() : throw new Stop(1, $"{file} ended with exit code {exitCode}.");
    }

    /// <summary>Runs a command with <paramref name="input"/> as its standard input.</summary>
    public void Feed(string input, string file, params string[] arguments)
    {
        int exitCode = Execute(file, arguments, input, output: null);
        if (exitCode != 0)
        {
            throw new Stop(1, $"{file} ended with exit code {exitCode}.");
        }
    }

    private int Execute(string file, string[] arguments, string? input, StringWriter? output)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = root,
            UseShellExecute = false,
            RedirectStandardInput = input is not null,
            RedirectStandardOutput = output is not null,
        };
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }
        if (output is null)
        {
            string line = string.Join(' ', arguments.Select(argument => argument.Contains(' ', StringComparison.Ordinal) ? $"\"{argument}\"" : argument));
            Console.WriteLine($"> {Path.GetFileName(file)} {(line.Length > 300 ? line[..300] + " …" : line)}");
        }
        try
        {
            using Process process = Process.Start(start)!;
            if (input is not null)
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            output?.Write(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (Win32Exception exception)
        {
            Console.Error.WriteLine($"{file} cannot be started: {exception.Message}");
            return 127;
        }
    }
}

/// <summary>The Debian packages the build needs, and their installation.</summary>
sealed class Packages(Shell shell, bool listOnly)
{
    /// <summary>What building and testing the native library takes.</summary>
    public static readonly string[] Build =
    [
        "cmake", "g++", "ninja-build", "libhwy-dev", "libtbb-dev", "libxxhash-dev", "libprotobuf-dev", "protobuf-compiler", "libgtest-dev",
    ];

    /// <summary>What the tests of HTML pages open them in. Without it they are skipped, and say so.</summary>
    public const string Browser = "chromium-headless-shell";

    /// <summary>Installs a package that only some tests need; goes on without it if that is not possible or not wanted.</summary>
    public void Prefer(string name)
    {
        if (!File.Exists("/usr/bin/dpkg-query") || IsInstalled(name) || IsInstalled("chromium"))
        {
            return;
        }
        try
        {
            Ensure(name);
        }
        catch (Stop stop)
        {
            Console.WriteLine($"Going on without {name}; the tests that need it are skipped. {stop.Message}");
        }
    }

    /// <summary>Installs those of <paramref name="names"/> that are missing, or stops with exit code 3 if only listing is allowed.</summary>
    public void Ensure(params string[] names)
    {
        if (!File.Exists("/usr/bin/dpkg-query"))
        {
            Console.WriteLine($"Not a Debian system. Needed, under the names of Debian: {string.Join(' ', names)} (vcpkg.json names the libraries for vcpkg).");
            return;
        }
        string[] missing = [.. names.Where(name => !IsInstalled(name))];
        if (missing.Length == 0)
        {
            return;
        }
        string[] prefix = Environment.IsPrivilegedProcess ? [] : ["sudo", "DEBIAN_FRONTEND=noninteractive"];
        string[] update = [.. prefix, "apt-get", "update"];
        string[] install = [.. prefix, "apt-get", "install", "-y", "--no-install-recommends", .. missing];
        Console.WriteLine($"Debian packages missing: {string.Join(' ', missing)}");
        if (listOnly)
        {
            throw new Stop(3, $"Install them with: {string.Join(' ', update)} && {string.Join(' ', install)}");
        }
        Console.WriteLine("Installing them now; --no-install prints this list and stops instead.");
        shell.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        shell.Run(update[0], update[1..]);
        shell.Run(install[0], install[1..]);
    }

    private static bool IsInstalled(string name)
    {
        var query = new ProcessStartInfo("dpkg-query", ["-W", "-f=${db:Status-Status}", name]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(query)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process.StandardOutput.ReadToEnd() == "installed";
    }
}

/// <summary>
/// What the suites of one run reported: per suite a file NAME.exit with the runner's exit code and, unless the runner died first, its report NAME.xml
/// (JUnit from ctest, xUnit from the managed suites).
/// </summary>
sealed class TestResults(string directory)
{
    public string Directory { get; } = directory;

    public string ReportOf(string suite) => Path.Combine(Directory, $"{suite}.xml");

    public void Clear()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        System.IO.Directory.CreateDirectory(Directory);
    }

    public void Record(string suite, int exitCode) =>
        File.WriteAllText(Path.Combine(Directory, $"{suite}.exit"), exitCode.ToString(CultureInfo.InvariantCulture));

    /// <summary>Prints failed tests, a line per suite and, last, the totals. False if anything failed or nothing ran.</summary>
    public bool Print()
    {
        Counts total = default;
        string[] records = System.IO.Directory.Exists(Directory) ? System.IO.Directory.GetFiles(Directory, "*.exit") : [];
        Console.WriteLine();
        foreach (string record in records.Order(StringComparer.Ordinal))
        {
            string suite = Path.GetFileNameWithoutExtension(record);
            Counts counts = Read(suite, int.Parse(File.ReadAllText(record), CultureInfo.InvariantCulture));
            Console.WriteLine($"{suite,-28}{counts}");
            total = new Counts(total.Passed + counts.Passed, total.Failed + counts.Failed, total.Skipped + counts.Skipped);
        }
        Console.WriteLine(total);
        return total is { Failed: 0, Passed: > 0 };
    }

    private Counts Read(string suite, int exitCode)
    {
        Counts counts = default;
        string problem = $"the runner ended with exit code {exitCode}";
        try
        {
            XElement report = XDocument.Load(ReportOf(suite)).Root!;
            counts = report.Name.LocalName == "testsuite" ? ReadJUnit(suite, report) : ReadXUnit(suite, report);
        }
        catch (Exception exception) when (exception is IOException or System.Xml.XmlException)
        {
            problem += " and left no readable report";
            exitCode = exitCode == 0 ? 1 : exitCode;
        }
        // A runner that died, or that found nothing to run, fails as one more test: its report cannot be trusted to be whole.
        if (counts.Failed == 0 && (exitCode != 0 || counts.Passed + counts.Skipped == 0))
        {
            Console.WriteLine($"FAILED {suite}: {(exitCode == 0 ? "no tests ran" : problem)}");
            counts = counts with { Failed = 1 };
        }
        return counts;
    }

    private static Counts ReadJUnit(string suite, XElement report)
    {
        List<XElement> cases = [.. report.Elements("testcase")];
        List<XElement> failed = [.. cases.Where(test => test.Element("failure") is not null || (string?)test.Attribute("status") == "fail")];
        int skipped = cases.Count(test => (string?)test.Attribute("status") is "notrun" or "disabled");
        PrintFailed(suite, failed.Select(test => (string?)test.Attribute("name")));
        return new Counts(cases.Count - failed.Count - skipped, failed.Count, skipped);
    }

    private static Counts ReadXUnit(string suite, XElement report)
    {
        int Sum(string attribute) => report.Elements("assembly").Sum(assembly => (int?)assembly.Attribute(attribute) ?? 0);
        PrintFailed(suite, report.Descendants("test").Where(test => (string?)test.Attribute("result") == "Fail").Select(test => (string?)test.Attribute("name")));
        return new Counts(Sum("passed"), Sum("failed") + Sum("errors"), Sum("skipped"));
    }

    private static void PrintFailed(string suite, IEnumerable<string?> tests)
    {
        foreach (string? test in tests)
        {
            Console.WriteLine($"FAILED {suite}: {test}");
        }
    }

    private readonly record struct Counts(int Passed, int Failed, int Skipped)
    {
        public override string ToString() => $"{Passed} passed, {Failed} failed" + (Skipped > 0 ? $", {Skipped} skipped" : "");
    }
}
