using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using static InferF.Optimizer.Tests.Support.QueryBuilder;

namespace InferF.Optimizer.Tests;

/// <summary>Second decisions, by what the engine might have counted.</summary>
public sealed class PlannedQueryTests
{
    // Nodes: 0 scan f, 1 scan d, 2 join.
    private static PlannedQuery Planned(double factRows, double dimensionRows, PlannerKind kind = PlannerKind.Auto)
    {
        QueryBuilder builder = new QueryBuilder().Table("f", factRows, 8).Table("d", dimensionRows, 100).Inner("d", "f.k0=d.k0").Predict(x => Mlp(x, 128), "f", "d");
        return Planner.Prepare(builder.Query(), builder.Statistics, kind, MachineConstants.Default);
    }

    private static NodeObservation[] Counted(long dimensionRows, long referenced, long entered = 10_000, long left = 10_000) =>
    [
        new(0, null, null, null, null, entered, entered),
        new(1, dimensionRows, null, null, null, null, null),
        new(2, null, dimensionRows, dimensionRows, referenced, entered, left),
    ];

    [Fact]
    public void ASmallerBuildSideIsPushedInto()
    {
        PlannedQuery planned = Planned(200_000, 180_000);
        Assert.True(planned.CanDecideAgain);
        Assert.DoesNotContain(planned.Plan.Fragment.Values, value => value.Node == 1);
        PhysicalPlan again = planned.DecideAgain(Counted(500, 500));
        Assert.Contains(again.Fragment.Values, value => value.Node == 1 && value.KindCase == Value.KindOneofCase.Sum);
        Assert.Equal(planned.Plan.Fragment.Nodes, again.Fragment.Nodes);
        Assert.Equal(planned.Plan.Fragment.Tables, again.Fragment.Tables);
        PlanDecision second = again.Report.Decisions[1];
        Assert.True(second.Taken);
        Assert.True(second.AlternativeSeconds < second.KeptSeconds);
        Assert.Contains(second.Observed, observed => observed is { Node: 1, Quantity: "rows", Observed: 500 });
        Assert.NotEmpty(second.Moves);
        Assert.Equal(StatisticSource.Observed, again.Report.Nodes[1].EstimatedRowsSource);
    }

    [Fact]
    public void WhatWasExpectedChangesNothing()
    {
        PlannedQuery planned = Planned(200_000, 500);
        PhysicalPlan again = planned.DecideAgain(Counted(500, 500));
        Assert.Same(planned.Plan.Fragment, again.Fragment);
        Assert.Equal([PlanDecision.BeforeBuild, PlanDecision.AfterBuild], again.Report.Decisions.Select(decision => decision.When));
        Assert.False(again.Report.Decisions[1].Taken);
        Assert.Empty(again.Report.Decisions[1].Observed);
    }

    [Fact]
    public void AnObservationThatLeavesTheChoiceKeepsThePlan()
    {
        PlannedQuery planned = Planned(1_000_000, 500);
        PhysicalPlan again = planned.DecideAgain(Counted(1000, 1000));
        Assert.Same(planned.Plan.Fragment, again.Fragment);
        Assert.False(again.Report.Decisions[1].Taken);
        Assert.NotEmpty(again.Report.Decisions[1].Observed);
    }

    [Fact]
    public void AJoinThatDropsMostRowsMakesPushingNotPay()
    {
        PlannedQuery planned = Planned(200_000, 20_000);
        Assert.Contains(planned.Plan.Fragment.Values, value => value.Node == 1);
        // One row in a thousand finds a partner.
        PhysicalPlan again = planned.DecideAgain(Counted(20_000, 10, entered: 10_000, left: 10));
        Assert.True(again.Report.Decisions[1].Taken);
        Assert.True(again.Fragment.LazyNodes.Count > 0 || again.Fragment.Values.All(value => value.Node != 1));
    }

    [Fact]
    public void ClusteredSamplesDoNotMakeNodesLazy()
    {
        // The sample refers to 1 % of the build side; by its number of rows all of it is referred to in the end.
        PlannedQuery planned = Planned(5_000_000, 100_000);
        PhysicalPlan again = planned.DecideAgain(Counted(100_000, 1000));
        Assert.Empty(again.Fragment.LazyNodes);
    }

    [Theory]
    [InlineData(PlannerKind.None)]
    [InlineData(PlannerKind.Leaf)]
    public void PlannersThatDoNotGoByCostDecideOnce(PlannerKind kind) => Assert.False(Planned(200_000, 500, kind).CanDecideAgain);

    [Fact]
    public void ShortQueriesAreNotWorthASecondDecision()
    {
        Assert.False(Planned(1000, 10).IsWorthDecidingAgain);
        Assert.True(Planned(5_000_000, 1000).IsWorthDecidingAgain);
    }

    [Theory]
    [InlineData(10, 1000, 1000, 500, 10)]
    [InlineData(1000, 1000, 1e9, 5000, 5000)]
    [InlineData(632, 1000, 1e9, 1e6, 1000)]
    [InlineData(0, 0, 1000, 500, 1)]
    public void ReferencesAreExtrapolatedFromASample(double distinct, double references, double all, double rows, double expected) =>
        Assert.Equal(expected, ObservationReader.Extrapolate(distinct, references, all, rows), expected * 0.01);
}
