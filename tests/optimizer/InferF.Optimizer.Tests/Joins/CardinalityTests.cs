using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Joins;

public sealed class CardinalityTests
{
    [Theory]
    [InlineData(1000, 1000, 100, 100)] // a key: every row is another value
    [InlineData(10, 1000, 1000, 10)]
    [InlineData(10, 1000, 0, 0)]
    [InlineData(1, 1000, 5, 1)]
    [InlineData(500, 1000, 500, 375)] // each value twice; a quarter of the pairs is missed
    public void DistinctValuesAmongChosenRows(double distinct, double rows, double chosen, double expected) =>
        Assert.Equal(expected, DistinctValues.AmongChosenRows(distinct, rows, chosen), 6);

    [Fact]
    public void DrawsHitFewerValuesThanThereAreDraws()
    {
        Assert.Equal(1000 * (1 - Math.Pow(1 - (1 / 1000.0), 1000)), DistinctValues.HitByDraws(1000, 1000), 6);
        Assert.Equal(1, DistinctValues.HitByDraws(1e12, 1), 3);
        Assert.Equal(1000, DistinctValues.HitByDraws(1000, 1e9), 6);
        Assert.Equal(0, DistinctValues.HitByDraws(0, 10));
    }

    [Fact]
    public void AForeignKeyKeepsTheRowsOfTheFacts()
    {
        CardinalityEstimator estimator = Estimator((1e6, 1e6, 1000), (1000, 1000, 1000));
        HashJoinTree join = Join(estimator, JoinType.Inner, 0, 1);
        Assert.Equal(1e6, join.Rows, 3);
        Assert.Equal(1000, join.ReferencedRows, 3);
        Assert.Equal(StatisticSource.Estimate, join.RowsSource);
        Assert.Equal(StatisticSource.Exact, join.Build.RowsSource);
    }

    [Fact]
    public void AFilteredDimensionDropsFactsInProportion()
    {
        // A tenth of the dimension is left; the facts know 1000 keys, the dimension had 1000.
        HashJoinTree inner = Join(Estimator((1e6, 1e6, 1000), (100, 1000, 1000)), JoinType.Inner, 0, 1);
        Assert.Equal(1e5, inner.Rows, 3);
        Assert.Equal(100, inner.ReferencedRows, 3);
        HashJoinTree left = Join(Estimator((1e6, 1e6, 1000), (100, 1000, 1000)), JoinType.Left, 0, 1);
        Assert.Equal(1e6, left.Rows, 3);
        Assert.Equal(100, left.ReferencedRows, 3);
    }

    [Fact]
    public void FewProbeRowsReferToFewBuildRows()
    {
        // Known keys of the probe side bound the references; unknown ones are drawn.
        Assert.Equal(50, Join(Estimator((1e6, 1e6, 50), (1000, 1000, 1000)), JoinType.Inner, 0, 1).ReferencedRows, 3);
        double drawn = Join(Estimator((200, 200, 0), (1000, 1000, 1000)), JoinType.Inner, 0, 1).ReferencedRows;
        Assert.Equal(DistinctValues.HitByDraws(1000, 200), drawn, 3);
        // Two build rows per key: both are referenced.
        Assert.Equal(100, Join(Estimator((1e6, 1e6, 50), (1000, 1000, 500)), JoinType.Inner, 0, 1).ReferencedRows, 3);
    }

    [Fact]
    public void ObservedRowsReplaceEstimatesAndChangeWhatStandsOnThem()
    {
        CardinalityEstimator estimator = Estimator((1e6, 1e6, 1000), (1000, 1000, 1000), (100, 100, 100));
        HashJoinTree lower = Join(estimator, JoinType.Inner, 0, 1);
        HashJoinTree root = estimator.Join(JoinType.Inner, lower, estimator.Scan(2), [new HashKey(new ColumnRef(0, 0), new ColumnRef(2, 0))]);
        // Nodes: 0 facts, 1 dimension, 2 their join, 3 the other dimension, 4 the root.
        HashJoinTree observed = (HashJoinTree)ObservedRows.WithObservedRows(root, node => node switch
        {
            1 => new ObservedNode(4000, null, null),
            2 => new ObservedNode(null, 500, 0.5),
            _ => null,
        });
        HashJoinTree below = (HashJoinTree)observed.Probe;
        Assert.Equal((4000, StatisticSource.Observed), (below.Build.Rows, below.Build.RowsSource));
        Assert.Equal((5e5, StatisticSource.Observed), (below.Rows, below.RowsSource));
        Assert.Equal((500, StatisticSource.Observed), (below.ReferencedRows, below.ReferencedRowsSource));
        Assert.Equal((root.Rows / 2, StatisticSource.Estimate), (observed.Rows, observed.RowsSource));
        Assert.Equal(StatisticSource.Exact, below.Probe.RowsSource);
        Assert.Equal(root, ObservedRows.WithObservedRows(root, _ => null));
    }

    [Fact]
    public void HintsAndSourcesCombine()
    {
        TableStatistics statistics = new(new Statistic(10, StatisticSource.Sample), new Statistic(100, StatisticSource.Exact), ImmutableDictionary<int, ColumnStatistics>.Empty);
        Assert.Equal(new Statistic(0.1, StatisticSource.Sample), statistics.Selectivity);
        TableStatistics hinted = statistics.WithRows(new Statistic(400, StatisticSource.Hint));
        Assert.Equal((new Statistic(400, StatisticSource.Hint), 400), (hinted.Rows, hinted.UnfilteredRows.Value));
        Assert.Equal(100, statistics.WithRows(new Statistic(40, StatisticSource.Hint)).UnfilteredRows.Value);
        Assert.Equal("hint", new CardinalityEstimator([hinted]).Scan(0).RowsSource);
    }

    // Tables with rows after the filter, all rows, and distinct values of column 0 (0: unknown).
    private static CardinalityEstimator Estimator(params (double Rows, double All, double Distinct)[] tables) => new(
        [
            .. tables.Select(table => new TableStatistics(
                new Statistic(table.Rows, StatisticSource.Exact),
                new Statistic(table.All, StatisticSource.Exact),
                table.Distinct > 0
                    ? ImmutableDictionary<int, ColumnStatistics>.Empty.Add(0, new ColumnStatistics(new Statistic(table.Distinct, StatisticSource.Sketch)))
                    : ImmutableDictionary<int, ColumnStatistics>.Empty)),
        ]);

    private static HashJoinTree Join(CardinalityEstimator estimator, JoinType type, int probe, int build) =>
        estimator.Join(type, estimator.Scan(probe), estimator.Scan(build), [new HashKey(new ColumnRef(probe, 0), new ColumnRef(build, 0))]);
}
