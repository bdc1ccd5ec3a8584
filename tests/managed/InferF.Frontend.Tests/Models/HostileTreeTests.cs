using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Tree attributes that contradict themselves: named errors in bounded time.</summary>
public class HostileTreeTests
{
    private const long N = OnnxBuilder.Open;

    [Fact]
    public void ListsOfDifferentLengthsAreInvalid()
    {
        Invalid("nodes_modes must have 3 elements, found 2", ("nodes_modes", new[] { "BRANCH_LEQ", "LEAF" }));
        Invalid("nodes_values must have 3 elements, found 1", ("nodes_values", new float[1]));
        Invalid("nodes_missing_value_tracks_true must have 3 elements, found 1", ("nodes_missing_value_tracks_true", new long[1]));
        Invalid("target_weights must have 2 elements, found 3", ("target_weights", new float[3]));
        Invalid("there are 2 base values for 1 targets", ("base_values", new float[2]));
        Invalid("there is no tree", ("nodes_treeids", Array.Empty<long>()));
    }

    [Fact]
    public void NodesThatDoNotExistAreInvalid()
    {
        Invalid("node 0 of tree 0 leads to node 9, which does not exist", ("nodes_truenodeids", new[] { 9L, 0, 0 }));
        Invalid("leads to node -1", ("nodes_falsenodeids", new[] { -1L, 0, 0 }));
        Invalid("node 1 of tree 0 is listed twice", ("nodes_nodeids", new[] { 0L, 1, 1 }));
        Invalid("a weight belongs to node 7 of tree 0", ("target_nodeids", new[] { 1L, 7 }));
        Invalid("target_ids holds 5; there are 1", ("target_ids", new[] { 0L, 5 }));
        Invalid("the feature -2", ("nodes_featureids", new[] { -2L, 0, 0 }));
        Invalid("the feature 4; there are 1", ("nodes_featureids", new[] { 4L, 0, 0 }));
        Invalid("the feature 4294967296", ("nodes_featureids", new[] { 1L << 32, 0, 0 }));
    }

    [Fact]
    public void ValuesWithoutMeaningAreInvalid()
    {
        Invalid("NaN", ("nodes_values", new[] { float.NaN, 0, 0 }));
        Invalid("'BRANCH_SIDEWAYS'", ("nodes_modes", new[] { "BRANCH_SIDEWAYS", "LEAF", "LEAF" }));
        Invalid("'MEDIAN'", ("aggregate_function", "MEDIAN"));
        Invalid("'CUBE'", ("post_transform", "CUBE"));
        Invalid("n_targets must be from 1", ("n_targets", 0));
        Invalid("has type double, expected float", ("nodes_values", null!), ("nodes_values_as_tensor", new OnnxConstant(new double[3], 3)));
        Invalid("exclude each other", ("nodes_values_as_tensor", new OnnxConstant(new float[3], 3)));
    }

    [Fact]
    public void LoopsAreInvalid()
    {
        Invalid("node 0 of tree 0 has itself below it", ("nodes_truenodeids", new[] { 0L, 0, 0 }));
        string[] modes = ["BRANCH_LEQ", "BRANCH_LEQ", "LEAF"];
        Invalid("has itself below it", ("nodes_modes", modes), ("nodes_truenodeids", new[] { 1L, 0, 0 }), ("nodes_falsenodeids", new[] { 2L, 2, 0 }));
        string[] equalities = ["BRANCH_EQ", "BRANCH_EQ", "LEAF"];
        Invalid("has itself below it", ("nodes_modes", equalities), ("nodes_truenodeids", new[] { 2L, 2, 0 }), ("nodes_falsenodeids", new[] { 1L, 0, 0 }));
    }

    [Fact]
    public void TreesOfExtremeDepthAreUnsupported()
    {
        const int Depth = 20_000;
        string[] modes = [.. Enumerable.Repeat("BRANCH_LEQ", Depth), "LEAF", "LEAF"];
        long[] next = [.. Enumerable.Range(1, Depth).Select(i => (long)i), 0, 0];
        RejectedModel.Unsupported(Lists(modes, next, [.. Enumerable.Repeat(Depth + 1L, Depth), 0, 0]), "a tree is deeper than 5000");
    }

    [Fact]
    public void SharingThatExplodesIsUnsupported()
    {
        // Both children of each of 60 levels are the next level: 2^60 paths.
        const int Depth = 60;
        string[] modes = [.. Enumerable.Repeat("BRANCH_LEQ", Depth), "LEAF", "LEAF"];
        long[] next = [.. Enumerable.Range(1, Depth).Select(i => (long)i), 0, 0];
        RejectedModel.Unsupported(Lists(modes, next, next), "copies");
    }

    [Fact]
    public void ArraysOfVersionFiveAreChecked()
    {
        InvalidEnsemble("leads to node 5; there are 1", ("nodes_truenodeids", new[] { 5L }), ("nodes_trueleafs", new[] { 0L }));
        InvalidEnsemble("leads to leaf 2; there are 2", ("nodes_truenodeids", new[] { 2L }));
        InvalidEnsemble("tree_roots holds 1", ("tree_roots", new[] { 1L }));
        InvalidEnsemble("leaf_targetids holds -1", ("leaf_targetids", new[] { -1L, 0 }));
        InvalidEnsemble("leaf_weights must have 3 elements, found 2", ("leaf_targetids", new long[3]));
        InvalidEnsemble("nodes_modes holds 9", ("nodes_modes", new OnnxConstant(new byte[] { 9 }, 1)));
        InvalidEnsemble("membership_values has no values for node 0", ("nodes_modes", new OnnxConstant(new byte[] { 6 }, 1)));
        InvalidEnsemble("nodes_splits is missing", ("nodes_splits", null!));
        InvalidEnsemble("has itself below it", ("nodes_truenodeids", new[] { 0L }), ("nodes_trueleafs", new[] { 0L }));
        InvalidEnsemble("aggregate_function must be 0 to 3, found 7", ("aggregate_function", 7));
        InvalidEnsemble("at least one tree", ("tree_roots", Array.Empty<long>()));
    }

    [Fact]
    public void ClassifiersAreChecked()
    {
        var trees = new RandomTrees(seed: 1, numTrees: 1, depth: 2, targets: 3, weightsPerLeaf: 1);
        RejectedModel.Invalid(trees.Classifier("float", "NONE", classes: 2, bases: 0), "class_ids holds 2; there are 2");
        RejectedModel.Invalid(trees.Classifier("float", "NONE", classes: 3, bases: 1), "1 base values for 3 classes");
        RejectedModel.Invalid(trees.Classifier("float", "NONE", classes: 0, bases: 0), "classlabels_strings or classlabels_int64s");
        RejectedModel.Invalid(trees.Classifier("uint8", "NONE", classes: 3, bases: 0), "found uint8");
    }

    private static void Invalid(string message, params (string, object)[] changes) => RejectedModel.Invalid(Regressor(changes), "TreeEnsembleRegressor", message);

    private static void InvalidEnsemble(string message, params (string, object)[] changes) => RejectedModel.Invalid(
        With("TreeEnsemble", 5, changes,
            ("n_targets", 1), ("nodes_modes", new OnnxConstant(new byte[] { 0 }, 1)), ("nodes_splits", new OnnxConstant(new float[1], 1)),
            ("nodes_featureids", new long[1]), ("nodes_truenodeids", new[] { 0L }), ("nodes_falsenodeids", new[] { 1L }),
            ("nodes_trueleafs", new[] { 1L }), ("nodes_falseleafs", new[] { 1L }),
            ("tree_roots", new[] { 0L }), ("leaf_targetids", new[] { 0L, 0L }), ("leaf_weights", new OnnxConstant(new[] { 7f, 8f }, 2))), "TreeEnsemble", message);

    private static OnnxBuilder Regressor(params (string, object)[] changes) => With("TreeEnsembleRegressor", 3, changes,
        ("nodes_treeids", new long[3]), ("nodes_nodeids", new[] { 0L, 1, 2 }), ("nodes_modes", new[] { "BRANCH_LEQ", "LEAF", "LEAF" }), ("nodes_featureids", new long[3]),
        ("nodes_truenodeids", new[] { 1L, 0, 0 }), ("nodes_falsenodeids", new[] { 2L, 0, 0 }), ("nodes_values", new float[3]), ("n_targets", 1),
        ("target_ids", new long[2]), ("target_nodeids", new[] { 1L, 2 }), ("target_treeids", new long[2]), ("target_weights", new[] { 1f, 2 }));

    private static OnnxBuilder Lists(string[] modes, long[] trueIds, long[] falseIds)
    {
        int count = modes.Length;
        return Regressor(("nodes_treeids", new long[count]), ("nodes_nodeids", Enumerable.Range(0, count).Select(i => (long)i).ToArray()), ("nodes_modes", modes),
            ("nodes_featureids", new long[count]), ("nodes_truenodeids", trueIds), ("nodes_falsenodeids", falseIds), ("nodes_values", new float[count]),
            ("target_nodeids", new[] { count - 2L, count - 1 }));
    }

    private static OnnxBuilder With(string op, int version, (string Name, object Value)[] changes, params (string Name, object Value)[] attributes)
    {
        IEnumerable<(string, object)> all = attributes.Where(attribute => changes.All(change => change.Name != attribute.Name)).Concat(changes.Where(change => change.Value is not null));
        return new OnnxBuilder(21, version).Input("x", "float", N, 1).MlNode(op, ["x"], ["y"], [.. all]).Output("y");
    }
}
