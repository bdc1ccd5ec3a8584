using Google.Protobuf;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using static InferF.Optimizer.Tests.Support.QueryBuilder;

namespace InferF.Optimizer.Tests;

/// <summary>
/// Plans that both languages read: written here, parsed and checked by <c>tests/native/plan/GoldenPlanTest.cpp</c>. A changed plan is written with the
/// environment variable <c>INFERF_UPDATE_GOLDEN=1</c>, and reviewed like code.
/// </summary>
public sealed class GoldenPlanTests
{
    [Fact]
    public void AStarIsWrittenAsCommitted()
    {
        PhysicalPlan plan = new QueryBuilder()
            .Table("f", 1e6, 4).Table("a", 1000, 3).Table("b", 100, 2)
            .Inner("a", "f.k0=a.k0").Left("b", "f.k1=b.k0")
            .Predict(x => Mlp(x, 8), "f", "a", "b").WherePredictionAbove(0.5)
            .Plan(PlannerKind.Leaf);
        AssertGolden("star.plan", plan.Fragment);
    }

    private static void AssertGolden(string name, PlanFragment fragment)
    {
        string file = Path.Combine(Root(), "tests", "fixtures", "plans", name);
        if (Environment.GetEnvironmentVariable("INFERF_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, fragment.ToByteArray());
        }
        byte[] golden = File.ReadAllBytes(file);
        // The texts first: they show what differs.
        Assert.Equal(PlanFragment.Parser.ParseFrom(golden).ToString(), fragment.ToString());
        Assert.Equal(golden, fragment.ToByteArray());
    }

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "InferF.Interop.sln")))
        {
            directory = directory.Parent;
        }
        return directory?.FullName ?? throw new DirectoryNotFoundException("The test does not run inside the repository.");
    }
}
