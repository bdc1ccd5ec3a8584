using InferF.Cli.Bench;
using InferF.Cli.Bench.Sweeps;

namespace InferF.Cli.Tests.Bench.Sweeps;

/// <summary>Sweeps: points, lines, break-even, judgements.</summary>
public sealed class SweepTests
{
    [Fact]
    public void NamesAreUniqueAndQuickSweepsAreSmaller()
    {
        Assert.Equal(SweepList.All.Count, SweepList.All.Select(sweep => sweep.Name).Distinct().Count());
        Assert.All(SweepList.All, sweep =>
        {
            Assert.True(sweep.Points(true).Sum(point => (long)point.Rows) * 10 < sweep.Points(false).Sum(point => (long)point.Rows));
            Assert.All(sweep.Points(false), point => Assert.True(point.X > 0));
            Assert.All(sweep.Contenders, contender => Assert.Contains(InferF.Cli.Bench.Contenders.ContenderList.All, known => known.Name == contender));
        });
    }

    // From 4 at x = 1 to 1/4 at x = 100: ratio 1 half-way between the logarithms.
    [Fact]
    public void BreaksEvenBetweenPoints() =>
        Assert.Equal(10, BreakEvenPoint.Find([Planned(1, none: 1, leaf: 4), Planned(100, none: 4, leaf: 1), Planned(1000, none: 9, leaf: 1)])!.Value, 9);

    [Fact]
    public void NeverBreaksEvenOnOneSideOnly()
    {
        Assert.Null(BreakEvenPoint.Find([Planned(1, none: 1, leaf: 4), Planned(100, none: 1, leaf: 2)]));
        Assert.Null(BreakEvenPoint.Find([Planned(1, none: 2, leaf: 1), Planned(100, none: 9, leaf: 2)]));
        Assert.Null(BreakEvenPoint.Find([Reports.Point(1, ("inferf-auto", 1)), Reports.Point(2, ("inferf-auto", 1))]));
    }

    [Theory]
    [InlineData(4.4, true)]
    [InlineData(4.8, false)]
    public void TimePerRowMustNotGrow(double last, bool isMet)
    {
        GoalResult[] goals = [.. SweepList.JudgeRows([Reports.Point(1000, ("inferf-auto", 1)), Reports.Point(4000, ("inferf-auto", last))])];
        Assert.Equal(last / 4, goals[0].Measured, 9);
        Assert.Equal(isMet, goals[0].IsMet);
        // Both grew by as much.
        Assert.Equal((0.0, true), (goals[1].Measured, goals[1].IsMet));
    }

    [Fact]
    public void TwoThreadsAreComparedWithOne()
    {
        GoalResult goal = Assert.Single(SweepList.JudgeThreads([Reports.Point(1, ("inferf-auto", 1.9)), Reports.Point(2, ("inferf-auto", 1))]));
        Assert.Equal((1.9, true), (goal.Measured, goal.IsMet));
        Assert.Empty(SweepList.JudgeThreads([Reports.Point(1, ("inferf-auto", 1.9))]));
    }

    [Fact]
    public void LinesAreContendersOrWorkloads()
    {
        MeasuredPoint other = new(1, Reports.Workload("v", ("inferf-auto", 2)));
        Assert.Equal(["inferf-auto", "inferf-none"], Lines(Reports.Point(1, ("inferf-auto", 1), ("inferf-none", 2)), Reports.Point(2, ("inferf-auto", 1), ("inferf-none", 2))));
        Assert.Equal(["w", "v"], Lines(Reports.Point(1, ("inferf-auto", 1)), other));
    }

    private static IEnumerable<string> Lines(params MeasuredPoint[] points) => new SweepReport("s", "t", "a", points, null, []).Lines.Select(line => line.Name);

    private static MeasuredPoint Planned(double x, double none, double leaf) => Reports.Point(x, ("inferf-none", none), ("inferf-leaf", leaf));
}
