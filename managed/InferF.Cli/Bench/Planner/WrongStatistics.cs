using InferF.Plan.Physical;

namespace InferF.Cli.Bench.Planner;

/// <summary>
/// What wrong cardinalities cost: the number of rows of a table is given wrong by a factor, and the plan made from it is executed as it is, and as
/// part of a query that decides again when it knows better.
/// </summary>
/// <param name="session">Has the workload's tables and model.</param>
/// <param name="sql">The query.</param>
/// <param name="runs">Timed runs of every plan.</param>
/// <param name="seed">Of the order of runs.</param>
internal sealed class WrongStatistics(InferSession session, string sql, int runs, int seed)
{
    private const double Factor = 4;

    /// <summary>Measures the wrong numbers that change the plan, one of all that change it alike.</summary>
    /// <returns>One entry per different plan; empty if none of the wrong numbers changes it.</returns>
    public async Task<IReadOnlyList<WrongStatisticsResult>> MeasureAsync(CancellationToken cancellation)
    {
        CandidatePlan informed = session.Sql(sql).ChoosePlan(cancellation);
        HashSet<Google.Protobuf.ByteString> known = [KeyOf(informed)];
        List<(string Wrong, CandidatePlan Plan, TimedRun Once, TimedRun Twice)> variants = [];
        foreach ((string wrong, Dictionary<string, double> rows) in Variants(informed.Report.Plan))
        {
            QueryOptions options = new() { RowCounts = rows, Replan = Replanning.Always };
            CandidatePlan plan = session.Sql(sql, options).ChoosePlan(cancellation);
            if (known.Add(KeyOf(plan)))
            {
                variants.Add((wrong, plan, AsPlanned(plan), EndToEnd(options)));
            }
        }
        if (variants.Count == 0)
        {
            return [];
        }
        TimedRun informedOnce = AsPlanned(informed);
        TimedRun informedTwice = EndToEnd(new QueryOptions { Replan = Replanning.Always });
        TimedRun[] all = [informedOnce, informedTwice, .. variants.SelectMany(variant => new[] { variant.Once, variant.Twice })];
        await InterleavedRuns.WarmUpAsync(all, cancellation);
        await new InterleavedRuns(seed).MeasureAsync(all, 2 * runs, cancellation);
        return
        [
            .. variants.Select(variant => new WrongStatisticsResult(
                variant.Wrong,
                PlacementText.Of(variant.Plan.Report.Plan),
                variant.Once.MedianSeconds / informedOnce.MedianSeconds,
                variant.Once.ProcessorSeconds / informedOnce.ProcessorSeconds,
                variant.Twice.MedianSeconds / informedTwice.MedianSeconds,
                variant.Twice.ProcessorSeconds / informedTwice.ProcessorSeconds)),
        ];
    }

    private static TimedRun AsPlanned(CandidatePlan plan) => new(plan.Name, plan.ExecuteArrowBatchesAsync);

    private TimedRun EndToEnd(QueryOptions options) => new("decided twice", cancellation => session.Sql(sql, options).ExecuteArrowBatchesAsync(cancellation: cancellation));

    // Every table wrong alone, and all of them wrong in opposite directions.
    private static IEnumerable<(string Wrong, Dictionary<string, double> Rows)> Variants(PhysicalPlan informed)
    {
        (string Alias, double Rows)[] tables =
        [
            .. informed.Report.Nodes.Where(node => node.Kind == "Scan").Select(node => (informed.Query.Tables[(int)informed.Fragment.Nodes[node.Node].Scan.Table].Alias, node.EstimatedRows)),
        ];
        foreach ((string alias, double rows) in tables)
        {
            yield return ($"{alias} x4", new() { [alias] = rows * Factor });
            yield return ($"{alias} /4", new() { [alias] = rows / Factor });
        }
        yield return ("odd x4, even /4", tables.Index().ToDictionary(entry => entry.Item.Alias, entry => entry.Index % 2 == 0 ? entry.Item.Rows * Factor : entry.Item.Rows / Factor));
        yield return ("odd /4, even x4", tables.Index().ToDictionary(entry => entry.Item.Alias, entry => entry.Index % 2 == 0 ? entry.Item.Rows / Factor : entry.Item.Rows * Factor));
    }

    private static Google.Protobuf.ByteString KeyOf(CandidatePlan plan) => Google.Protobuf.MessageExtensions.ToByteString(plan.Report.Plan.Fragment);
}
