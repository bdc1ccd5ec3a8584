using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Tests.Joins;

public sealed class JointJoinOrderTests
{
    [Fact]
    public void JointIsNeverWorseThanTheCheapestJoinsPlacedExactly()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            QueryBuilder query = Snowflake(random, random.Next(2, 8), width: 1 << random.Next(2, 9));
            double exact = Seconds(query.Plan(PlannerKind.Exact));
            double joint = Seconds(query.Plan(PlannerKind.Joint));
            Assert.True(joint <= exact * (1 + 1e-9), $"seed {seed}: joint {joint}, exact {exact}");
        }
    }

    [Fact]
    public void WithoutAModelTheCheapestJoinsAreTaken()
    {
        QueryBuilder query = new QueryBuilder().Table("d", 100).Table("f", 10_000).Inner("f", "d.k0=f.k0");
        PlanMatcher.Inner(PlanMatcher.Scan("f"), PlanMatcher.Scan("d")).Match(query.Plan(PlannerKind.Joint));
    }

    [Fact]
    public void TheSourceOfEveryNumberIsReported()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1e6).Table("d", 100, 4, (0, 100)).Inner("d", "f.k0=d.k0").Plan();
        Assert.Equal([StatisticSource.Exact, StatisticSource.Exact, StatisticSource.Estimate], plan.Report.Nodes.Select(node => node.EstimatedRowsSource));
    }

    private static double Seconds(PhysicalPlan plan) => plan.Report.EstimatedSeconds[plan.Report.Planner];

    private static QueryBuilder Snowflake(Random random, int tables, int width)
    {
        QueryBuilder query = new();
        string[] names = [.. Enumerable.Range(0, tables).Select(t => $"t{t}")];
        foreach (string name in names)
        {
            query.Table(name, Math.Round(Math.Pow(10, 1 + (5 * random.NextDouble()))), random.Next(1, 60));
        }
        for (int t = 1; t < tables; t++)
        {
            query.Inner(names[t], $"t{random.Next(t)}.k{t}=t{t}.k{t}");
        }
        return query.Predict(x => QueryBuilder.Mlp(x, width), names);
    }
}
