using InferF.Cli.Bench.Planner;

namespace InferF.Cli.Tests.Bench.Planner;

/// <summary>Rank correlations against values computed by hand.</summary>
public sealed class RankCorrelationTests
{
    [Fact]
    public void EqualValuesShareTheMeanOfTheirRanks() => Assert.Equal([1, 3.5, 3.5, 2, 5], RankCorrelation.Ranks([0.1, 7, 7, 0.2, 8]));

    [Fact]
    public void OnlyTheOrderCounts()
    {
        Assert.Equal(1, RankCorrelation.Spearman([1, 2, 3, 4], [0.1, 0.2, 50, 1e9])!.Value, 12);
        Assert.Equal(-1, RankCorrelation.Spearman([1, 2, 3, 4], [9, 7, 6, -5])!.Value, 12);
    }

    // 1 - 6·Σd²/(n(n²-1)) with d = 0, 1, 1, 0 without ties; Pearson's correlation of (1, 2.5, 2.5, 4) and (1, 2, 3, 4) with ties.
    [Fact]
    public void PartialOrders()
    {
        Assert.Equal(0.8, RankCorrelation.Spearman([1, 2, 3, 4], [1, 3, 2, 4])!.Value, 12);
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), RankCorrelation.Spearman([1, 2, 2, 3], [1, 2, 3, 4])!.Value, 12);
    }

    [Fact]
    public void ConstantsHaveNoOrder()
    {
        Assert.Null(RankCorrelation.Spearman([1, 1, 1], [1, 2, 3]));
        Assert.Null(RankCorrelation.Spearman([1], [2]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1, 2], [1]));
    }
}
