using InferF.Optimizer.Tests.Support;
using InferF.Plan.Proto;
using static InferF.Optimizer.Tests.Support.PlanMatcher;
using JoinType = InferF.Plan.Query.JoinType;

namespace InferF.Optimizer.Tests;

public sealed class JoinTreeShapeTests
{
    [Fact]
    public void TheLargestInnerTableIsStreamed()
    {
        QueryBuilder query = new QueryBuilder().Table("d", 100).Table("f", 10_000).Inner("f", "d.k0=f.k0");
        Inner(Scan("f"), Scan("d")).Match(query.Plan());
        Assert.True(query.Plan().Fragment.Tables[1].Streamed);
    }

    [Fact]
    public void ATableOnTheNullableSideIsNeverStreamed() =>
        Left(Scan("d"), Scan("f")).Match(new QueryBuilder().Table("d", 100).Table("f", 10_000).Left("f", "d.k0=f.k0").Plan());

    [Fact]
    public void DimensionsOfDimensionsAreJoinedInsideTheBuildSide() =>
        Inner(Scan("lineitem"), Inner(Scan("orders"), Inner(Scan("customer"), Scan("nation")))).Match(
            new QueryBuilder().Table("lineitem", 6e6).Table("orders", 1.5e6).Table("customer", 150_000).Table("nation", 25)
                .Inner("orders", "lineitem.k0=orders.k0").Inner("customer", "orders.k1=customer.k1").Inner("nation", "customer.k2=nation.k2").Plan());

    [Fact]
    public void AnExplodingBuildSideIsJoinedOnTheProbeSide()
    {
        // a and b meet in two values only: a ⋈ b would have 1000 · 1000 / 2 rows.
        QueryBuilder query = new QueryBuilder().Table("f", 1e6, 4, (0, 1000)).Table("a", 1000, 4, (0, 1000), (1, 2)).Table("b", 1000, 4, (1, 2))
            .Inner("a", "f.k0=a.k0").Inner("b", "a.k1=b.k1");
        Inner(Inner(Scan("f"), Scan("a")), Scan("b")).Match(query.Plan());
    }

    [Fact]
    public void ACycleBecomesACompositeKey()
    {
        QueryBuilder query = new QueryBuilder().Table("f", 1e6).Table("a", 1000).Table("b", 100)
            .Inner("a", "f.k0=a.k0").Inner("b", "f.k1=b.k1", "a.k2=b.k2");
        // The dimensions are joined with each other first, so that the facts are probed once, with keys of both.
        var plan = query.Plan();
        Inner(Scan("f"), Inner(Scan("a"), Scan("b"))).Match(plan);
        HashJoinNode root = plan.Fragment.Nodes[^1].HashJoin;
        Assert.Equal(2, root.Keys.Count);
        Assert.Equal(2, root.Keys.Select(key => key.Build.Table).Distinct().Count());
    }

    [Fact]
    public void ALeftJoinUnderAStrictPredicateBecomesInner() =>
        Inner(Scan("f"), Filter(Scan("d"))).Match(
            new QueryBuilder().Table("f", 1000).Table("d", 100).Left("d", "f.k0=d.k0").Where(ScalarFunction.Less, "d.k1", "5").Plan());

    [Fact]
    public void AnInnerKeyAboveMakesALeftJoinInner() =>
        Inner(Scan("f"), Inner(Scan("d"), Scan("e"))).Match(
            new QueryBuilder().Table("f", 1000).Table("d", 100).Table("e", 10).Left("d", "f.k0=d.k0").Inner("e", "d.k1=e.k1").Plan());

    [Fact]
    public void IsNullKeepsTheLeftJoinAndStaysAboveIt() =>
        Filter(Left(Scan("f"), Scan("d"))).Match(
            new QueryBuilder().Table("f", 1000).Table("d", 100).Left("d", "f.k0=d.k0").Where(ScalarFunction.IsNull, "d.k1").Plan());

    [Fact]
    public void AFilterOnTheKeptSidePassesTheLeftJoin() =>
        Left(Filter(Scan("f")), Scan("d")).Match(
            new QueryBuilder().Table("f", 1000).Table("d", 100).Left("d", "f.k0=d.k0").Where(ScalarFunction.IsNull, "f.k1").Plan());

    [Fact]
    public void ALeftJoinOfADimensionIsNestedIntoItsBuildSide() =>
        Inner(Scan("f"), Left(Scan("d"), Scan("e"))).Match(
            new QueryBuilder().Table("f", 1000).Table("d", 100).Table("e", 10).Inner("d", "f.k0=d.k0").Left("e", "d.k1=e.k1").Plan());

    [Fact]
    public void ANullableSideMayBeABlockOfItsOwn()
    {
        QueryBuilder query = new QueryBuilder().Table("f", 1000).Table("d", 100).Table("e", 10);
        query.Join(JoinType.Left, query.Joined(JoinType.Inner, query.Of("d"), query.Of("e"), "d.k1=e.k1"), "f.k0=d.k0");
        Left(Scan("f"), Inner(Scan("d"), Scan("e"))).Match(query.Plan());
    }

    [Fact]
    public void APredicateOverTwoTablesStandsOnTheirJoin() =>
        Inner(Scan("f"), Filter(Inner(Scan("d"), Scan("e")))).Match(
            new QueryBuilder().Table("f", 1000).Table("d", 100).Table("e", 10).Inner("d", "f.k0=d.k0").Inner("e", "d.k1=e.k1")
                .Where(ScalarFunction.Less, "d.k2", "e.k2").Plan());

    [Fact]
    public void AChainOfSixtyFourTablesThatExplodesEverywhereIsPlanned()
    {
        QueryBuilder query = new();
        for (int t = 0; t < 64; t++)
        {
            query.Table($"t{t}", 1000, 1, (0, 2), (1, 2));
        }
        for (int t = 1; t < 64; t++)
        {
            query.Inner($"t{t}", $"t{t - 1}.k1=t{t}.k0");
        }
        Assert.Equal(127, query.Plan().Fragment.Nodes.Count);
    }

    [Fact]
    public void TooManyTablesAreATypedError()
    {
        QueryBuilder query = new();
        for (int t = 0; t < 65; t++)
        {
            query.Table($"t{t}", 10);
        }
        Assert.Equal(InferFErrorCode.UnsupportedSql, Assert.Throws<InferFException>(() => query.Plan()).Code);
    }
}
