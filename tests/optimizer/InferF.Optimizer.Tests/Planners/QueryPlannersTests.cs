using System.Collections.Immutable;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Planners;
using InferF.Optimizer.Planners.Problem;
using InferF.Optimizer.Planners.Search;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;
using static InferF.Optimizer.Tests.Support.QueryBuilder;

namespace InferF.Optimizer.Tests.Planners;

/// <summary>The planners on queries: their numbers are those of the full cost model, and their results keep their order.</summary>
public sealed class QueryPlannersTests
{
    private const double Rounding = 1e-9;

    public enum Models
    {
        OneLayer,
        SeveralModels,
        Tower,
    }

    [Theory]
    [InlineData(Models.OneLayer)]
    [InlineData(Models.Tower)]
    public void TheProblemHasTheSecondsOfTheFullModel(Models models)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            Random random = new(seed);
            PlanningScene scene = new(Make(models, random, random.Next(2, 8)));
            Assert.True(scene.Builder.IsFaithful, $"seed {seed}");
            AssertSameSeconds(scene, random, seed);
        }
    }

    [Theory]
    [InlineData(Models.OneLayer)]
    [InlineData(Models.Tower)]
    public void ExactIsTheBestOfAllPlacements(Models models)
    {
        int compared = 0;
        for (int seed = 0; compared < 60; seed++)
        {
            Random random = new(seed);
            PlanningScene scene = new(Make(models, random, random.Next(2, 5)));
            JudgedPlacement exact = scene.Search.Exact();
            try
            {
                JudgedPlacement best = scene.Search.Exhaustive(3000);
                Assert.True(Math.Abs(exact.Seconds - best.Seconds) <= Rounding * best.Seconds, $"seed {seed}: exact {exact.Seconds:R}, best {best.Seconds:R}");
                compared++;
            }
            catch (InferFException exception) when (exception.Code == InferFErrorCode.InvalidArgument)
            {
                // Too many placements to compare with.
            }
        }
    }

    [Theory]
    [InlineData(Models.OneLayer)]
    [InlineData(Models.SeveralModels)]
    [InlineData(Models.Tower)]
    public void AutoIsNeverWorseThanNoneAndLeafNorGreedyBelowExact(Models models)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            PlanningScene scene = new(Make(models, random, random.Next(2, 7)));
            double auto = scene.Search.Run(PlannerKind.Auto).Min(placement => placement.Seconds);
            double greedy = scene.Search.Greedy().Seconds;
            Assert.True(auto <= Math.Min(scene.Search.None().Seconds, scene.Search.Leaf().Seconds), $"seed {seed}");
            Assert.True(greedy >= auto * (1 - Rounding), $"seed {seed}: greedy {greedy:R}, auto {auto:R}");
            Assert.True(models != Models.OneLayer || greedy <= 1.1 * auto, $"seed {seed}: greedy {greedy:R}, auto {auto:R}");
        }
    }

    [Fact]
    public void GeneticPlansAreTheSameEveryTime()
    {
        PlanningScene scene = new(RandomSnowflake.SeveralModels(new Random(5), 5));
        JudgedPlacement first = scene.Search.Genetic(new GeneticOptions(7));
        JudgedPlacement second = scene.Search.Genetic(new GeneticOptions(7));
        Assert.Equal(first.Choice.Pins, second.Choice.Pins);
        Assert.Equal(first.Choice.Merges, second.Choice.Merges);
    }

    [Fact]
    public void ExhaustiveRefusesTwelveTables()
    {
        QueryBuilder query = RandomSnowflake.OneLayer(new Random(1), 12);
        InferFException error = Assert.Throws<InferFException>(() => query.Plan(PlannerKind.Exhaustive));
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        Assert.Contains($"at most {PlacementSearch.MostPlacements}", error.Message);
    }

    [Fact]
    public void EnumeratedPlacementsDifferAndContainNoneAndTheBest()
    {
        QueryBuilder query = new QueryBuilder().Table("f", 5e6, 4).Table("d", 200_000, 50).Table("e", 1000, 100)
            .Inner("d", "f.k0=d.k0").Inner("e", "d.k1=e.k0").Predict(x => Mlp(x, 128), "f", "d", "e");
        IReadOnlyList<PlannedPlacement> all = Planner.EnumeratePlacements(query.Query(), query.Statistics, MachineConstants.Default, 1000);
        Assert.Equal("all above the joins", all[0].Name);
        Assert.Equal(all.Count, all.Select(placement => placement.Plan.Fragment.ToString()).Distinct().Count());
        Assert.All(all, placement => FragmentChecker.Check(placement.Plan.Fragment, placement.Plan.Tensors, (table, column) => column == 10 ? query.WidthOf("fde"[table].ToString()) : 1));
        PhysicalPlan exact = query.Plan(PlannerKind.Exact);
        Assert.Equal(exact.Report.EstimatedSeconds["exact"], all.Min(placement => placement.Seconds), 12);
        Assert.Contains(all, placement => placement.Plan.Fragment.Equals(exact.Fragment));
        Assert.Throws<InferFException>(() => Planner.EnumeratePlacements(query.Query(), query.Statistics, MachineConstants.Default, 3));
    }

    [Theory]
    [InlineData("morpheus-bottom-up", 3)]
    [InlineData("morpheus-top-down", 3)]
    [InlineData("factorized-learning-bottom-up", 3)]
    [InlineData("factorized-learning-top-down", 3)]
    [InlineData("seed-greedy", 3)]
    public void PublishedRulesPushTheDimensionsOfAStar(string rule, int pushed)
    {
        QueryBuilder query = new QueryBuilder().Table("f", 5e6, 8).Table("a", 100_000, 1200).Table("b", 10_000, 2000).Table("c", 1000, 5000)
            .Inner("a", "f.k0=a.k0").Inner("b", "f.k1=b.k0").Inner("c", "f.k2=c.k0").Predict(x => Mlp(x, 16), "f", "a", "b", "c");
        PhysicalPlan plan = Planner.PlanWithRule(rule, query.Query(), query.Statistics, MachineConstants.Default);
        Assert.Equal(rule, plan.Report.Planner);
        Assert.Equal(pushed, ((string[])["a", "b", "c"]).Count(table => PlanMatcher.ValuesOver(plan, table).Contains("Sum")));
        Assert.Empty(PlanMatcher.ValuesOver(plan, "f"));
    }

    [Fact]
    public void MorpheusDoesNotPushWhereRowsHardlyRepeat()
    {
        QueryBuilder query = new QueryBuilder().Table("f", 1e6, 8).Table("a", 300_000, 100, (0, 300_000)).Inner("a", "f.k0=a.k0").Predict(x => Mlp(x, 16), "f", "a");
        Assert.Empty(PlanMatcher.ValuesOver(Planner.PlanWithRule("morpheus-bottom-up", query.Query(), query.Statistics, MachineConstants.Default), "a"));
        Assert.NotEmpty(PlanMatcher.ValuesOver(Planner.PlanWithRule("factorized-learning-bottom-up", query.Query(), query.Statistics, MachineConstants.Default), "a"));
        Assert.Contains(
            "Did you mean 'morpheus-top-down'?",
            Assert.Throws<InferFException>(() => Planner.PlanWithRule("morpheus-topdown", query.Query(), query.Statistics, MachineConstants.Default)).Message);
    }

    [Fact]
    public void PlanningTimeIsMeasuredForEveryShape()
    {
        ImmutableArray<PlanningSample> samples = PlanningTime.Measure();
        Assert.Equal(8, samples.Length);
        Assert.All(samples, sample => Assert.True(sample.Microseconds > 0 && sample.Nodes == 2 * sample.Tables - 1));
        foreach (PlanningSample sample in samples)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(sample.ToString());
        }
    }

    // Any placement of the problem costs what it costs when it is carried out.
    private static void AssertSameSeconds(PlanningScene scene, Random random, int seed)
    {
        PlacementProblem problem = scene.Builder.Problem;
        double offset = scene.Builder.FixedSeconds + scene.Cost.JoinSeconds();
        ProblemSearchSpace space = new(problem);
        for (int i = 0; i < 8; i++)
        {
            int[] decisions = [.. space.Decisions.Select(decision => random.Next(decision.Nodes.Length + 1))];
            ImmutableArray<StagePlacement> placements = space.PlacementsOf(decisions);
            double carriedOut = scene.Search.Judge("random", scene.Builder.ChoiceOf(placements)).Seconds;
            double predicted = problem.Seconds(placements) + offset;
            Assert.True(Math.Abs(carriedOut - predicted) <= Rounding * carriedOut, $"seed {seed}: predicted {predicted:R}, carried out {carriedOut:R}");
        }
    }

    private static QueryBuilder Make(Models models, Random random, int tables) => models switch
    {
        Models.OneLayer => RandomSnowflake.OneLayer(random, tables),
        Models.SeveralModels => RandomSnowflake.SeveralModels(random, tables),
        _ => RandomSnowflake.Tower(random, tables),
    };
}
