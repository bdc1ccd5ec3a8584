using System.Text.Json;
using InferF.Optimizer.Reporting;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Plan.Query;
using static InferF.Optimizer.Tests.Support.QueryBuilder;
using ElementType = InferF.Plan.Proto.ElementType;
using UnaryFunction = InferF.Plan.Model.UnaryFunction;

namespace InferF.Optimizer.Tests;

public sealed class PlacementShapeTests
{
    private static QueryBuilder Star() => new QueryBuilder()
        .Table("f", 5e6, 8).Table("a", 100_000, 100).Table("b", 10_000, 200).Table("c", 1000, 50)
        .Inner("a", "f.k0=a.k0").Inner("b", "f.k1=b.k0").Inner("c", "f.k2=c.k0")
        .Predict(x => Mlp(x, 256), "f", "a", "b", "c");

    private static QueryBuilder Snowflake() => new QueryBuilder()
        .Table("f", 5e6, 4).Table("d", 200_000, 50).Table("e", 1000, 100)
        .Inner("d", "f.k0=d.k0").Inner("e", "d.k1=e.k0")
        .Predict(x => Mlp(x, 128), "f", "d", "e");

    [Fact]
    public void NoneLoadsAllFeaturesAtTheRootInOneValue()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.None);
        Assert.Equal(["LoadColumns", "Sum", "Sum"], plan.Fragment.Values.Select(value => value.KindCase.ToString()));
        Assert.All(plan.Fragment.Values, value => Assert.Equal(plan.Fragment.NullCheckNode, value.Node));
        Assert.Single(plan.Fragment.Values[1].Sum.Terms);
        Assert.Equal(Activation.Relu, plan.Fragment.Values[1].Sum.Activation);
    }

    [Fact]
    public void LeafPushesOnePartialSumPerDimension()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Leaf);
        foreach (string dimension in (string[])["a", "b", "c"])
        {
            Assert.Equal(["LoadColumns", "Sum"], PlanMatcher.ValuesOver(plan, dimension));
        }
        Plan.Proto.Sum root = plan.Fragment.Values.Last(value => value.KindCase == Value.KindOneofCase.Sum && value.Sum.Terms.Count > 1).Sum;
        Assert.True(root.HasBias);
        Assert.Equal(4, root.Terms.Count);
    }

    [Fact]
    public void WhatBuildSidesHandOnIsNarrowedIfAskedFor()
    {
        PhysicalPlan plan = Star().With(Precision.Fast).Plan(PlannerKind.Leaf);
        foreach (string dimension in (string[])["a", "b", "c"])
        {
            Assert.Equal(["LoadColumns", "Sum", "Narrow"], PlanMatcher.ValuesOver(plan, dimension));
        }
        // Rows of the facts' own spine stay in the cache: nothing is gained there.
        Assert.Equal(3, plan.Fragment.Values.Count(value => value.Type == ElementType.Float16));
        Assert.DoesNotContain(Star().Plan(PlannerKind.Leaf).Fragment.Values, value => value.Type == ElementType.Float16);
        // Of 16 outputs half precision would save no cache line.
        QueryBuilder narrow = new QueryBuilder().Table("f", 5e6, 8).Table("a", 100_000, 100).Inner("a", "f.k0=a.k0").Predict(x => Mlp(x, 16), "f", "a").With(Precision.Fast);
        Assert.DoesNotContain(narrow.Plan(PlannerKind.Leaf).Fragment.Values, value => value.Type == ElementType.Float16);
    }

    [Fact]
    public void ASnowflakesMergedSumsAreNarrowedOncePerHandOver()
    {
        PhysicalPlan plan = Snowflake().With(Precision.Fast).Plan(PlannerKind.Leaf);
        Assert.Equal(["LoadColumns", "Sum", "Narrow"], PlanMatcher.ValuesOver(plan, "e"));
        Assert.Equal(3, plan.Fragment.Values.Count(value => value.KindCase == Value.KindOneofCase.Narrow));
        Assert.Contains("Narrow", PlanMatcher.ValuesOver(plan, "d", "e"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void HalfPrecisionCostsLessAndTheExactPlannerKnowsIt(bool isSnowflake)
    {
        QueryBuilder builder = isSnowflake ? Snowflake() : Star();
        double exact = builder.Plan(PlannerKind.Exact).Report.EstimatedSeconds["exact"];
        builder.With(Precision.Fast);
        double fast = builder.Plan(PlannerKind.Exact).Report.EstimatedSeconds["exact"];
        Assert.True(fast < exact, $"{fast} < {exact}");
        Assert.Equal(builder.Plan(PlannerKind.Exhaustive).Report.EstimatedSeconds["exhaustive"], fast, 1e-9);
    }

    [Fact]
    public void WeightSlicesShareOneTensor()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Leaf);
        List<Term> weighted = [.. plan.Fragment.Values.Where(v => v.KindCase == Value.KindOneofCase.Sum && v.Width == 256).SelectMany(v => v.Sum.Terms).Where(t => t.HasWeight)];
        Assert.Single(weighted.Select(term => term.Weight).Distinct());
        Assert.Equal([0u, 8u, 108u, 308u], weighted.Select(term => term.WeightRow).Order());
    }

    [Fact]
    public void GreedyPushesTheDimensionsOfALargeStarButNotItsFacts()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Greedy);
        Assert.Equal(["LoadColumns", "Sum"], PlanMatcher.ValuesOver(plan, "a"));
        Assert.Equal(["LoadColumns", "Sum"], PlanMatcher.ValuesOver(plan, "b"));
        Assert.Empty(PlanMatcher.ValuesOver(plan, "f"));
        Assert.True(plan.Report.EstimatedSeconds["greedy"] < plan.Report.EstimatedSeconds["none"] / 2);
    }

    [Fact]
    public void NothingIsPushedIntoADimensionLargerThanTheFacts()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1000, 8).Table("d", 900_000, 2, (0, 900_000)).Left("d", "f.k0=d.k0")
            .Predict(x => Mlp(x, 256), "f", "d").Plan(PlannerKind.Auto);
        Assert.Empty(PlanMatcher.ValuesOver(plan, "d"));
        Assert.Equal("none", plan.Report.Planner);
    }

    [Fact]
    public void PartialSumsOfASnowflakeMergeInsideTheBuildSide()
    {
        PhysicalPlan plan = Snowflake().Plan(PlannerKind.Greedy);
        Value merged = Assert.Single(plan.Fragment.Values, value => value.KindCase == Value.KindOneofCase.Sum && value.Sum.Terms.Count == 2 && !value.Sum.HasBias);
        Assert.Contains("Sum", PlanMatcher.ValuesOver(plan, "d", "e"));
        Assert.Equal(128u, merged.Width);
        Value root = plan.Fragment.Values.First(value => value.Node == plan.Fragment.NullCheckNode && value.KindCase == Value.KindOneofCase.Sum);
        Assert.Equal(2, root.Sum.Terms.Count);
    }

    [Fact]
    public void ATowerOverOneSideRunsOncePerRowOfThatSide()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1e6, 4).Table("u", 10_000, 32).Inner("u", "f.k0=u.k0")
            .Predict(
                x =>
                {
                    TensorExpr user = new SliceExpr(x, 4, 32) { Origin = "Slice" };
                    TensorExpr tower = new UnaryExpr(UnaryFunction.Relu, Linear(new UnaryExpr(UnaryFunction.Relu, Linear(user, 64, "Gemm 't1'")), 16, "Gemm 't2'"));
                    return Linear(new ConcatExpr([new SliceExpr(x, 0, 4), tower]), 1, "Gemm 'head'");
                },
                "f", "u").Plan(PlannerKind.Auto);
        Assert.Equal(["LoadColumns", "Sum", "Sum", "Sum"], PlanMatcher.ValuesOver(plan, "u"));
    }

    [Fact]
    public void WhatCanFailOnDataRunsOnlyOnJoinedRows()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1e6, 1).Table("u", 10, 1).Inner("u", "f.k0=u.k0")
            .Predict(x => Linear(new OneHotExpr(x, ConstantTensor.Create("c", 1, 2, [0L, 1L]), unknownIsError: true) { Origin = "OneHot" }, 8, "Gemm"), "f", "u")
            .Plan(PlannerKind.Leaf);
        Assert.All(plan.Fragment.Values.Where(v => v.KindCase == Value.KindOneofCase.OneHot), v => Assert.Equal(plan.Fragment.NullCheckNode, v.Node));
    }

    [Fact]
    public void ScalingASumFoldsIntoItsWeights()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1e6, 4).Table("u", 10, 4).Inner("u", "f.k0=u.k0")
            .Predict(
                x => new UnaryExpr(
                    UnaryFunction.Sigmoid,
                    new ConstantBinaryExpr(Plan.Model.BinaryFunction.Multiply, Linear(x, 3, "Gemm"), ConstantTensor.Create("s", 1, 3, [2f, 3f, 4f])) { Origin = "Mul" }),
                "f", "u").Plan(PlannerKind.None);
        Assert.Equal(["LoadColumns", "Sum"], plan.Fragment.Values.Select(value => value.KindCase.ToString()));
        Assert.Equal(Activation.Sigmoid, plan.Fragment.Values[1].Sum.Activation);
        Assert.Equal(2 * -0.03f, plan.Tensors[(int)plan.Fragment.Values[1].Sum.Terms[0].Weight].Float32[0], 6);
    }

    [Fact]
    public void APredictionFilterStandsAboveTheValuesAndTheNullCheck()
    {
        PhysicalPlan plan = Star().WherePredictionAbove(0.5).Plan(PlannerKind.Auto);
        Assert.Equal(RelationalNode.KindOneofCase.Filter, plan.Fragment.Nodes[^1].KindCase);
        Assert.Equal((uint)plan.Fragment.Nodes.Count - 2, plan.Fragment.NullCheckNode);
        Assert.Equal(plan.Fragment.Nodes.Count, plan.Report.Nodes.Length);
    }

    [Fact]
    public void AModelWhoseOutputIsItsInputWorks()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1000).Table("d", 10).Inner("d", "f.k0=d.k0").Predict(x => x, "f", "d").Plan(PlannerKind.Auto);
        Assert.Equal(8u, plan.Fragment.Values[(int)plan.Fragment.Outputs[1].Value].Width);
    }

    [Fact]
    public void AQueryWithoutPredictionIsOnlyRelations()
    {
        PhysicalPlan plan = new QueryBuilder().Table("f", 1000).Table("d", 10).Inner("d", "f.k0=d.k0").Plan(PlannerKind.Auto);
        Assert.Empty(plan.Fragment.Values);
        Assert.Empty(plan.Fragment.Tensors);
    }

    [Fact]
    public void AModelNestedAsDeepAsAFileMayBeIsPlannedOrRefused()
    {
        QueryBuilder query = new QueryBuilder().Table("f", 1000).Table("d", 10).Inner("d", "f.k0=d.k0").Predict(
            x =>
            {
                TensorExpr deep = x;
                for (int i = 0; i < 200_000; i++)
                {
                    deep = new SoftmaxExpr(deep);
                }
                return deep;
            },
            "f", "d");
        Assert.Equal(InferFErrorCode.UnsupportedModel, Assert.Throws<InferFException>(() => query.Plan(PlannerKind.Auto)).Code);
    }

    [Fact]
    public void CoverageNamesEveryOperatorOfTheModel()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Auto);
        Assert.Equal(["Gemm 'fc1'", "Relu 'act'", "Gemm 'fc2'"], plan.Report.Coverage.Select(entry => entry.Operator));
        Assert.Equal("Sum{f; a; b; c}", plan.Report.Coverage[0].Form);
        Assert.True(plan.Report.Coverage[0].Pushable);
        Assert.False(plan.Report.Coverage[2].Pushable);
    }

    [Fact]
    public void TheReportPrintsAndSerializes()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Auto);
        ActualCounter[] actuals = [new(ActualKind.Node, plan.Report.Nodes.Length - 1, 42, 1.5, 0, 0), new(ActualKind.Value, 0, 7, 0.25, 8, 9)];
        ExplainedPlan explained = new(plan.Report, actuals);
        string text = PlanPrinter.Print(explained);
        Assert.Contains("INNER f.k", text);
        Assert.Contains("partial {a}", text);
        Assert.Contains("actual 42,", text);
        using JsonDocument json = JsonDocument.Parse(PlanJson.Write(explained));
        Assert.Equal(plan.Report.Planner, json.RootElement.GetProperty("planner").GetString());
        Assert.Equal(plan.Fragment.Nodes.Count, json.RootElement.GetProperty("nodes").GetArrayLength());
        Assert.Equal(42, json.RootElement.GetProperty("nodes")[plan.Fragment.Nodes.Count - 1].GetProperty("actual").GetProperty("rows").GetInt64());
        Assert.Equal(3, json.RootElement.GetProperty("coverage").GetArrayLength());
        Assert.Equal(3, json.RootElement.GetProperty("estimatedSeconds").EnumerateObject().Count());
    }

    [Fact]
    public void TheSecondsOfAllNodesAreTheCostOfThePlan()
    {
        PhysicalPlan plan = Star().Plan(PlannerKind.Auto);
        Assert.Equal(plan.Report.EstimatedSeconds[plan.Report.Planner], plan.Report.Nodes.Sum(node => node.EstimatedSeconds), 9);
        Assert.All(plan.Report.Nodes.Where(node => node.Kind == "HashJoin"), node => Assert.True(node.RelationalSeconds > 0));
        Assert.Equal(["a", "b", "c", "f"], plan.Report.Nodes[^1].Tables.Order());
    }

    [Fact]
    public void PlannerNamesParseAndMisspellingsGetAHint()
    {
        Assert.Equal(PlannerKind.Greedy, PlannerKinds.Parse("Greedy"));
        InferFException error = Assert.Throws<InferFException>(() => PlannerKinds.Parse("gredy"));
        Assert.Equal(InferFErrorCode.InvalidArgument, error.Code);
        Assert.Contains("Did you mean 'greedy'?", error.Message);
    }
}
