using InferF.Cli.Bench;

namespace InferF.Cli.Tests.Bench;

/// <summary>Goals say what a report shows.</summary>
public sealed class GoalTests
{
    [Theory]
    [InlineData(8.0, true)]
    [InlineData(9.1, false)]
    public void Ratios(double times, bool isMet)
    {
        GoalResult result = Goal.Ratio("peer", times).Check(Reports.Workload("w", ("mine", 0.5), ("peer", 4.5)))!;
        Assert.Equal((9.0, times, isMet), (result.Measured, result.Limit, result.IsMet));
    }

    [Theory]
    [InlineData(0.5, 1.0, true)]
    [InlineData(0.48, 1.04, true)]
    [InlineData(0.4, 1.25, false)]
    public void BehindTheFastestOfOthers(double fastest, double measured, bool isMet)
    {
        GoalResult result = Goal.NotBehind(["one", "two"], 1.05).Check(Reports.Workload("w", ("mine", 0.5), ("one", 2), ("two", fastest)))!;
        Assert.Equal(measured, result.Measured, 0.002);
        Assert.Equal(isMet, result.IsMet);
    }

    [Fact]
    public void OthersOfAnotherSourceOrWithoutAValueSayNothing()
    {
        BenchReport report = Reports.Workload("w", ("mine", 0.5), ("peer", 4.5));
        Assert.Null(Goal.Ratio("peer", 5, "parquet").Check(report));
        Assert.NotNull(Goal.Ratio("peer", 5, "memory").Check(report));
        Assert.Null(Goal.Ratio("absent", 5).Check(report));
        Assert.Null(Goal.NotBehind(["absent"], 1).Check(report));
        Assert.Null(Goal.SerialRoofline(0.85).Check(report));
    }

    [Fact]
    public void PlanningIsAShareOfTheFirstContender() => Assert.Equal(0.02, Goal.Planning(0.01).Check(Reports.Workload("w", ("mine", 0.5), ("peer", 4)))!.Measured, 9);

    [Fact]
    public void BetweenTwoThatBothTakePart()
    {
        BenchReport report = Reports.Workload("w", ("mine", 0.5), ("fast", 0.25), ("peer", 3));
        Assert.Equal((12.0, true), (Goal.Between("peer", "fast", 10).Check(report)!.Measured, Goal.Between("peer", "fast", 10).Check(report)!.IsMet));
        Assert.Null(Goal.Between("peer", "absent", 10).Check(report));
    }

    [Theory]
    [InlineData(1.4, true)]
    [InlineData(1.6, false)]
    public void AtMostSoManyTimesAsLong(double seconds, bool isMet) => Assert.Equal(isMet, Goal.AtMost("spill", 3).Check(Reports.Workload("w", ("mine", 0.5), ("spill", seconds)))!.IsMet);

    [Theory]
    [InlineData(0.009, true)]
    [InlineData(0.011, false)]
    public void OutsideTheEngine(double share, bool isMet)
    {
        BenchReport report = Reports.Workload("w", ("mine", 0.5));
        Assert.Null(Goal.OutsideEngine(0.01).Check(report));
        Assert.Equal(isMet, Goal.OutsideEngine(0.01).Check(report with { Results = [report.Results[0] with { OutsideShare = share }] })!.IsMet);
    }

    [Fact]
    public void SpillingWritesEnoughLeavesNothingAndChangesNothing()
    {
        BenchReport report = Reports.Workload("w", ("mine", 0.5), ("spill", 1));
        Assert.Null(Goal.Spills("spill", 4).Check(report));
        Assert.Null(Goal.NoFilesLeft().Check(report));
        BenchReport spilled = report with { Results = [report.Results[0], report.Results[1] with { SpilledBytes = 99 }], MemoryLimit = 33, FilesLeft = 1 };
        Assert.Equal((3.0, false), (Goal.Spills("spill", 4).Check(spilled)!.Measured, Goal.Spills("spill", 4).Check(spilled)!.IsMet));
        Assert.False(Goal.NoFilesLeft().Check(spilled)!.IsMet);
        Assert.True(Goal.NoFilesLeft().Check(spilled with { FilesLeft = 0 })!.IsMet);
        Assert.False(Goal.SameOutputs(0).Check(spilled with { MaxAbsDifference = 1e-7 })!.IsMet);
        Assert.True(Goal.SameOutputs(0).Check(spilled with { MaxAbsDifference = 0 })!.IsMet);
    }

    [Fact]
    public void Seconds() => Assert.False(Goal.Seconds(0.005).Check(Reports.Workload("w", ("mine", 0.5)))!.IsMet);
}
