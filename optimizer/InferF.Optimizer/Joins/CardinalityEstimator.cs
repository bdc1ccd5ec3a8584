using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using static InferF.Plan.Proto.ScalarFunction;

namespace InferF.Optimizer.Joins;

/// <summary>
/// Row counts of join trees from table statistics, with the uniformity, independence and containment assumptions of Selinger et al.,
/// "Access Path Selection in a Relational Database Management System", SIGMOD 1979, §4. See <c>optimizer/docs/JoinTree.md</c>.
/// </summary>
internal sealed class CardinalityEstimator(IReadOnlyList<TableStatistics> statistics)
{
    // Selinger et al. 1979, table 1: guesses where no statistics help.
    private const double EqualitySelectivity = 1.0 / 10;
    private const double RangeSelectivity = 1.0 / 3;

    // Keeps products of estimates finite, and reports of them valid JSON, whatever the statistics say.
    private const double MostRows = 1e30;

    /// <summary>Rows of a base table after its scan filter; at least 0, and finite.</summary>
    public double RowsOf(int table) => double.IsFinite(statistics[table].Rows) ? Math.Clamp(statistics[table].Rows, 0, MostRows) : 0;

    /// <summary>A scan with its row count.</summary>
    public ScanTree Scan(int table) => new(table, RowsOf(table), statistics[table].Source);

    /// <summary>A join with its row count: |A|·|B| / max(distinct keys of A, distinct keys of B); a LEFT JOIN keeps at least |A|.</summary>
    public HashJoinTree Join(JoinType type, JoinTree probe, JoinTree build, ImmutableArray<HashKey> keys)
    {
        double probeDistinct = Distinct(keys, key => key.Probe, key => key.Build);
        double buildDistinct = Distinct(keys, key => key.Build, key => key.Probe);
        double rows = Math.Min(MostRows, probe.Rows * build.Rows / Math.Max(1, Math.Max(probeDistinct, buildDistinct)));
        return new HashJoinTree(type, probe, build, keys, type == JoinType.Left ? Math.Max(probe.Rows, rows) : rows);
    }

    /// <summary>A filter with its row count.</summary>
    public FilterTree Filter(JoinTree input, ScalarExpr predicate) => new(input, predicate, input.Rows * Selectivity(predicate));

    /// <summary>Rows of the largest base table below a tree.</summary>
    public double LargestTable(JoinTree tree) => tree.Tables.Tables().Max(RowsOf);

    // Distinct values of a composite key: the product over its columns, at most the rows of the largest table they come from.
    private double Distinct(ImmutableArray<HashKey> keys, Func<HashKey, ColumnRef> side, Func<HashKey, ColumnRef> otherSide)
    {
        double product = 1;
        double largest = 0;
        foreach (HashKey key in keys)
        {
            product *= Known(side(key)) ?? Known(otherSide(key)) ?? Math.Min(RowsOf(key.Probe.Table), RowsOf(key.Build.Table));
            largest = Math.Max(largest, RowsOf(side(key).Table));
        }
        return Math.Min(product, largest);
    }

    private double? Known(ColumnRef column) =>
        statistics[column.Table].DistinctCounts.TryGetValue(column.Column, out double distinct) && distinct >= 1 ? distinct : null;

    private double Selectivity(ScalarExpr predicate) => predicate switch
    {
        ScalarLiteral literal => literal.Value is true ? 1 : 0,
        ScalarCall call => call.Function switch
        {
            And => call.Arguments.Aggregate(1.0, (product, argument) => product * Selectivity(argument)),
            Or => 1 - call.Arguments.Aggregate(1.0, (product, argument) => product * (1 - Selectivity(argument))),
            Not => 1 - Selectivity(call.Arguments[0]),
            Equal => Equality(call),
            NotEqual => 1 - Equality(call),
            IsNull => EqualitySelectivity,
            IsNotNull => 1 - EqualitySelectivity,
            _ => RangeSelectivity,
        },
        _ => RangeSelectivity,
    };

    private double Equality(ScalarCall call)
    {
        double distinct = call.Arguments.OfType<ScalarColumn>().Select(column => Known(column.Column) ?? 0).DefaultIfEmpty(0).Max();
        return distinct >= 1 ? 1 / distinct : EqualitySelectivity;
    }
}
