using System.Text.Json.Nodes;
using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models.XGBoost;

/// <summary>Small XGBoost models whose predictions are worked out by hand.</summary>
public class XGBoostModelTests
{
    private const float NaN = float.NaN;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void SplitsGoLeftBelowTheirCondition(bool defaultLeft)
    {
        JsonObject model = XGBoostFile.Of("reg:squarederror", [XGBoostFile.Stump(0, 1.5, 10, 20, defaultLeft)], baseScore: "0E0");
        float missing = defaultLeft ? 10 : 20;
        Check(model, [1, 1.5f, 2, NaN], [0, 0, 0, 0], [10, 20, 20, missing]);
    }

    [Fact]
    public void TreesAddUpWithTheBaseScore()
    {
        JsonObject deep = XGBoostFile.Tree([1, 3, -1, -1, -1], [2, 4, -1, -1, -1], [0, 1, 0, 0, 0], [5, 0.25, 3, 1, 2], [1, 0, 0, 0, 0]);
        JsonObject model = XGBoostFile.Of("reg:squarederror", [deep, XGBoostFile.Stump(1, 0, -0.5, 0.5, true)], baseScore: "5E-1");

        // x0 < 5 and x1 < 0.25: 1; x0 < 5: 2; otherwise 3. Plus the second tree, plus 0.5.
        Check(model, [1, 1, 6, NaN], [-1, 1, 0, NaN], [1 - 0.5f + 0.5f, 2 + 0.5f + 0.5f, 3 + 0.5f + 0.5f, 2 - 0.5f + 0.5f]);
    }

    [Theory]
    [InlineData("reg:squarederror", "2E0", 2f, 2f)]
    [InlineData("binary:logistic", "5E-1", 0f, 0.5f)]
    [InlineData("binary:logistic", "7.5E-1", 1.0986123f, 0.75f)]
    [InlineData("reg:logistic", "[7.5E-1]", 1.0986123f, 0.75f)]
    [InlineData("binary:logitraw", "7.5E-1", 1.0986123f, 1.0986123f)]
    [InlineData("count:poisson", "2E0", 0.6931472f, 2f)]
    [InlineData("reg:gamma", "[2E0]", 0.6931472f, 2f)]
    [InlineData("reg:tweedie", "5E-1", -0.6931472f, 0.5f)]
    [InlineData("survival:cox", "1E0", 0f, 1f)]
    [InlineData("binary:hinge", "5E-1", 0.5f, 1f)]
    [InlineData("rank:ndcg", "5E-1", 0.5f, 0.5f)]
    [InlineData("rank:pairwise", "5E-1", 0.5f, 0.5f)]
    public void BaseScoresArePredictions(string objective, string baseScore, float margin, float prediction)
    {
        // A tree of the leaf 0 leaves nothing but the base score.
        JsonObject empty = XGBoostFile.Tree([-1], [-1], [0], [0], [0]);
        ModelGraph graph = Check(XGBoostFile.Of(objective, [empty], baseScore), [0], [0], [prediction]);
        Assert.Equal(margin, Trees(graph).Ensemble.BaseValues[0], 1e-6);
    }

    [Fact]
    public void ClassesHaveTheirOwnTrees()
    {
        JsonObject[] trees = [XGBoostFile.Stump(0, 0, 1, -1, true), XGBoostFile.Stump(0, 0, 0, 2, true), XGBoostFile.Stump(1, 0, 3, 0, true)];
        float[] x0 = [-1, 1];
        float[] x1 = [1, -1];

        // Margins (1, 0, 0) and (-1, 2, 3), plus 0.5 each, which softmax does not see.
        double first = Math.E + 2;
        double second = Math.Exp(-1) + Math.Exp(2) + Math.Exp(3);
        Check(XGBoostFile.Of("multi:softprob", trees, numClass: 3, targets: [0, 1, 2]), x0, x1,
            [(float)(Math.E / first), (float)(1 / first), (float)(1 / first), (float)(Math.Exp(-1) / second), (float)(Math.Exp(2) / second), (float)(Math.Exp(3) / second)]);
        Check(XGBoostFile.Of("multi:softmax", trees, numClass: 3, targets: [0, 1, 2]), x0, x1, [0, 2]);
    }

    [Fact]
    public void DartWeighsItsTrees() => Check(
        XGBoostFile.Of("reg:squarederror", [XGBoostFile.Stump(0, 0, 1, 2, true), XGBoostFile.Stump(0, 0, 4, 8, true)], baseScore: "0E0", weights: [0.5, 0.25]),
        [-1, 1], [0, 0], [1.5f, 3]);

    [Fact]
    public void CategoriesGoRight()
    {
        JsonObject model = XGBoostFile.Of("reg:squarederror", [XGBoostFile.Categorical(0, [1, 3, 40], 10, 20, defaultLeft: false)], baseScore: "0E0");
        float[] x = [0, 1, 2, 3, 3.75f, 40, 41, -1, -0.5f, 1e9f, NaN];
        Check(model, x, new float[x.Length], [10, 20, 10, 20, 20, 20, 10, 10, 10, 10, 20]);
    }

    [Fact]
    public void LinearBoostersAreLinear()
    {
        var booster = new JsonObject { ["model"] = new JsonObject { ["weights"] = XGBoostFile.Numbers([2, -3, 0.25]) }, ["name"] = "gblinear" };
        ModelGraph graph = Check(XGBoostFile.Of("reg:squarederror", booster, "5E-1", null, 0), [1, 2], [10, 20], [2 - 30 + 0.75f, 4 - 60 + 0.75f]);
        Assert.IsType<LinearExpr>(graph.Outputs[0].Expression);
    }

    [Fact]
    public void FeaturesAreInputsByName()
    {
        JsonObject[] trees = [XGBoostFile.Stump(1, 0, 1, 2, true)];
        ModelGraph graph = Read(XGBoostFile.Json(XGBoostFile.Of("reg:squarederror", trees, features: ["age", "income"])));
        Assert.Equal([("age", true), ("income", true)], graph.Inputs.Select(input => (input.Name, input.TakesMissing)));
        Assert.All(graph.Inputs, input => Assert.Equal((ElementType.Float32, 1), (input.Type, input.Width)));
        Assert.Equal(["f0", "f1"], Read(XGBoostFile.Json(XGBoostFile.Of("reg:squarederror", trees))).Inputs.Select(input => input.Name));
    }

    [Fact]
    public void WhatIsNotRunIsUnsupportedByName()
    {
        JsonObject[] trees = [XGBoostFile.Stump(0, 0, 1, 2, true)];
        Unsupported("'reg:quantum'", XGBoostFile.Json(XGBoostFile.Of("reg:quantum", trees)));
        Unsupported("old binary format", "binf"u8.ToArray());
        Unsupported("'forest'", XGBoostFile.Json(XGBoostFile.Of("reg:gamma", new JsonObject { ["name"] = "forest" }, "5E-1", null, 0)));
        JsonObject vector = XGBoostFile.Stump(0, 0, 1, 2, true);
        vector["tree_param"]!["size_leaf_vector"] = "3";
        Unsupported("multi_output_tree", XGBoostFile.Json(XGBoostFile.Of("reg:squarederror", [vector])));
        Unsupported("JSON dump of a LightGBM model", """{"name":"tree","version":"v4","tree_info":[]}"""u8.ToArray());
    }

    private static void Unsupported(string message, byte[] bytes)
    {
        InferFException error = Assert.Throws<InferFException>(() => Read(bytes));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(InferFErrorCode.UnsupportedModel, error.Code);
    }

    private static ModelGraph Check(JsonObject model, float[] x0, float[] x1, float[] expected)
    {
        ModelGraph? graph = null;
        foreach (byte[] bytes in new[] { XGBoostFile.Json(model), XGBoostFile.Ubj(model) })
        {
            Assert.Equal(ModelFormat.XGBoost, ModelReader.FormatOf(bytes));
            graph = Read(bytes);
            Array actual = Assert.Single(TensorExprInterpreter.Evaluate(graph, [x0, x1], x0.Length));
            ModelParity.AssertClose("prediction", expected, actual);
        }
        return graph!;
    }

    private static ModelGraph Read(byte[] bytes) => ModelReader.Read(bytes, "model");

    private static TreeEnsembleExpr Trees(ModelGraph graph)
    {
        TensorExpr expression = graph.Outputs[0].Expression;
        while (expression is not TreeEnsembleExpr)
        {
            expression = expression.Arguments[0];
        }
        return (TreeEnsembleExpr)expression;
    }
}
