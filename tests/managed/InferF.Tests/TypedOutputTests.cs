using InferF.Testing;

namespace InferF.Tests;

/// <summary>Models of trees in queries: files of every format, several outputs, a column per class.</summary>
public class TypedOutputTests
{
    private const string LightGbm = """
        tree
        version=v4
        num_class=1
        num_tree_per_iteration=1
        max_feature_idx=2
        objective=regression
        feature_names=distance kind seats
        feature_infos=[0:9] 0:1:2:3 [0:200]

        Tree=0
        num_leaves=3
        num_cat=1
        split_feature=0 1
        threshold=2.5 0
        decision_type=10 1
        left_child=-1 -2
        right_child=1 -3
        cat_boundaries=0 1
        cat_threshold=5
        leaf_value=1 10 100

        Tree=1
        num_leaves=2
        num_cat=0
        split_feature=2
        threshold=50
        decision_type=8
        left_child=-1
        right_child=-2
        leaf_value=0.25 0.5

        end of trees
        """;

    private const string XGBoost = """
        {"learner":{"attributes":{},"feature_names":["distance","seats"],"feature_types":[],"gradient_booster":{"model":{
        "gbtree_model_param":{"num_parallel_tree":"1","num_trees":"1"},"tree_info":[0],"trees":[{"base_weights":[0,0,0],"categories":[],"categories_nodes":[],
        "categories_segments":[],"categories_sizes":[],"default_left":[1,0,0],"id":0,"left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_conditions":[60,-1,2],
        "split_indices":[1,0,0],"split_type":[0,0,0],"tree_param":{"num_deleted":"0","num_feature":"2","num_nodes":"3","size_leaf_vector":"1"}}]},"name":"gbtree"},
        "learner_model_param":{"base_score":"[5E-1]","num_class":"0","num_feature":"2","num_target":"1"},"objective":{"name":"reg:squarederror"}},"version":[3,1,0]}
        """;

    private const string Join = "FROM flights f JOIN planes p USING (tailnum)";

    [Fact]
    public async Task LightGbmFilesAreModels()
    {
        await using TestScene scene = await SceneAsync();
        await scene.ModelAsync("m", System.Text.Encoding.UTF8.GetBytes(LightGbm));

        // distance <= 2.5 (or missing): 1; kind in {0, 2}: 10; otherwise 100. seats <= 50: 0.25, otherwise (missing too) 0.5.
        Assert.Equal("1 | 1.5\n2 | 10.25\n3 | 100.25\n4 | 1.25\n5 | 100.5", await scene.TextAsync($"SELECT f.id, predict('m', *) AS y {Join} ORDER BY f.id"));
        Assert.Equal("1 | 1.5\n2 | 10.25\n3 | 100.25\n4 | 1.25\n5 | 100.5", await scene.TextAsync($"SELECT f.id, predict('m', [distance, kind, seats]) AS y {Join} ORDER BY f.id"));
        Assert.Equal(5, await scene.VerifyAsync($"SELECT predict('m', *) AS y {Join}"));
    }

    [Fact]
    public async Task XGBoostFilesAreModels()
    {
        await using TestScene scene = await SceneAsync();
        await scene.ModelAsync("m", System.Text.Encoding.UTF8.GetBytes(XGBoost));
        Assert.Equal("1 | 2.5\n2 | -0.5\n3 | -0.5\n4 | -0.5\n5 | -0.5", await scene.TextAsync($"SELECT f.id, predict('m', *) AS y {Join} ORDER BY f.id"));
        Assert.Equal(5, await scene.VerifyAsync($"SELECT predict('m', *) AS y {Join}"));
    }

    [Fact]
    public async Task AZipMapHasAFieldAndAColumnPerClass()
    {
        await using TestScene scene = await SceneAsync();
        await scene.ModelAsync("m", Classifier());
        string fields = await scene.TextAsync($"SELECT f.id, predict('m', *) AS y {Join} WHERE f.id < 3 ORDER BY f.id");
        Assert.Equal("1 | {label: far, near: 0.25, far: 0.75}\n2 | {label: near, near: 1, far: 0}", fields);
        Assert.Equal("1 | far | 0.75\n2 | near | 0", await scene.TextAsync(
            $"SELECT f.id, (predict('m', *)).label AS label, (predict('m', *)).scores.far AS far {Join} WHERE f.id < 3 ORDER BY f.id"));
        Assert.Equal("1 | far | 0.25 | 0.75", await scene.TextAsync(
            $"SELECT id, label, near, far FROM predict('m', (SELECT f.id, distance, seats {Join} WHERE f.id < 3)) WHERE near < 0.5"));
        Assert.Equal(5, await scene.VerifyAsync($"SELECT predict('m', *) AS y {Join}", new QueryOptions { Nulls = new Plan.Query.NullHandling(Plan.Query.NullMode.Constant, 0) }));
    }

    private static async Task<TestScene> SceneAsync()
    {
        TestScene scene = new();
        await scene.TableAsync("flights", """
            SELECT * FROM (VALUES (1, 'a', 2.0::FLOAT, 1), (2, 'b', 3.0, 2), (3, 'b', 4.0, 1), (4, 'b', NULL, 0), (5, 'c', 9.0, 3)) t(id, tailnum, distance, kind)
            """);
        await scene.TableAsync("planes", "SELECT * FROM (VALUES ('a', 100), ('b', 50), ('c', NULL)) t(tailnum, seats)");
        return scene;
    }

    // seats <= 60: near is sure; otherwise near 0.25, far 0.75.
    private static byte[] Classifier() => new OnnxBuilder().Input("distance", "float", OnnxBuilder.Open, 1).Input("seats", "float", OnnxBuilder.Open, 1)
        .Node("Concat", ["distance", "seats"], ["features"], ("axis", 1))
        .MlNode("TreeEnsembleClassifier", ["features"], ["label", "raw"], ("nodes_treeids", new long[3]), ("nodes_nodeids", new[] { 0L, 1, 2 }),
            ("nodes_modes", new[] { "BRANCH_LEQ", "LEAF", "LEAF" }), ("nodes_featureids", new[] { 1L, 0, 0 }), ("nodes_truenodeids", new[] { 1L, 0, 0 }), ("nodes_falsenodeids", new[] { 2L, 0, 0 }),
            ("nodes_values", new[] { 60f, 0, 0 }), ("class_ids", new[] { 0L, 0 }), ("class_nodeids", new[] { 1L, 2 }), ("class_treeids", new long[2]), ("class_weights", new[] { 0f, 0.75f }),
            ("classlabels_strings", new[] { "near", "far" }))
        .MlNode("ZipMap", ["raw"], ["scores"], ("classlabels_strings", new[] { "near", "far" })).Output("label", "string").ZipMapOutput("scores", "string").Build();
}
