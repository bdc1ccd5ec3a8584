using System.Diagnostics;

namespace InferF.Cli.Bench.Planner;

/// <summary>Measures one workload: every planner, and every placement where there are few tables.</summary>
/// <param name="session">Has the workload's tables and model.</param>
/// <param name="sql">The query.</param>
/// <param name="runs">Timed runs of every plan.</param>
/// <param name="seed">Of the order of runs.</param>
/// <param name="progress">Told what is running.</param>
internal sealed class WorkloadMeasurement(InferSession session, string sql, int runs, int seed, Action<string> progress)
{
    // Combinations of decisions gone through at most; queries of at most four tables have fewer, and fewer still that differ.
    private const int MostPlacements = 10_000;

    // Plans close to the fastest are run more often before the fastest is named: the smallest of many noisy medians is too small.
    private const int Finalists = 4;
    private const int FinalRoundsPerRun = 2;

    private static readonly InferF.Planner[] s_endToEnd = [InferF.Planner.None, InferF.Planner.Leaf, InferF.Planner.Auto];

    private readonly Dictionary<Google.Protobuf.ByteString, (CandidatePlan Plan, TimedRun Run)> _plans = [];

    /// <summary>Measures planners only, or all placements, too.</summary>
    public async Task<WorkloadResult> MeasureAsync(PlannerWorkload workload, CancellationToken cancellation)
    {
        IReadOnlyList<CandidatePlan> placements = workload.EnumeratesPlacements ? session.Sql(sql).EnumeratePlans(MostPlacements, cancellation) : [];
        List<(string Name, double PlanningSeconds, CandidatePlan Plan)> planners = [];
        // What exhaustive finds is among the placements that are executed, where there are few enough for it.
        foreach (InferF.Planner planner in Enum.GetValues<InferF.Planner>().Where(planner => planner != InferF.Planner.Exhaustive))
        {
            InferQuery query = session.Sql(sql, new QueryOptions { Planner = planner });
            planners.Add(Timed(NameOf(planner), () => query.ChoosePlan(cancellation)));
        }
        foreach (string rule in InferQuery.RuleNames)
        {
            InferQuery query = session.Sql(sql);
            planners.Add(Timed(rule, () => query.PlanWithRule(rule, cancellation)));
        }
        foreach ((_, _, CandidatePlan plan) in planners)
        {
            Add(plan);
        }
        foreach (CandidatePlan placement in placements)
        {
            Add(placement);
        }
        Dictionary<string, TimedRun> endToEnd = s_endToEnd.ToDictionary(
            NameOf, planner => new TimedRun($"{NameOf(planner)} end to end", ct => session.Sql(sql, new QueryOptions { Planner = planner }).ExecuteArrowBatchesAsync(cancellation: ct)));

        TimedRun once = new("auto decided once", ct => session.Sql(sql, new QueryOptions { Replan = Replanning.Never }).ExecuteArrowBatchesAsync(cancellation: ct));
        PlanReport analyzed = await session.Sql(sql).ExplainAsync(ExplainMode.Analyze, cancellation);

        InterleavedRuns interleaved = new(seed);
        TimedRun[] all = [.. _plans.Values.Select(entry => entry.Run), .. endToEnd.Values, once];
        progress($"{workload.Name}: {placements.Count} placements, {all.Length} runs in turns");
        long rows = await InterleavedRuns.WarmUpAsync(all, cancellation);
        await interleaved.MeasureAsync(all, runs, cancellation);
        CandidatePlan auto = planners.First(planner => planner.Name == NameOf(InferF.Planner.Auto)).Plan;
        TimedRun[] plans = [.. _plans.Values.Select(entry => entry.Run)];
        TimedRun[] finalists =
            [.. plans.OrderBy(run => run.MedianSeconds).Take(Finalists).Concat(plans.OrderBy(run => run.ProcessorSeconds).Take(Finalists)).Append(RunOf(auto)).Distinct()];
        await interleaved.MeasureAsync([.. finalists, .. endToEnd.Values, once], runs * FinalRoundsPerRun, cancellation);

        MeasuredPlacement[] measured = [.. placements.Select(Measured).OrderBy(placement => placement.MeasuredSeconds)];
        double[] predicted = [.. measured.Select(placement => placement.PredictedSeconds)];
        bool isExhaustive = measured.Length > 0;
        return new WorkloadResult(
            workload.Name,
            workload.TableCount,
            rows,
            null,
            [.. planners.Select(planner => Result(planner.Name, planner.PlanningSeconds, planner.Plan, endToEnd.GetValueOrDefault(planner.Name)))],
            measured,
            isExhaustive ? RunOf(auto).MedianSeconds / finalists.Min(run => run.MedianSeconds) : null,
            isExhaustive ? RunOf(auto).ProcessorSeconds / finalists.Min(run => run.ProcessorSeconds) : null,
            isExhaustive ? RankCorrelation.Spearman(predicted, [.. measured.Select(placement => placement.MeasuredSeconds)]) : null,
            isExhaustive ? RankCorrelation.Spearman(predicted, [.. measured.Select(placement => placement.ProcessorSeconds)]) : null,
            Guard(endToEnd, run => run.MedianSeconds),
            Guard(endToEnd, run => run.ProcessorSeconds),
            PlacementText.Of(analyzed.Plan),
            endToEnd[NameOf(InferF.Planner.Auto)].MedianSeconds / once.MedianSeconds,
            endToEnd[NameOf(InferF.Planner.Auto)].ProcessorSeconds / once.ProcessorSeconds,
            isExhaustive ? await new WrongStatistics(session, sql, runs, seed).MeasureAsync(cancellation) : []);
    }

    private static double Guard(Dictionary<string, TimedRun> endToEnd, Func<TimedRun, double> seconds) =>
        seconds(endToEnd[NameOf(InferF.Planner.Auto)]) / Math.Min(seconds(endToEnd[NameOf(InferF.Planner.None)]), seconds(endToEnd[NameOf(InferF.Planner.Leaf)]));

    private PlannerResult Result(string name, double planningSeconds, CandidatePlan plan, TimedRun? endToEnd) =>
        new(name, planningSeconds, Measured(plan), endToEnd?.MedianSeconds, endToEnd?.ProcessorSeconds);

    private MeasuredPlacement Measured(CandidatePlan plan)
    {
        TimedRun run = RunOf(plan);
        return new MeasuredPlacement(PlacementText.Of(plan.Report.Plan), plan.PredictedSeconds, run.MedianSeconds, run.MinSeconds, run.ProcessorSeconds, run.Count);
    }

    // Statistics are remembered by the session, so that all but the first planning plan only.
    private (string Name, double PlanningSeconds, CandidatePlan Plan) Timed(string name, Func<CandidatePlan> choose)
    {
        CandidatePlan plan = choose();
        double[] seconds = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            choose();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return (name, Median.Of(seconds), plan);
    }

    private void Add(CandidatePlan plan) => _plans.TryAdd(KeyOf(plan), (plan, new TimedRun(plan.Name, plan.ExecuteArrowBatchesAsync)));

    private TimedRun RunOf(CandidatePlan plan) => _plans[KeyOf(plan)].Run;

    private static Google.Protobuf.ByteString KeyOf(CandidatePlan plan) => Google.Protobuf.MessageExtensions.ToByteString(plan.Report.Plan.Fragment);

    private static string NameOf(InferF.Planner planner) => planner.ToString().ToLowerInvariant();
}
