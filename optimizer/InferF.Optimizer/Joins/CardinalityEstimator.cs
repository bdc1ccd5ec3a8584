using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using static InferF.Plan.Proto.ScalarFunction;

namespace InferF.Optimizer.Joins;

/// <summary>
/// Row counts of join trees from table statistics, with the uniformity, independence and containment assumptions of Selinger et al.,
/// "Access Path Selection in a Relational Database Management System", SIGMOD 1979, §4. See <c>optimizer/docs/Statistics.md</c>.
/// </summary>
internal sealed class CardinalityEstimator(IReadOnlyList<TableStatistics> statistics)
{
    // Selinger et al. 1979, table 1: guesses where no statistics help.
    private const double EqualitySelectivity = 1.0 / 10;
    private const double RangeSelectivity = 1.0 / 3;

    /// <summary>Keeps products of estimates finite, and reports of them valid JSON, whatever the statistics say.</summary>
    public const double MostRows = 1e30;

    /// <summary>The statistics of a table.</summary>
    public TableStatistics StatisticsOf(int table) => statistics[table];

    /// <summary>Rows of a base table after its scan filter; at least 0, and finite.</summary>
    public double RowsOf(int table) => Finite(statistics[table].Rows.Value);

    /// <summary>A scan with its row count.</summary>
    public ScanTree Scan(int table) => new(table, RowsOf(table), statistics[table].Rows.Source);

    /// <summary>A join with its row count, |A|·|B| · selectivity of its keys (a LEFT JOIN keeps at least |A|), and with the build rows it refers to.</summary>
    public HashJoinTree Join(JoinType type, JoinTree probe, JoinTree build, ImmutableArray<HashKey> keys)
    {
        double matched = Math.Min(MostRows, probe.Rows * build.Rows * Selectivity(keys));
        HashJoinTree join = new(type, probe, build, keys, type == JoinType.Left ? Math.Max(probe.Rows, matched) : matched);
        return join with { ReferencedRows = ReferencedRows(join), ReferencedRowsSource = StatisticSource.Estimate };
    }

    /// <summary>A filter with its row count.</summary>
    public FilterTree Filter(JoinTree input, ScalarExpr predicate) => new(input, predicate, input.Rows * Selectivity(predicate));

    /// <summary>Rows of the largest base table below a tree.</summary>
    public double LargestTable(JoinTree tree) => tree.Tables.Tables().Max(RowsOf);

    /// <summary>
    /// Fraction of the pairs of rows that equalities keep: for every pair of tables 1 / max(V(A), V(B)), where V is the number of distinct combinations of
    /// key values in the whole table. The product over pairs does not depend on the order of joins.
    /// </summary>
    public double Selectivity(IReadOnlyCollection<HashKey> keys)
    {
        double selectivity = 1;
        foreach (IGrouping<(int, int), HashKey> pair in keys.GroupBy(key => (key.Probe.Table, key.Build.Table)))
        {
            selectivity /= Math.Max(1, Math.Max(Distinct(pair, key => key.Probe, key => key.Build), Distinct(pair, key => key.Build, key => key.Probe)));
        }
        return selectivity;
    }

    /// <summary>Fraction of rows for which a predicate is true.</summary>
    public double Selectivity(ScalarExpr predicate) => predicate switch
    {
        ScalarLiteral literal => literal.Value is true ? 1 : 0,
        ScalarCall call => call.Function switch
        {
            And => call.Arguments.Aggregate(1.0, (product, argument) => product * Selectivity(argument)),
            Or => 1 - call.Arguments.Aggregate(1.0, (product, argument) => product * (1 - Selectivity(argument))),
            Not => 1 - Selectivity(call.Arguments[0]),
            Equal => Equality(call),
            NotEqual => 1 - Equality(call),
            IsNull => NullFraction(call.Arguments[0]) ?? EqualitySelectivity,
            IsNotNull => 1 - (NullFraction(call.Arguments[0]) ?? EqualitySelectivity),
            _ => RangeSelectivity,
        },
        _ => RangeSelectivity,
    };

    /// <summary>
    /// Build rows that at least one probe row joins. Keys are taken from a common domain of max(V(A), V(B)) values. The probe side has so many distinct keys
    /// as are expected among its rows (Yao), if their number is known, otherwise its rows draw keys independently (Cardenas); of these keys the build side has
    /// the part that its own filters and joins left, and every key has equally many build rows.
    /// </summary>
    public double ReferencedRows(HashJoinTree join)
    {
        double buildRows = join.Build.Rows;
        double probeDistinct = Distinct(join.Keys, key => key.Probe, key => key.Build);
        double buildDistinct = Distinct(join.Keys, key => key.Build, key => key.Probe);
        double buildKeys = DistinctValues.AmongChosenRows(buildDistinct, LargestUnfiltered(join.Keys, key => key.Build), buildRows);
        if (buildKeys <= 0 || join.Probe.Rows <= 0)
        {
            return 0;
        }
        double present = Math.Min(1, buildKeys / Math.Max(1, Math.Max(probeDistinct, buildDistinct)));
        bool isKnown = join.Keys.All(key => Known(key.Probe) is not null);
        double referencedKeys = isKnown
            ? present * DistinctValues.AmongChosenRows(probeDistinct, LargestUnfiltered(join.Keys, key => key.Probe), join.Probe.Rows)
            : DistinctValues.HitByDraws(buildKeys, present * join.Probe.Rows);
        return buildRows * Math.Min(1, referencedKeys / buildKeys);
    }

    private static double Finite(double rows) => double.IsFinite(rows) ? Math.Clamp(rows, 0, MostRows) : 0;

    private double UnfilteredRowsOf(int table) => Math.Max(RowsOf(table), Finite(statistics[table].UnfilteredRows.Value));

    private double LargestUnfiltered(IEnumerable<HashKey> keys, Func<HashKey, ColumnRef> side) => keys.Max(key => UnfilteredRowsOf(side(key).Table));

    // Distinct values of a composite key in the whole table: the product over its columns, at most the rows of the largest table they come from.
    private double Distinct(IEnumerable<HashKey> keys, Func<HashKey, ColumnRef> side, Func<HashKey, ColumnRef> otherSide)
    {
        double product = 1;
        foreach (HashKey key in keys)
        {
            product *= Known(side(key)) ?? Known(otherSide(key)) ?? Math.Min(UnfilteredRowsOf(key.Probe.Table), UnfilteredRowsOf(key.Build.Table));
        }
        return Math.Min(product, LargestUnfiltered(keys, side));
    }

    private double? Known(ColumnRef column) =>
        statistics[column.Table].Columns.TryGetValue(column.Column, out ColumnStatistics known) && known.Distinct.Value >= 1 ? known.Distinct.Value : null;

    private double? NullFraction(ScalarExpr expression) =>
        expression is ScalarColumn column && statistics[column.Column.Table].Columns.TryGetValue(column.Column.Column, out ColumnStatistics known)
            ? known.NullFraction?.Value
            : null;

    private double Equality(ScalarCall call)
    {
        double distinct = call.Arguments.OfType<ScalarColumn>().Select(column => Known(column.Column) ?? 0).DefaultIfEmpty(0).Max();
        return distinct >= 1 ? 1 / distinct : EqualitySelectivity;
    }
}
