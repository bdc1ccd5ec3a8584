using System.Collections.Immutable;
using InferF.Plan;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Runtime;
using InferF.Runtime.Arrow;
using Xunit;

namespace InferF.Interop.Tests;

/// <summary>Runs that are built first and executed then.</summary>
// One collection: some tests count what lives in the whole process.
[Collection("Engine")]
public sealed class TwoStepTests : IDisposable
{
    private readonly Engine _engine = new();

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void BuildTellsWhatItFound()
    {
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims());
        query.Build();
        Assert.Equal(
            [
                new NodeObservation(0, null, null, null, null, 6, 6),
                new NodeObservation(1, 3, null, null, null, null, null),
                new NodeObservation(2, null, 3, 3, 3, 6, 6),
            ],
            query.ReadObservations());
        Assert.Equal(QueryPhase.Build, query.Progress.Phase);
        using NativeArrowStream results = query.Execute();
        Assert.Equal(Runs.Run(_engine, Runs.Facts(), Runs.Dims()), Runs.ReadAll(results));
        Assert.Equal(3, query.ReadObservations().Length);
    }

    [Fact]
    public void AnotherPlanGoesOn()
    {
        List<(int Key, float Score)> expected = Runs.Run(_engine, Runs.Facts(), Runs.Dims());
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims());
        query.Build();
        PlanFragment lazy = Plans.Join();
        lazy.LazyNodes.Add(1);
        query.Replan(lazy, Plans.JoinTensors());
        // The share of dims moves from its scan to the join, and the constants change places.
        PlanFragment pulledUp = Plans.Join();
        pulledUp.Values[0].Node = 2;
        pulledUp.Values[1].Node = 2;
        (pulledUp.Tensors[0], pulledUp.Tensors[1]) = (pulledUp.Tensors[1].Clone(), pulledUp.Tensors[0].Clone());
        pulledUp.Values[1].Sum.Terms[0].Weight = 1;
        pulledUp.Values[3].Sum.Terms[0].Weight = 1;
        pulledUp.Values[3].Sum.Bias = 0;
        ImmutableArray<ConstantTensor> tensors = Plans.JoinTensors();
        query.Replan(pulledUp, [tensors[1], tensors[0]]);
        using NativeArrowStream results = query.Execute();
        Assert.Equal(expected, Runs.ReadAll(results));
    }

    [Fact]
    public void LazyNodesYieldTheSameRows()
    {
        PlanFragment lazy = Plans.Join();
        lazy.LazyNodes.Add(1);
        using EngineQuery query = _engine.CreateQuery(lazy, Plans.JoinTensors());
        query.BindTable(0, Runs.Facts());
        query.BindTable(1, Runs.Dims());
        using NativeArrowStream results = query.Execute();
        Assert.Equal(Runs.Run(_engine, Runs.Facts(), Runs.Dims()), Runs.ReadAll(results));
    }

    [Fact]
    public void PlansWithOtherJoinsAreRefusedAndChangeNothing()
    {
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims());
        InferFException early = Assert.Throws<InferFException>(() => query.Replan(Plans.Join(), Plans.JoinTensors()));
        Assert.Equal(InferFErrorCode.InvalidArgument, early.Code);
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => query.ReadObservations()).Code);
        query.Build();
        PlanFragment other = Plans.Join();
        other.Nodes[2].HashJoin.Type = InferF.Plan.Proto.JoinType.Left;
        InferFException refused = Assert.Throws<InferFException>(() => query.Replan(other, Plans.JoinTensors()));
        Assert.Equal(InferFErrorCode.InvalidPlan, refused.Code);
        Assert.Contains("nodes[2]", refused.Message, StringComparison.Ordinal);
        Assert.Equal(InferFErrorCode.InvalidPlan, Assert.Throws<InferFException>(() => query.Replan(new PlanFragment(), [])).Code);
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => query.Build()).Code);
        using NativeArrowStream results = query.Execute();
        Assert.Equal(6, Runs.ReadAll(results).Count);
    }

    [Fact]
    public void ATokenEndsABuild()
    {
        using var cancellation = new CancellationTokenSource();
        NativeArrowStream endlessDims = Producers.Stream(Producers.Batch("y", 1, i => i, i => i).Schema, i =>
        {
            if (i == 5)
            {
                cancellation.Cancel();
            }
            return Producers.Batch("y", 1, row => row, row => row);
        });
        using EngineQuery query = Runs.Bind(_engine, Runs.Facts(), endlessDims);
        Assert.Throws<OperationCanceledException>(() => query.Build(cancellation.Token));
        Assert.Equal(0, _engine.MemoryUsage.BytesInUse);
        Assert.Throws<OperationCanceledException>(() => query.Build(cancellation.Token));
        Assert.Equal(InferFErrorCode.InvalidArgument, Assert.Throws<InferFException>(() => query.Execute()).Code);
    }

    [Fact]
    public void AQueryMayBeDroppedBetweenTheSteps()
    {
        using (EngineQuery query = Runs.Bind(_engine, Runs.Facts(), Runs.Dims()))
        {
            query.Build();
        }
        Assert.Equal(0, _engine.MemoryUsage.BytesInUse);
    }
}
