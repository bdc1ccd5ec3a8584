using System.CommandLine;
using InferF.Cli.Bench;
using InferF.Cli.Bench.Kernels;
using InferF.Cli.Bench.Planner;
using InferF.Cli.Bench.Sweeps;
using InferF.Cli.Bench.Workloads;
using InferF.Plan;

namespace InferF.Cli.Commands;

/// <summary><c>inferf bench</c>: end-to-end workloads against what one would use otherwise, interleaved in one process.</summary>
internal static class BenchCommand
{
    private static readonly string[] s_names =
    [
        .. WorkloadList.All.Select(workload => workload.Name), .. SweepList.All.Select(sweep => sweep.Name), BenchActions.MachineName, KernelReport.Name, PlannerBench.Name, AllBench.Name,
    ];

    public static Command Create()
    {
        Argument<string> workload = new("workload") { Description = string.Join(", ", s_names), DefaultValueFactory = _ => Star.Mlp.Name };
        Option<int?> rows = new("--rows") { Description = "Fact rows; as many as docs/BENCHMARKS.md says unless given" };
        Option<int?> runs = new("--runs") { Description = "Timed runs of every contender; 3, of the planner's plans 5, unless given" };
        Option<int> threads = new("--threads") { Description = "Threads every contender may use; 0 is one per core" };
        Option<int> seed = new("--seed") { Description = "Seed of data and weights", DefaultValueFactory = _ => 1 };
        Option<string> source = new("--source") { Description = "memory (each contender's own format) or parquet (all read the same files)", DefaultValueFactory = _ => "memory" };
        source.AcceptOnlyFromAmong("memory", "parquet");
        Option<string[]> only = new("--only") { Description = "Run only these contenders; of all, these workloads and sweeps; of the planner's benchmark, these workloads, e.g. star-4", AllowMultipleArgumentsPerToken = true };
        Option<bool> explain = new("--explain") { Description = "Show the plan of inferf-auto with actual rows and times on standard error" };
        Option<bool> quick = new("--quick") { Description = "all, sweeps, planner: fewer workloads and rows" };
        Option<FileInfo?> html = new("--html") { Description = "all: also write the report with its plots as one HTML page" };
        Option<FileInfo?> write = new("--write") { Description = "all, kernels, planner: also write the tables as Markdown, e.g. to docs/BENCHMARKS.md or docs/PLANNER_BENCH.md" };
        Option<FileInfo?> from = new("--from") { Description = "kernels: the JSON that the native benchmarks wrote" };
        Option<bool> progress = new("--progress") { Description = "Tell what is running on standard error even if it is no terminal" };
        Option<bool> json = new("--json") { Description = "Print the report as JSON" };
        Command command = new("bench", "Measure a workload against its peers") { workload, rows, runs, threads, seed, source, only, explain, quick, html, write, from, progress, json };
        command.SetAction(async (parse, cancellation) =>
        {
            string name = parse.GetValue(workload)!;
            if (!s_names.Contains(name))
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, $"Unknown workload '{name}'. Known: {string.Join(", ", s_names)}.{NearestName.Hint(name, s_names)}");
            }
            if (parse.GetValue(rows) < 1 || parse.GetValue(runs) < 1 || parse.GetValue(threads) < 0)
            {
                throw new InferFException(InferFErrorCode.InvalidArgument, "--rows and --runs must be at least 1, --threads at least 0.");
            }
            int threadCount = parse.GetValue(threads) is > 0 and int given ? given : Environment.ProcessorCount;
            BenchActions actions = new(parse.GetValue(json), parse.GetValue(html), parse.GetValue(write), parse.GetValue(quick), parse.GetValue(progress));
            if (name == PlannerBench.Name)
            {
                return await actions.PlannerAsync(new PlannerBenchOptions(parse.GetValue(only) ?? [], parse.GetValue(quick), parse.GetValue(runs) ?? 5, threadCount, parse.GetValue(seed)), cancellation);
            }
            BenchOptions options = new(parse.GetValue(runs) ?? 3, threadCount, parse.GetValue(seed), parse.GetValue(source)!)
            {
                Rows = parse.GetValue(rows),
                Only = parse.GetValue(only) ?? [],
                Explain = parse.GetValue(explain),
            };
            return name switch
            {
                AllBench.Name => await actions.AllAsync(options, cancellation),
                BenchActions.MachineName => actions.Machine(threadCount),
                KernelReport.Name => await actions.KernelsAsync(parse.GetValue(from), cancellation),
                _ when SweepList.Find(name) is Sweep sweep => await actions.SweepAsync(sweep, options, cancellation),
                _ => await actions.WorkloadAsync(WorkloadList.Find(name)!, options, cancellation),
            };
        });
        return command;
    }
}
