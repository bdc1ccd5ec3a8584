using System.Text.Json;
using InferF.Cli.Bench;
using InferF.Cli.Bench.Kernels;
using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Planner;
using InferF.Cli.Bench.Report;
using InferF.Cli.Bench.Report.Html;
using InferF.Cli.Bench.Sweeps;
using InferF.Cli.Bench.Workloads;
using InferF.Plan;

namespace InferF.Cli.Commands;

/// <summary>What <c>inferf bench</c> does for each kind of benchmark, and where the report goes.</summary>
/// <param name="isJson">Whether it is printed as JSON.</param>
/// <param name="html">File for a page, or null.</param>
/// <param name="markdown">File for Markdown, or null.</param>
/// <param name="isQuick">Whether few rows do.</param>
/// <param name="showsProgress">Whether to tell what is running on standard error even if it is no terminal.</param>
internal sealed class BenchActions(bool isJson, FileInfo? html, FileInfo? markdown, bool isQuick, bool showsProgress)
{
    /// <summary>Name of the probe on the command line.</summary>
    public const string MachineName = "machine";

    /// <summary>Measures a workload.</summary>
    public async Task<int> WorkloadAsync(Workload workload, BenchOptions options, CancellationToken cancellation) =>
        Show(await new BenchRunner(Progress).MeasureAsync(workload, options, cancellation), ConsoleTables.Print);

    /// <summary>Measures a sweep.</summary>
    public async Task<int> SweepAsync(Sweep sweep, BenchOptions options, CancellationToken cancellation) =>
        Show(await new SweepRunner(new BenchRunner(Progress)).MeasureAsync(sweep, options, isQuick, cancellation), ConsoleTables.Print);

    /// <summary>Measures everything.</summary>
    public async Task<int> AllAsync(BenchOptions options, CancellationToken cancellation)
    {
        string[] known = [.. WorkloadList.All.Select(workload => workload.Name), .. SweepList.All.Select(sweep => sweep.Name)];
        if (options.Only.FirstOrDefault(name => !known.Contains(name)) is string unknown)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"Unknown workload or sweep '{unknown}'. Known: {string.Join(", ", known)}.{NearestName.Hint(unknown, known)}");
        }
        AllReport report = await AllBench.RunAsync(options, isQuick, Progress, cancellation);
        if (html is not null)
        {
            await File.WriteAllTextAsync(html.FullName, BenchPage.Write(report), cancellation);
        }
        if (markdown is not null)
        {
            string page = markdown.Exists ? await File.ReadAllTextAsync(markdown.FullName, cancellation) : "";
            await File.WriteAllTextAsync(markdown.FullName, AllMarkdown.Replace(page, report), cancellation);
        }
        Show(report, ConsoleTables.Print);
        return report.HasFailures ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>Shows what the native micro-benchmarks measured.</summary>
    /// <param name="results">The JSON they wrote.</param>
    /// <param name="cancellation">Stops reading.</param>
    public async Task<int> KernelsAsync(FileInfo? results, CancellationToken cancellation)
    {
        if (results is null)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, "'bench kernels' shows what the native benchmarks have written: --from FILE is missing. 'dotnet run build.cs -- microbench --write docs/BENCHMARKS.md' does both.");
        }
        KernelReport report = await KernelReport.ReadAsync(results, cancellation);
        if (markdown is not null)
        {
            string page = markdown.Exists ? await File.ReadAllTextAsync(markdown.FullName, cancellation) : "";
            await File.WriteAllTextAsync(markdown.FullName, report.ReplaceIn(page), cancellation);
        }
        return Show(report, kernels => ConsoleTables.Print(kernels.Table()));
    }

    /// <summary>Probes the machine.</summary>
    public int Machine(int threads) => Show(MachineProbe.Run(threads), report =>
    {
        ConsoleTables.Print(ReportTable.Rates(report));
        ConsoleTables.Print(ReportTable.Gathers(report));
    });

    /// <summary>Compares predicted with measured times.</summary>
    public async Task<int> PlannerAsync(PlannerBenchOptions options, CancellationToken cancellation)
    {
        PlannerBenchReport report = await PlannerBench.RunAsync(options, Progress, cancellation);
        if (markdown is not null)
        {
            await File.WriteAllTextAsync(markdown.FullName, PlannerBenchMarkdown.Write(report), cancellation);
        }
        return Show(report, PlannerBenchTables.Print);
    }

    private int Show<T>(T report, Action<T> print)
    {
        if (isJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(report));
        }
        else
        {
            print(report);
        }
        return ExitCode.Ok;
    }

    // For a person who waits; in a script's log only if asked for.
    private void Progress(string line)
    {
        if (showsProgress || !Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(line);
        }
    }
}
