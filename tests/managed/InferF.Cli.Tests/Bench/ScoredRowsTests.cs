using InferF.Cli.Bench;

namespace InferF.Cli.Tests.Bench;

/// <summary>Scores are compared row by row.</summary>
public sealed class ScoredRowsTests
{
    [Fact]
    public void OrderDoesNotMatterAndTheLargestDifferenceCounts() => Assert.Equal(0.5, Of([2, 0], [3, 1]).Difference(Of([0, 2], [1.25f, 3.5f])), 6);

    [Fact]
    public void ARowOnOneSideOnlyIsInfinitelyFar() => Assert.Equal(double.PositiveInfinity, Of([0, 1], [1, 1]).Difference(Of([0, 2], [1, 1])));

    [Fact]
    public void AnotherNumberOfRowsIsAnError()
    {
        InferFException error = Assert.Throws<InferFException>(() => Of([0, 1], [1, 1]).Difference(Of([0], [1])));
        Assert.Contains("2 and 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NumbersMayHaveTwoParts()
    {
        ScoredRows rows = new(6);
        rows.Clear();
        rows.Add([0, 1, 1], 3, [2, 0, 1], 1, [10, 20, 30]);
        Assert.Equal([float.NaN, float.NaN, 10, 20, 30, float.NaN], rows.Scores.ToArray());
        Assert.Equal(3, rows.Count);
        rows.Clear();
        Assert.Equal(0, rows.Count);
        Assert.All(rows.Scores.ToArray(), score => Assert.True(float.IsNaN(score)));
    }

    private static ScoredRows Of(int[] numbers, float[] scores)
    {
        ScoredRows rows = new(3);
        rows.Clear();
        rows.Add(numbers, scores);
        return rows;
    }
}
