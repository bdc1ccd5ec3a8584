using System.Collections.Immutable;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Cost;

public sealed class CostModelTests
{
    [Fact]
    public void PushingPaysWhereRowsAreRepeatedAndNotWhereTheyAreRare()
    {
        Assert.True(Seconds(PlannerKind.Leaf, 1e6, 1e3, 64, features: 128) < 0.4 * Seconds(PlannerKind.None, 1e6, 1e3, 64, features: 128));
        Assert.True(Seconds(PlannerKind.Leaf, 1e6, 1e6, 1024, features: 4) > Seconds(PlannerKind.None, 1e6, 1e6, 1024, features: 4));
    }

    [Fact]
    public void MoreRowsAndWiderLayersNeverCostLess()
    {
        foreach (PlannerKind planner in (PlannerKind[])[PlannerKind.None, PlannerKind.Leaf])
        {
            AssertRises(rows => Seconds(planner, rows, 1e4, 64), 1e3, 1e8);
            AssertRises(rows => Seconds(planner, 1e5, rows, 64), 1e3, 1e5);
            AssertRises(width => Seconds(planner, 1e6, 1e4, (int)width), 16, 2048);
        }
    }

    [Fact]
    public void EstimatesAreFiniteWhateverTheStatisticsSay()
    {
        foreach (double rows in (double[])[0, 1, 1e12, 1e30, double.PositiveInfinity, double.NaN])
        {
            foreach (PlannerKind planner in (PlannerKind[])[PlannerKind.None, PlannerKind.Leaf])
            {
                Assert.True(double.IsFinite(Seconds(planner, rows, 1e4, 64)), $"{rows} fact rows");
                Assert.True(double.IsFinite(Seconds(planner, 1e4, rows, 64)), $"{rows} rows of a dimension");
            }
        }
    }

    [Fact]
    public void ADimensionOfWhichFewRowsAreReferencedIsLazy()
    {
        PhysicalPlan plan = Star(1_000, 1e6, 64).Plan(PlannerKind.Leaf);
        uint node = Assert.Single(plan.Fragment.LazyNodes);
        Assert.Equal("Scan", plan.Report.Nodes[(int)node].Kind);
        Assert.True(plan.Report.Nodes[(int)node].IsLazy);
        Assert.Contains(plan.Fragment.Values, value => value.Node == node);
        // A thousand rows of a million are paid for, not all of them.
        Assert.True(Seconds(PlannerKind.Leaf, 1_000, 1e6, 64) - Seconds(PlannerKind.Leaf, 1_000, 1e3, 64) < 0.5 * Seconds(PlannerKind.Leaf, 1e6, 1e6, 64));
    }

    [Theory]
    [InlineData(1e6, 1e3)]
    [InlineData(1e6, 5e5)]
    [InlineData(1e6, 1e6)]
    public void ADimensionOfWhichMostRowsAreReferencedIsNot(double factRows, double dimensionRows)
    {
        PhysicalPlan plan = Star(factRows, dimensionRows, 64).Plan(PlannerKind.Leaf);
        Assert.Empty(plan.Fragment.LazyNodes);
        Assert.DoesNotContain(plan.Report.Nodes, node => node.IsLazy);
    }

    [Fact]
    public void NothingIsLazyWhereNothingIsStored() => Assert.Empty(Star(1_000, 1e6, 64).Plan(PlannerKind.None).Fragment.LazyNodes);

    [Fact]
    public void StreamedNodesAreNeverLazy()
    {
        RelationalPlan relations = Relations(Star(1_000, 1e6, 64).Query(), (1_000, [1_000]), (1e6, [1e6]));
        LazyRows lazy = new(relations);
        for (int node = 0; node < relations.Count; node++)
        {
            Assert.False(lazy.IsLazy(node) && relations.IsStreamed(node));
            Assert.InRange(lazy.Computed(node, relations[node].Rows), 1, Math.Max(1, relations[node].Rows));
        }
        Assert.Contains(Enumerable.Range(0, relations.Count), lazy.IsLazy);
    }

    [Fact]
    public void TheBuildSideOfALazyBuildSideIsAsRarelyReferenced()
    {
        // f joins (d joins e): a hundred rows of f refer to a hundred of d, and those to at most a hundred of e.
        QueryBuilder builder = new QueryBuilder().Table("f", 100).Table("d", 1e6, 4).Table("e", 1e5, 4);
        BoundQuery query = builder.Join(JoinType.Left, builder.Joined(JoinType.Inner, builder.Of("d"), builder.Of("e"), "d.k1=e.k0"), "f.k0=d.k0")
            .Predict(x => QueryBuilder.Mlp(x, 32), "f", "d", "e").Query();
        RelationalPlan relations = Relations(query, (100, [100]), (1e6, [1e6, 1e5]), (1e5, [1e5]));
        LazyRows lazy = new(relations);
        foreach (int table in (int[])[1, 2])
        {
            int scan = Enumerable.Range(0, relations.Count).Single(node => relations[node] is ScanTree s && s.Table == table);
            Assert.True(lazy.IsLazy(scan));
            Assert.InRange(lazy.Computed(scan, relations[scan].Rows), 1, 100 * (1 + LazyRows.Overhead));
        }
    }

    private static QueryBuilder Star(double factRows, double dimensionRows, int width, int features = 32) => new QueryBuilder()
        .Table("f", factRows, 8, (0, Math.Min(factRows, dimensionRows))).Table("d", dimensionRows, features, (0, dimensionRows)).Left("d", "f.k0=d.k0")
        .Predict(x => QueryBuilder.Mlp(x, width), "f", "d");

    private static double Seconds(PlannerKind planner, double factRows, double dimensionRows, int width, int features = 32)
    {
        PhysicalPlan plan = Star(factRows, dimensionRows, width, features).Plan(planner);
        return plan.Report.EstimatedSeconds[plan.Report.Planner];
    }

    // Rows of every table, and distinct values of its columns k0, k1 ….
    private static RelationalPlan Relations(BoundQuery query, params (double Rows, double[] Distinct)[] tables)
    {
        TableStatistics[] statistics =
            [.. tables.Select(table => new TableStatistics(table.Rows, "exact", table.Distinct.Select((distinct, column) => (column, distinct)).ToImmutableDictionary(d => d.column, d => d.distinct)))];
        return new RelationalPlan(JoinTreeBuilder.Build(query, new CardinalityEstimator(statistics)));
    }

    private static void AssertRises(Func<double, double> seconds, double from, double to)
    {
        double last = 0;
        for (double size = from; size <= to; size *= 2)
        {
            double now = seconds(size);
            Assert.True(now >= last * (1 - 1e-9), $"{now} at {size} after {last}");
            last = now;
        }
    }
}
