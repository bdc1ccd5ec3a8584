using System.Text;
using InferF.Frontend.Models;

namespace InferF.Frontend.Tests.Models.LightGbm;

/// <summary>Broken and hostile LightGBM texts: errors that name the line.</summary>
public class HostileLightGbmTests
{
    private const string Model = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        max_feature_idx=1
        objective=regression
        feature_names=a b
        feature_infos=[0:1] [0:1]

        Tree=0
        num_leaves=3
        num_cat=1
        split_feature=0 1
        threshold=0.5 0
        decision_type=2 1
        left_child=1 -1
        right_child=-2 -3
        cat_boundaries=0 1
        cat_threshold=5
        leaf_value=1 2 3

        end of trees
        """;

    [Fact]
    public void TheUnchangedModelIsRead() => Assert.Equal(["a", "b"], Read(Model).Inputs.Select(input => input.Name));

    [Theory]
    [InlineData("left_child=1 -1", "left_child=0 -1", "several parents or itself below it")]
    [InlineData("left_child=1 -1", "left_child=7 -1", "line 16, 'left_child': expected nodes below 2")]
    [InlineData("right_child=-2 -3", "right_child=-2 -9", "line 17, 'right_child'")]
    [InlineData("right_child=-2 -3", "right_child=-2 -2147483648", "line 17, 'right_child'")]
    [InlineData("split_feature=0 1", "split_feature=0 5", "line 13, 'split_feature': expected features below 2, found '5'")]
    [InlineData("threshold=0.5 0", "threshold=nan 0", "NaN")]
    [InlineData("threshold=0.5 0", "threshold=0.5 3", "line 14, 'threshold'")]
    [InlineData("threshold=0.5 0", "threshold=0.5", "line 14, 'threshold': expected 2 elements, found '1 elements'")]
    [InlineData("threshold=0.5 0", "threshold=half 0", "expected a number, found 'half'")]
    [InlineData("num_leaves=3", "num_leaves=2147483647", "line 20, 'leaf_value': expected 2147483647 elements")]
    [InlineData("num_leaves=3", "num_leaves=-1", "line 11, 'num_leaves'")]
    [InlineData("num_cat=1", "num_cat=2000000000", "line 18, 'cat_boundaries'")]
    [InlineData("cat_boundaries=0 1", "cat_boundaries=0 2000000000", "line 19, 'cat_threshold': expected 2000000000 elements")]
    [InlineData("cat_boundaries=0 1", "cat_boundaries=1 0", "line 18, 'cat_boundaries': expected an ascending list")]
    [InlineData("decision_type=2 1", "decision_type=14 1", "line 15, 'decision_type'")]
    [InlineData("leaf_value=1 2 3", "leaf_value=1 2 3\nleaf_value=1 2 3", "line 21: 'leaf_value'")]
    [InlineData("end of trees", "", "'end of trees' is missing")]
    [InlineData("max_feature_idx=1", "max_feature_idx=2000000000", "feature_names")]
    [InlineData("feature_names=a b", "feature_names=a a", "have one name. Name 'a'")]
    [InlineData("num_tree_per_iteration=1", "num_tree_per_iteration=3", "1 trees, 3 per iteration")]
    [InlineData("objective=regression", "objective=binary sigmoid:zero", "line 6, 'objective'")]
    public void ChangedLinesAreInvalid(string line, string changed, string message)
    {
        InferFException error = Assert.Throws<InferFException>(() => Read(Model.Replace(line, changed, StringComparison.Ordinal)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(InferFErrorCode.InvalidModel, error.Code);
    }

    [Theory]
    [InlineData("version=v4", "version=v9", "'v9'")]
    [InlineData("objective=regression", "objective=regresion", "'regresion'. Did you mean 'regression'?")]
    public void WhatIsNotRunIsUnsupported(string line, string changed, string message)
    {
        InferFException error = Assert.Throws<InferFException>(() => Read(Model.Replace(line, changed, StringComparison.Ordinal)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(InferFErrorCode.UnsupportedModel, error.Code);
    }

    [Fact]
    public void EveryCutIsInvalid()
    {
        for (int length = 6; length < Model.Length - 1; length += 5)
        {
            InferFException error = Assert.Throws<InferFException>(() => Read(Model[..length]));
            Assert.Equal(InferFErrorCode.InvalidModel, error.Code);
        }
    }

    [Fact]
    public void ExtremeDepthIsUnsupported()
    {
        const int Depth = 6000;
        string text = Model.Replace("num_leaves=3", $"num_leaves={Depth + 1}", StringComparison.Ordinal).Replace("num_cat=1", "num_cat=0", StringComparison.Ordinal)
            .Replace("split_feature=0 1", $"split_feature={Repeat("0")}", StringComparison.Ordinal).Replace("threshold=0.5 0", $"threshold={Repeat("0.5")}", StringComparison.Ordinal)
            .Replace("decision_type=2 1", $"decision_type={Repeat("2")}", StringComparison.Ordinal)
            .Replace("left_child=1 -1", $"left_child={string.Join(' ', Enumerable.Range(1, Depth - 1))} {-Depth - 1}", StringComparison.Ordinal)
            .Replace("right_child=-2 -3", $"right_child={string.Join(' ', Enumerable.Range(1, Depth).Select(i => -i))}", StringComparison.Ordinal)
            .Replace("leaf_value=1 2 3", $"leaf_value={Repeat("1")} 1", StringComparison.Ordinal);
        InferFException error = Assert.Throws<InferFException>(() => Read(text));
        Assert.Contains("deeper than 5000", error.Message, StringComparison.Ordinal);

        static string Repeat(string word) => string.Join(' ', Enumerable.Repeat(word, Depth));
    }

    private static Plan.Model.ModelGraph Read(string text) => ModelReader.Read(Encoding.UTF8.GetBytes(text), "model");
}
