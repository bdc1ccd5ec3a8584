using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Tree ensembles against ONNX Runtime: every node mode, aggregate, transform and rule for two classes.</summary>
public class TreeOperatorTests
{
    private const long N = OnnxBuilder.Open;

    public static TheoryData<string> Transforms => ["NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"];

    public static TheoryData<string, string> TransformsAndAggregates =>
        new(from transform in new[] { "NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO" } from aggregate in new[] { "SUM", "AVERAGE", "MIN", "MAX" } select (transform, aggregate));

    [Theory, MemberData(nameof(TransformsAndAggregates))]
    public void RegressorsAgree(string transform, string aggregate)
    {
        foreach (int targets in new[] { 1, 2, 3 })
        {
            foreach (bool hasBase in new[] { false, true })
            {
                var trees = new RandomTrees(seed: targets + (hasBase ? 10 : 0), numTrees: 5, depth: 4, targets, weightsPerLeaf: targets);
                Check(trees.Regressor("float", transform, aggregate, hasBase), trees);
            }
        }
    }

    [Theory]
    [InlineData("SUM")]
    [InlineData("MIN")]
    [InlineData("AVERAGE")]
    public void ATargetWithoutALeafIsZeroInThatRow(string aggregate)
    {
        var trees = new RandomTrees(seed: 3, numTrees: 2, depth: 3, targets: 4, weightsPerLeaf: 1);
        Check(trees.Regressor("float", "NONE", aggregate, hasBase: true), trees);
        Check(trees.Regressor("float", "SOFTMAX", aggregate, hasBase: true), trees);
        Check(trees.Regressor("float", "NONE", aggregate, hasBase: false), trees);
    }

    [Fact]
    public void DoublesAreComparedAsDoubles()
    {
        var trees = new RandomTrees(seed: 5, numTrees: 4, depth: 4, targets: 2, weightsPerLeaf: 2);
        ModelGraph graph = Check(trees.Regressor("double", "NONE", "SUM", hasBase: true), trees, "double");
        Assert.Equal(ElementType.Float64, Trees(graph).Ensemble.FeatureType);
        Check(trees.Regressor("double", "NONE", "SUM", hasBase: true, asTensor: true), trees, "double");
        Check(trees.Classifier("double", "LOGISTIC", classes: 2, bases: 0), trees, "double");
        Check(trees.Ensemble("double", 1, 0, "double"), trees, "double");
    }

    [Fact]
    public void IntegersBecomeFloats()
    {
        var trees = new RandomTrees(seed: 6, numTrees: 4, depth: 4, targets: 3, weightsPerLeaf: 3);
        Check(trees.Classifier("int64", "NONE", classes: 3, bases: 0), trees, "int64");
        Check(trees.Classifier("int32", "SOFTMAX", classes: 3, bases: 3), trees, "int32");
    }

    [Theory, MemberData(nameof(Transforms))]
    public void ClassifiersWithSeveralLabelsAgree(string transform)
    {
        if (transform == "PROBIT")
        {
            return;
        }
        foreach (int weights in new[] { 1, 2, 3 })
        {
            foreach (int bases in new[] { 0, 3 })
            {
                var trees = new RandomTrees(seed: weights, numTrees: 4, depth: 3, targets: 3, weightsPerLeaf: weights);
                Check(trees.Classifier("float", transform, classes: 3, bases), trees);
                Check(trees.Classifier("float", transform, classes: 3, bases, strings: true), trees);
            }
        }
    }

    // Which classes leaves carry, whether weights are negative, base values, transform: all that ONNX Runtime tells apart.
    [Theory, CombinatorialBinary]
    public void ClassifiersWithTwoLabelsAgree(string transform, int bases, string carried, bool nonNegative)
    {
        var trees = new RandomTrees(seed: 11, numTrees: 3, depth: 3, targets: 2, weightsPerLeaf: carried == "both" ? 2 : 1, nonNegative)
        {
            OnlyTarget = carried switch { "first" => 0, "second" => 1, _ => null },
        };
        OnnxBuilder builder = trees.Classifier("float", transform, classes: 2, bases);
        if (carried == "either" && bases == 1)
        {
            RejectedModel.Unsupported(builder, "TreeEnsembleClassifier", "one base value");
            return;
        }
        Check(builder, trees);
        Check(trees.Classifier("float", transform, classes: 2, bases, strings: true), trees);
        Check(trees.Classifier("double", transform, classes: 2, bases), trees, "double");
    }

    [Fact]
    public void ProbitOfASingleScoreForTwoLabelsIsUnsupported()
    {
        var trees = new RandomTrees(seed: 11, numTrees: 3, depth: 3, targets: 2, weightsPerLeaf: 1) { OnlyTarget = 0 };
        RejectedModel.Unsupported(trees.Classifier("float", "PROBIT", classes: 2, bases: 0), "TreeEnsembleClassifier", "PROBIT");
    }

    [Theory]
    [InlineData("NONE")]
    [InlineData("LOGISTIC")]
    public void ASingleLabelIsZeroOrOne(string transform)
    {
        var trees = new RandomTrees(seed: 2, numTrees: 2, depth: 3, targets: 1, weightsPerLeaf: 1);
        Check(trees.Classifier("float", transform, classes: 1, bases: 0), trees);
        Check(trees.Classifier("float", transform, classes: 1, bases: 1), trees);
        RejectedModel.Unsupported(trees.Classifier("float", transform, classes: 1, bases: 0, strings: true), "single label");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EnsemblesOfVersionFiveAgree(int transform)
    {
        foreach (int aggregate in new[] { 0, 1, 2, 3 })
        {
            foreach (int targets in new[] { 1, 3 })
            {
                var trees = new RandomTrees(seed: aggregate, numTrees: 5, depth: 4, targets, weightsPerLeaf: 1, withSets: true);
                ModelGraph graph = Check(trees.Ensemble("float", aggregate, transform, "float"), trees);
                Assert.Contains(Trees(graph).Ensemble.Nodes, node => node.Mode is TreeNodeMode.Member or TreeNodeMode.IntegerMember);
            }
        }
    }

    [Theory]
    [InlineData(0f, 1f, 2f)]
    [InlineData(0.5f, 1.5f)]
    [InlineData(1f, 33f, 2f)]
    [InlineData(-1f)]
    [InlineData(-3f, -1f, 0f, 40f)]
    [InlineData(-5f, -4f, -2f)]
    [InlineData(0f, 31f)]
    public void SetsAreComparedAsOnnxRuntimeComparesThem(params float[] members)
    {
        float[] rows = [.. Enumerable.Range(-13, 27).Select(i => i / 2f), 30, 30.5f, 31, 31.5f, 33, 33.5f, 40.5f, float.NaN, -0f, -0.25f, 0.25f];
        foreach (long tracks in new[] { 0L, 1L })
        {
            OnnxBuilder builder = new OnnxBuilder(21, 5).Input("x", "float", N, 1).MlNode("TreeEnsemble", ["x"], ["y"],
                ("n_targets", 1), ("nodes_modes", new OnnxConstant(new byte[] { 6 }, 1)), ("nodes_splits", new OnnxConstant(new float[1], 1)),
                ("nodes_featureids", new long[1]), ("nodes_truenodeids", new[] { 0L }), ("nodes_falsenodeids", new[] { 1L }),
                ("nodes_trueleafs", new[] { 1L }), ("nodes_falseleafs", new[] { 1L }), ("nodes_missing_value_tracks_true", new[] { tracks }),
                ("membership_values", new OnnxConstant(members.Append(float.NaN).ToArray(), members.Length + 1)),
                ("tree_roots", new[] { 0L }), ("leaf_targetids", new[] { 0L, 0L }), ("leaf_weights", new OnnxConstant(new[] { 7f, 8f }, 2))).Output("y");
            ModelParity.Check(builder.Build(), [rows], rows.Length);
        }
    }

    [Fact]
    public void ATreeOfOneLeafIsWrittenAsANode() => ModelParity.Check(
        new OnnxBuilder(21, 5).Input("x", "float", N, 1).MlNode("TreeEnsemble", ["x"], ["y"],
            ("n_targets", 1), ("nodes_modes", new OnnxConstant(new byte[] { 0 }, 1)), ("nodes_splits", new OnnxConstant(new float[1], 1)), ("nodes_featureids", new long[1]),
            ("nodes_truenodeids", new[] { 1L }), ("nodes_falsenodeids", new[] { 1L }), ("nodes_trueleafs", new[] { 1L }), ("nodes_falseleafs", new[] { 1L }),
            ("tree_roots", new[] { 0L }), ("leaf_targetids", new[] { 0L, 0L }), ("leaf_weights", new OnnxConstant(new[] { 7f, 8f }, 2))).Output("y"));

    [Fact]
    public void AChainOfEqualitiesIsATestForASet()
    {
        OnnxBuilder chain = Chain([0, 0, 0, 0, 0]);
        ModelGraph graph = ModelParity.Check(chain.Build(), [new[] { 0f, 1, 1.5f, 2, 2.5f, 3, 40, 40.5f, float.NaN, -1, 1e20f }], rows: 11);
        TreeNode node = Assert.Single(Trees(graph).Ensemble.Nodes);
        Assert.Equal(TreeNodeMode.Member, node.Mode);
        Assert.Equal([1, 2, 40], Trees(graph).Ensemble.Sets[(int)node.Threshold]);
        ModelParity.Check(Chain([1, 1, 1, 0, 0]).Build(), [new[] { 1f, 3, float.NaN }], rows: 3);
        RejectedModel.Unsupported(Chain([0, 1, 0, 0, 0]), "node 1 of tree 0 tracks missing values");
    }

    [Fact]
    public void SharedNodesAreCopied()
    {
        ModelGraph graph = OnnxModelReader.Read(Nodes(
            ["BRANCH_LEQ", "BRANCH_LEQ", "BRANCH_LEQ", "LEAF", "LEAF"], [1, 3, 3, 0, 0], [2, 4, 4, 0, 0], [0, -5, 5, 0, 0]).Build(), "model", null);
        Array[] result = TensorExprInterpreter.Evaluate(graph, [new[] { -6f, -1, 1, 6 }], 4);
        Assert.Equal([1f, 2, 1, 2], (float[])result[0]);
    }

    [Fact]
    public void ALeafWithoutWeightsHoldsItsScoreAmongTheNodes() =>
        ModelParity.Check(Nodes(["BRANCH_LEQ", "LEAF", "LEAF"], [1, 0, 0], [2, 0, 0], [0, 5, 6], ("target_ids", new[] { 0L }),
            ("target_nodeids", new[] { 1L }), ("target_treeids", new[] { 0L }), ("target_weights", new[] { 0.5f })));

    private static OnnxBuilder Chain(long[] tracks) => Nodes(
        ["BRANCH_EQ", "BRANCH_EQ", "BRANCH_EQ", "LEAF", "LEAF"], [3, 3, 3, 0, 0], [1, 2, 4, 0, 0], [1, 2, 40, 0, 0], ("nodes_missing_value_tracks_true", tracks));

    private static OnnxBuilder Nodes(string[] modes, long[] trueIds, long[] falseIds, float[] values, params (string Name, object Value)[] more)
    {
        int count = modes.Length;
        List<(string Name, object Value)> attributes =
        [
            ("nodes_treeids", new long[count]), ("nodes_nodeids", Enumerable.Range(0, count).Select(i => (long)i).ToArray()), ("nodes_modes", modes),
            ("nodes_featureids", new long[count]), ("nodes_truenodeids", trueIds), ("nodes_falsenodeids", falseIds), ("nodes_values", values), ("n_targets", 1),
            ("target_ids", new long[2]), ("target_nodeids", new[] { count - 2L, count - 1 }), ("target_treeids", new long[2]), ("target_weights", new[] { 1f, 2 }),
        ];
        attributes.RemoveAll(attribute => more.Any(other => other.Name == attribute.Name));
        return new OnnxBuilder().Input("x", "float", N, 1).MlNode("TreeEnsembleRegressor", ["x"], ["y"], [.. attributes, .. more]).Output("y");
    }

    private static TreeEnsembleExpr Trees(ModelGraph graph)
    {
        TensorExpr expression = graph.Outputs[^1].Expression;
        while (expression is not TreeEnsembleExpr)
        {
            expression = expression.Arguments[0];
        }
        return (TreeEnsembleExpr)expression;
    }

    private static ModelGraph Check(OnnxBuilder builder, RandomTrees trees, string type = "float") =>
        ModelParity.Check(builder.Build(), [trees.Rows(type, rows: 60)], rows: 60);

    private sealed class CombinatorialBinaryAttribute : Xunit.v3.DataAttribute
    {
        public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker) =>
            new([.. from transform in new[] { "NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO" }
                    from bases in new[] { 0, 1, 2 }
                    from carried in new[] { "first", "second", "both", "either" }
                    from nonNegative in new[] { true, false }
                    select new TheoryDataRow(transform, bases, carried, nonNegative)]);

        public override bool SupportsDiscoveryEnumeration() => true;
    }
}
