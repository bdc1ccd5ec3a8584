using System.Collections.Immutable;
using InferF.Optimizer;
using InferF.Optimizer.Cost;
using InferF.Plan.Model;
using InferF.Plan.Physical;

namespace InferF.Calibration;

/// <summary>Compares the cost model with the machine: placements of made-up queries are executed, with one thread, and their times compared with the predicted ones.</summary>
public static class CostCheck
{
    private const int Rounds = 3;

    private static readonly (string Name, PlannerKind Kind)[] s_planners = [("none", PlannerKind.None), ("leaf", PlannerKind.Leaf), ("greedy", PlannerKind.Greedy)];

    /// <summary>Runs the comparison.</summary>
    /// <param name="calibration">Constants to judge by; see <see cref="InferOptions.Calibration"/>.</param>
    /// <param name="options">How thoroughly, or null for all workloads.</param>
    /// <param name="cancellation">Stops it.</param>
    public static Task<CostCheckReport> RunAsync(string? calibration = null, CalibrationOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run(() => Run(CalibrationFile.Resolve(calibration).Constants, options ?? new CalibrationOptions(), cancellation), cancellation);

    private static CostCheckReport Run(MachineConstants machine, CalibrationOptions options, CancellationToken cancellation)
    {
        List<PlacementTime> times = [];
        ImmutableArray<(string Workload, Func<SyntheticQuery> Create)> workloads = options.Quick ? [.. Workloads(20_000).Take(2)] : [.. Workloads(200_000)];
        for (int w = 0; w < workloads.Length; w++)
        {
            // A session per workload: its tables are dropped with it.
            using InferSession session = InferSession.Open(new InferOptions { Threads = 1, CacheLimit = "0" });
            SyntheticQuery query = workloads[w].Create();
            Measurements measured = new();
            List<(string Planner, double Predicted)> placements = [];
            foreach ((string name, PlannerKind kind) in s_planners)
            {
                PhysicalPlan plan = query.Plan(kind, machine);
                placements.Add((name, plan.Report.EstimatedSeconds[plan.Report.Planner]));
                measured.Add(name, () => query.Run(session, plan, cancellation).AllSeconds, isLong: true);
            }
            measured.Run(options.Quick ? 1 : Rounds, null, cancellation);
            times.AddRange(placements.Select(placement => new PlacementTime(workloads[w].Workload, placement.Planner, placement.Predicted, measured[placement.Planner])));
            options.Progress?.Report((w + 1.0) / workloads.Length);
        }
        return new CostCheckReport(machine.Source, [.. times]);
    }

    private static IEnumerable<(string Workload, Func<SyntheticQuery> Create)> Workloads(int rows)
    {
        foreach (int width in new[] { 16, 64, 256, 1024 })
        {
            yield return ($"star, MLP {width}-64-1", () => new SyntheticQuery(
                Star(rows, 8, (rows / 5, 100, true), (10_000, 200, true), (1_000, 50, true)), x => SyntheticModels.Mlp(x, width, 64)));
        }
        foreach (int depth in new[] { 3, 6 })
        {
            yield return ($"star, 100 trees of depth {depth}", () => new SyntheticQuery(
                Star(rows / 4, 8, (rows / 20, 100, true), (2_000, 200, true), (200, 50, true)), x => SyntheticModels.Forest(x, 100, depth)));
        }
        yield return ("star, linear", () => new SyntheticQuery(Star(rows, 8, (rows / 5, 100, true), (10_000, 200, true), (1_000, 50, true)), x => SyntheticModels.Linear(x, 1)));
        foreach (int width in new[] { 4, 32 })
        {
            yield return ($"narrow tables, MLP {width}-1", () => new SyntheticQuery(Star(rows, 4, (rows / 4, 4, true), (5_000, 4, true)), x => SyntheticModels.Mlp(x, width)));
        }
        yield return ("scalar columns, MLP 64-1", () => new SyntheticQuery(Star(rows, 4, (rows / 4, 12, false), (5_000, 12, false)), x => SyntheticModels.Mlp(x, 64)));
        yield return ("rows repeated twice, MLP 128-1", () => new SyntheticQuery(Star(rows, 4, (rows / 2, 32, true), (rows / 2, 32, true)), x => SyntheticModels.Mlp(x, 128)));
        yield return ("rows repeated twice, 100 trees", () => new SyntheticQuery(Star(rows / 8, 4, (rows / 16, 32, true), (rows / 16, 32, true)), x => SyntheticModels.Forest(x, 100, 6)));
        yield return ("sigmoid, MLP 64-64-1", () => new SyntheticQuery(
            Star(rows, 4, (rows / 10, 16, true), (5_000, 16, true)),
            x => SyntheticModels.Linear(new UnaryExpr(UnaryFunction.Sigmoid, SyntheticModels.Linear(new UnaryExpr(UnaryFunction.Sigmoid, SyntheticModels.Linear(x, 64)), 64)), 1)));
    }

    private static ImmutableArray<SyntheticTable> Star(int rows, int width, params (int Rows, int Width, bool IsArray)[] dimensions)
    {
        SyntheticTable fact = new SyntheticTable("f", rows).Features(width);
        List<SyntheticTable> tables = [fact];
        for (int d = 0; d < dimensions.Length; d++)
        {
            fact.References($"k{d + 1}", dimensions[d].Rows, seed: d + 1);
            SyntheticTable dimension = new SyntheticTable($"d{d + 1}", dimensions[d].Rows).UniqueKeys("k");
            tables.Add(dimensions[d].IsArray ? dimension.Features(dimensions[d].Width) : dimension.Scalars(dimensions[d].Width));
        }
        return [.. tables];
    }
}
