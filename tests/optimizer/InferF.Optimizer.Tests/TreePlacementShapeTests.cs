using InferF.Optimizer.Tests.Support;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using static InferF.Optimizer.Tests.Support.QueryBuilder;
using ElementType = InferF.Plan.Model.ElementType;
using TreeEnsemble = InferF.Plan.Model.TreeEnsemble;

namespace InferF.Optimizer.Tests;

public sealed class TreePlacementShapeTests
{
    private static QueryBuilder Star(int depth = 6) => new QueryBuilder()
        .Table("f", 5e6, 8).Table("a", 100_000, 100).Table("b", 10_000, 200).Table("c", 1000, 50)
        .Inner("a", "f.k0=a.k0").Inner("b", "f.k1=b.k0").Inner("c", "f.k2=c.k0")
        .Predict(x => Trees(x, 100, depth), "f", "a", "b", "c");

    private static QueryBuilder Snowflake() => new QueryBuilder()
        .Table("f", 5e6, 4).Table("d", 20_000, 50).Table("e", 1000, 100)
        .Inner("d", "f.k0=d.k0").Inner("e", "d.k1=e.k0")
        .Predict(x => Trees(x, 100, 6), "f", "d", "e");

    [Fact]
    public void NoneWalksTheTreesOverAllFeatures()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.None);
        Assert.Equal(["LoadColumns", "TreeTraversal"], Kinds(plan));
        Assert.All(plan.Fragment.Values, value => Assert.Equal(plan.Fragment.NullCheckNode, value.Node));
    }

    [Fact]
    public void AutoPushesOneMaskPerDimensionOfALargeStar()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Auto);
        foreach (string dimension in (string[])["a", "b", "c"])
        {
            Assert.Equal(["LoadColumns", "TreeMask"], PlanMatcher.ValuesOver(plan, dimension));
        }
        Value score = Assert.Single(plan.Fragment.Values, value => value.KindCase == Value.KindOneofCase.TreeScore);
        Assert.Equal(4, score.TreeScore.Masks.Count);
        Assert.Equal([0u, 8u, 108u, 308u], plan.Fragment.Values.Where(v => v.TreeMask is not null).Select(v => v.TreeMask.FirstFeature).Order());
        Assert.Single(plan.Fragment.TreeEnsembles);
        Assert.DoesNotContain(plan.Fragment.Values, value => value.KindCase == Value.KindOneofCase.TreeTraversal);
    }

    [Fact]
    public void MasksOfASnowflakeMeetInsideTheBuildSide()
    {
        PhysicalPlan plan = Snowflake().Plan(PlannerKind.Leaf);
        Assert.Contains("MaskAnd", PlanMatcher.ValuesOver(plan, "d", "e"));
        Value score = Assert.Single(plan.Fragment.Values, value => value.KindCase == Value.KindOneofCase.TreeScore);
        Assert.Equal(2, score.TreeScore.Masks.Count);
    }

    [Fact]
    public void OnlyReferencedRowsOfADimensionLargerThanTheFactsAreComputed()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1000, 8).Table("d", 900_000, 2, (0, 900_000)).Left("d", "f.k0=d.k0")
            .Predict(x => Trees(x, 20, 6), "f", "d").Plan(PlannerKind.Auto);
        Assert.True(PlanMatcher.ValuesOver(plan, "d").Length == 0 || plan.Fragment.LazyNodes.Count == 1);
    }

    [Fact]
    public void FewDeepTreesAreWalked()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 100_000, 40).Table("d", 50_000, 40, (0, 50_000)).Inner("d", "f.k0=d.k0")
            .Predict(x => Trees(x, 2, 13), "f", "d").Plan(PlannerKind.Auto);
        Assert.Contains("TreeTraversal", Kinds(plan));
    }

    [Fact]
    public void TreesOverOneTableArePushedWhole()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 5e6, 4).Table("d", 1000, 50).Inner("d", "f.k0=d.k0").Predict(x => Trees(x, 10, 6), "d").Plan(PlannerKind.Auto);
        Assert.Equal(["LoadColumns", "TreeTraversal"], PlanMatcher.ValuesOver(plan, "d"));
        Assert.Equal(2, plan.Fragment.Values.Count);
    }

    [Fact]
    public void ATableWithoutATestIsOnlyCheckedForNulls()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 5e6, 4).Table("d", 1000, 50).Table("e", 1000, 5).Inner("d", "f.k0=d.k0").Inner("e", "f.k1=e.k0")
            .Predict(x => new TreeEnsembleExpr(x, Ensemble(x.Width, 10, 5, feature => feature < 54), ElementType.Float32) { Origin = "Trees" }, "f", "d", "e").Plan(PlannerKind.Leaf);
        Assert.Equal(2, Kinds(plan).Count(kind => kind == "TreeMask"));
        Assert.Empty(PlanMatcher.ValuesOver(plan, "e"));
        Value unread = Assert.Single(plan.Fragment.Values, value => value.LoadColumns?.Columns.Any(column => column.Table == 2) == true);
        Assert.DoesNotContain(plan.Fragment.Values, value => value.TreeMask?.Value == plan.Fragment.Values.IndexOf(unread));
    }

    [Fact]
    public void CoverageSaysThatTreesSplitByTable()
    {
        OperatorCoverage trees = Assert.Single(Star().Plan(PlannerKind.Auto).Report.Coverage);
        Assert.True(trees.Pushable);
        Assert.Equal("Mask{f; a; b; c}", trees.Form);
    }

    [Fact]
    public void AnEnsembleIsWrittenAsTheSameTensorsEveryTime()
    {
        QueryBuilder builder = Star();
        InferF.Plan.Query.BoundQuery query = builder.Query();
        Assert.Equal(builder.Plan(query, PlannerKind.None).Tensors, builder.Plan(query, PlannerKind.None).Tensors);
    }

    private static string[] Kinds(PhysicalPlan plan) => [.. plan.Fragment.Values.Select(value => value.KindCase.ToString())];

    private static TreeEnsembleExpr Trees(InputExpr x, int trees, int depth) =>
        new(x, Ensemble(x.Width, trees, depth, _ => true), ElementType.Float32) { Origin = "TreeEnsembleRegressor 'trees'" };

    // Complete trees, with tests spread over the features.
    private static TreeEnsemble Ensemble(int numFeatures, int trees, int depth, Func<int, bool> isTested)
    {
        int[] features = [.. Enumerable.Range(0, numFeatures).Where(isTested)];
        List<TreeNode> nodes = [];
        List<TreeLeafWeight> weights = [];
        int Grow(int level)
        {
            if (level == depth)
            {
                weights.Add(new TreeLeafWeight(weights.Count, 0, weights.Count % 7));
                return ~(weights.Count - 1);
            }
            int number = nodes.Count;
            nodes.Add(default);
            int feature = features[number * 31 % features.Length];
            nodes[number] = new TreeNode(feature, Plan.Model.TreeNodeMode.LessOrEqual, 0.5, Grow(level + 1), Grow(level + 1));
            return number;
        }
        return TreeEnsemble.Create(ElementType.Float32, numFeatures, 1, [.. Enumerable.Range(0, trees).Select(_ => Grow(0))], nodes, weights);
    }
}
