using InferF.Plan.Model;
using static InferF.Plan.Tests.Model.Interpreted;

namespace InferF.Plan.Tests.Model;

/// <summary>What tree ensembles mean, against trees walked by hand.</summary>
public sealed class TreeExpressionTests
{
    [Theory]
    [InlineData(TreeNodeMode.LessOrEqual, 1f, 0.5f, 1f, 1.5f, "TTF")]
    [InlineData(TreeNodeMode.Less, 1f, 0.5f, 1f, 1.5f, "TFF")]
    [InlineData(TreeNodeMode.GreaterOrEqual, 1f, 0.5f, 1f, 1.5f, "FTT")]
    [InlineData(TreeNodeMode.Greater, 1f, 0.5f, 1f, 1.5f, "FFT")]
    [InlineData(TreeNodeMode.Equal, 1f, 0.5f, 1f, float.NaN, "FTF")]
    [InlineData(TreeNodeMode.NotEqual, 1f, 0.5f, 1f, float.NaN, "TFT")]
    [InlineData(TreeNodeMode.Member, 0f, 3f, 3.5f, float.NaN, "TFF")]
    [InlineData(TreeNodeMode.IntegerMember, 0f, 3f, 3.5f, -3f, "TTF")]
    public void EveryModeDecides(TreeNodeMode mode, float threshold, float first, float second, float third, string expected)
    {
        TreeEnsemble ensemble = Stump(new TreeNode(0, mode, threshold, ~0, ~1));
        Assert.Equal(Leaves(expected), Scores(ensemble, first, second, third));
    }

    [Theory]
    [InlineData(true, false, false, "TTF")]
    [InlineData(false, true, false, "FTF")]
    [InlineData(false, false, false, "FTF")]
    [InlineData(true, false, true, "TTT")]
    public void MissingValuesTakeTheirTrack(bool missingIsTrue, bool missingIsFalse, bool zeroIsMissing, string expected)
    {
        TreeEnsemble ensemble = Stump(new TreeNode(0, TreeNodeMode.LessOrEqual, -0.5, ~0, ~1, missingIsTrue, missingIsFalse, zeroIsMissing));
        Assert.Equal(Leaves(expected), Scores(ensemble, float.NaN, -1, 0));
    }

    // Three single leaves: 10 and 1 for target 0, 100 for target 0, 20 for target 1; base values 5 and 0.
    [Theory]
    [InlineData(TreeAggregate.Sum, 5 + 111, 20)]
    [InlineData(TreeAggregate.Average, 5 + 37, 20.0 / 3)]
    [InlineData(TreeAggregate.Min, 5 + 1, 20)]
    [InlineData(TreeAggregate.Max, 5 + 100, 20)]
    public void LeavesAreAggregated(TreeAggregate aggregate, double first, double second)
    {
        TreeEnsemble ensemble = TreeEnsemble.Create(
            ElementType.Float64, 1, 2, [~0, ~1, ~2], [], [new(0, 0, 10), new(0, 0, 1), new(1, 0, 100), new(2, 1, 20)], aggregate: aggregate, baseValues: [5, 0]);
        Assert.Equal([first, second], (double[])Of(1, [0.0], input => new TreeEnsembleExpr(input, ensemble, ElementType.Float64)));
    }

    [Fact]
    public void ThresholdsAreComparedInTheFeatureType()
    {
        // 0.1 is not a float: as a float it is a little larger.
        TreeEnsemble Ensemble(ElementType type) => TreeEnsemble.Create(type, 1, 1, [0], [new TreeNode(0, TreeNodeMode.LessOrEqual, 0.1, ~0, ~1)], [new(0, 0, 1)]);
        Assert.Equal([1f], (float[])Of(1, [0.1f], input => new TreeEnsembleExpr(input, Ensemble(ElementType.Float32), ElementType.Float32)));
        Assert.Equal([0f], (float[])Of(1, [(double)0.1f], input => new TreeEnsembleExpr(input, Ensemble(ElementType.Float64), ElementType.Float32)));
    }

    private static TreeEnsemble Stump(TreeNode node) =>
        TreeEnsemble.Create(ElementType.Float32, 1, 1, [0], [node], [new(0, 0, 1), new(1, 0, 2)], [[3]]);

    private static float[] Scores(TreeEnsemble ensemble, params float[] x) =>
        (float[])Of(1, x, input => new TreeEnsembleExpr(input, ensemble, ElementType.Float32));

    private static float[] Leaves(string text) => [.. text.Select(c => c == 'T' ? 1f : 2f)];
}
