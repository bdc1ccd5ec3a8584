using System.Collections.Immutable;
using System.Globalization;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Lowering;
using InferF.Optimizer.Placement;
using InferF.Optimizer.Planners;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Reporting;

/// <summary>Puts into numbers and words what was planned.</summary>
internal static class ReportBuilder
{
    /// <summary>Builds the report of the chosen placement.</summary>
    public static PlacementReport Build(
        BoundQuery query,
        RelationalPlan relations,
        CardinalityEstimator estimator,
        AnalyzedQuery analyzed,
        CostModel cost,
        JudgedPlacement chosen,
        ImmutableArray<JudgedPlacement> tried,
        string requested)
    {
        ILookup<int, PlacedValue> valuesByNode = chosen.Values.Values.ToLookup(value => value.Node);
        ImmutableArray<int> lazyNodes = cost.LazyNodes(chosen.Values);
        List<NodeReport> nodes = [];
        for (int node = 0; node < relations.Count; node++)
        {
            ImmutableArray<ValueReport> values = [.. valuesByNode[node].Select(value => Report(value, query, cost))];
            HashJoinTree? consumer = relations.Parent(node) is >= 0 and int parent && relations[parent] is HashJoinTree join && relations.Inputs(parent)[1] == node ? join : null;
            nodes.Add(Report(node, relations[node], relations.Inputs(node), values, query) with
            {
                RelationalSeconds = cost.NodeSeconds(node),
                ReferencedRows = consumer?.ReferencedRows,
                ReferencedRowsSource = consumer?.ReferencedRowsSource ?? "",
                IsLazy = lazyNodes.Contains(node),
            });
        }
        if (query.PredictionFilter is ScalarExpr predicate)
        {
            nodes.Add(Report(relations.Count, estimator.Filter(relations[relations.Root], predicate), [relations.Root], [], query));
        }
        return new PlacementReport(
            chosen.Planner,
            requested,
            tried.ToImmutableSortedDictionary(placement => placement.Planner, placement => placement.Seconds),
            [.. nodes],
            analyzed.Coverage,
            Reason(query, relations, chosen, tried[0]))
        {
            CostConstants = cost.Machine.Source,
        };
    }

    private static NodeReport Report(int node, JoinTree tree, IReadOnlyList<int> inputs, ImmutableArray<ValueReport> values, BoundQuery query)
    {
        (string kind, string description) = tree switch
        {
            ScanTree scan => ("Scan", DescribeScan(query.Tables[scan.Table])),
            HashJoinTree join => ("HashJoin", DescribeJoin(join, query)),
            FilterTree filter => ("Filter", ScalarText.Describe(filter.Predicate, query)),
            _ => ("", ""),
        };
        return new NodeReport(node, kind, description, [.. inputs], tree.Rows, tree.RowsSource, values)
        {
            Tables = [.. tree.Tables.Tables().Select(table => query.Tables[table].Alias)],
        };
    }

    private static string DescribeScan(TableScan scan)
    {
        string table = scan.Alias == scan.TableName ? scan.Alias : $"{scan.TableName} AS {scan.Alias}";
        return scan.FilterSql is null ? table : $"{table} WHERE {scan.FilterSql}";
    }

    private static string DescribeJoin(HashJoinTree join, BoundQuery query)
    {
        IEnumerable<string> keys = join.Keys.Select(key => $"{ScalarText.Describe(key.Probe, query)} = {ScalarText.Describe(key.Build, query)}");
        return $"{(join.Type == JoinType.Left ? "LEFT" : "INNER")} {string.Join(" AND ", keys)}";
    }

    private static ValueReport Report(PlacedValue value, BoundQuery query, CostModel cost)
    {
        ValueCost work = cost.Cost(value);
        return new ValueReport(value.Index, ValueLabels.OperatorOf(value), ValueLabels.LabelOf(value, query), value.Width, work.Flops, work.Bytes)
        {
            EstimatedSeconds = work.Seconds,
        };
    }

    private static string Reason(BoundQuery query, RelationalPlan relations, JudgedPlacement chosen, JudgedPlacement none)
    {
        if (query.Predictions.IsEmpty)
        {
            return "The query makes no prediction, so there is nothing to place.";
        }
        int below = chosen.Values.Values.Count(value => value.Escapes && value.Node != relations.Root);
        if (below == 0)
        {
            string why = chosen.Planner == "none" && chosen == none ? "no cheaper placement was chosen" : "pushing would not pay";
            return $"Everything is computed above the joins, estimated {Figures.Seconds(chosen.Seconds)}: {why}.";
        }
        string subject = string.Create(CultureInfo.InvariantCulture, $"{below} result{(below == 1 ? " is" : "s are")}");
        return $"{subject} computed below the joins, estimated {Figures.Seconds(chosen.Seconds)} against {Figures.Seconds(none.Seconds)} with everything above them"
            + $" ({Figures.Ratio(none.Seconds, chosen.Seconds)}).";
    }
}
