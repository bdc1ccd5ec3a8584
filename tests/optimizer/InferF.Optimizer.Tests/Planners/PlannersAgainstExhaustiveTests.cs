using System.Collections.Immutable;
using InferF.Optimizer.Planners.Problem;
using InferF.Optimizer.Planners.Search;

namespace InferF.Optimizer.Tests.Planners;

/// <summary>Every planner against every placement, on random problems. A failure names the seed of its case.</summary>
public sealed class PlannersAgainstExhaustiveTests
{
    private const int MostPlacements = 5000;
    private const double Rounding = 1e-9;

    [Fact]
    public void TheDynamicProgrammeIsOptimalForOneStage() => ForEach(2000, problems => problems.SingleStage(), (seed, problem, best) =>
    {
        Assert.True(problem.Stages[0].RowsDecide, $"seed {seed}");
        (ImmutableArray<StagePlacement> placements, bool isOptimal) = ProblemSolver.Solve(problem);
        Assert.True(isOptimal, $"seed {seed}");
        AssertEqual(seed, best, problem.Seconds(placements));
    });

    [Fact]
    public void MinimumCutsAreOptimalForStagesThatShareColumns() => ForEach(500, problems => problems.StagesWithSharedColumns(), (seed, problem, best) =>
    {
        (ImmutableArray<StagePlacement> placements, bool isOptimal) = ProblemSolver.Solve(problem);
        Assert.True(isOptimal, $"seed {seed}");
        AssertEqual(seed, best, problem.Seconds(placements));
    });

    [Fact]
    public void DescentStaysWithinATenthOfTheOptimum()
    {
        int count = 0;
        double worst = 1;
        void Check(int seed, PlacementProblem problem, double best)
        {
            ProblemSearchSpace space = new(problem);
            (int[] decisions, double seconds) = DescentSearch.Descend(space, space.None());
            Assert.True(seconds >= best * (1 - Rounding), $"seed {seed}: below the optimum");
            Assert.True(seconds <= best * 1.1, $"seed {seed}: {seconds / best}");
            Assert.Equal(seconds, problem.Seconds(space.PlacementsOf(decisions)));
            worst = Math.Max(worst, seconds / best);
            count++;
        }
        ForEach(2000, problems => problems.SingleStage(), Check);
        ForEach(500, problems => problems.StagesWithSharedColumns(), Check);
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} problems, worst {worst}");
    }

    [Fact]
    public void GeneticSearchIsMostlyWithinATenthOfTheOptimum()
    {
        int within = 0;
        int count = 0;
        void Check(int seed, PlacementProblem problem, double best)
        {
            (_, double seconds) = GeneticSearch.Search(new ProblemSearchSpace(problem), new GeneticOptions(seed));
            Assert.True(seconds >= best * (1 - Rounding), $"seed {seed}: below the optimum");
            within += seconds <= best * 1.1 ? 1 : 0;
            count++;
        }
        ForEach(250, problems => problems.SingleStage(), Check);
        ForEach(100, problems => problems.StagesWithSharedColumns(), Check);
        TestContext.Current.TestOutputHelper?.WriteLine($"{within} of {count}");
        Assert.True(within >= 0.95 * count, $"{within} of {count}");
    }

    [Fact]
    public void GeneticSearchIsDeterministicForASeed() => ForEach(20, problems => problems.SingleStage(), (seed, problem, _) =>
    {
        (int[] first, _) = GeneticSearch.Search(new ProblemSearchSpace(problem), new GeneticOptions(seed));
        (int[] second, _) = GeneticSearch.Search(new ProblemSearchSpace(problem), new GeneticOptions(seed));
        Assert.Equal(first, second);
    });

    [Fact]
    public void ExhaustiveSearchRefusesAboveItsLimitAndSaysHowMuchThereIs()
    {
        SearchSpace space = new ProblemSearchSpace(new RandomProblem(new Random(1)).SingleStage());
        InferFException error = Assert.Throws<InferFException>(() => ExhaustiveSearch.Search(space, (int)space.Size - 1));
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        Assert.Contains($"at most {(int)space.Size - 1}", error.Message);
        int visited = 0;
        ExhaustiveSearch.ForEach(space, (int)space.Size, _ => visited++);
        Assert.Equal((int)space.Size, visited);
    }

    private static void ForEach(int count, Func<RandomProblem, PlacementProblem> make, Action<int, PlacementProblem, double> check)
    {
        for (int seed = 0; count > 0; seed++)
        {
            PlacementProblem problem = make(new RandomProblem(new Random(seed)));
            ProblemSearchSpace space = new(problem);
            if (space.Size <= MostPlacements)
            {
                check(seed, problem, ExhaustiveSearch.Search(space, MostPlacements).Seconds);
                count--;
            }
        }
    }

    private static void AssertEqual(int seed, double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= Rounding * expected, $"seed {seed}: the best placement takes {expected:R} s, this one {actual:R} s");
}
