namespace InferF.Cli.Bench.Models;

/// <summary>Writes an ensemble of complete regression trees as an ONNX file: one TreeEnsembleRegressor of ai.onnx.ml 3.</summary>
internal static class OnnxForestWriter
{
    /// <summary>Writes the model.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="width">Features of the input.</param>
    /// <param name="trees">Number of trees.</param>
    /// <param name="depth">Tests on every path.</param>
    /// <param name="random">Source of features, thresholds in (−1, 1) and leaf weights in (−0.5, 0.5) · 1/trees.</param>
    public static void Write(string path, int width, int trees, int depth, Random random)
    {
        int inner = (1 << depth) - 1;
        int perTree = 2 * inner + 1;
        List<int> treeIds = [], nodeIds = [], features = [], trueIds = [], falseIds = [], targetTrees = [], targetNodes = [];
        List<float> thresholds = [], weights = [];
        List<string> modes = [];
        for (int tree = 0; tree < trees; tree++)
        {
            // Heap order: the children of node n are 2n + 1 and 2n + 2.
            for (int node = 0; node < perTree; node++)
            {
                bool isLeaf = node >= inner;
                treeIds.Add(tree);
                nodeIds.Add(node);
                features.Add(isLeaf ? 0 : random.Next(width));
                thresholds.Add(isLeaf ? 0 : random.NextSingle() * 2 - 1);
                modes.Add(isLeaf ? "LEAF" : "BRANCH_LEQ");
                trueIds.Add(isLeaf ? 0 : 2 * node + 1);
                falseIds.Add(isLeaf ? 0 : 2 * node + 2);
                if (isLeaf)
                {
                    targetTrees.Add(tree);
                    targetNodes.Add(node);
                    weights.Add((random.NextSingle() - 0.5f) / trees);
                }
            }
        }
        byte[] regressor = OnnxFile.Node(
            "TreeEnsembleRegressor",
            "forest",
            ["x"],
            "y",
            "ai.onnx.ml",
            OnnxFile.Attribute("n_targets", 1),
            OnnxFile.Attribute("nodes_treeids", treeIds),
            OnnxFile.Attribute("nodes_nodeids", nodeIds),
            OnnxFile.Attribute("nodes_featureids", features),
            OnnxFile.Attribute("nodes_values", thresholds),
            OnnxFile.Attribute("nodes_modes", modes),
            OnnxFile.Attribute("nodes_truenodeids", trueIds),
            OnnxFile.Attribute("nodes_falsenodeids", falseIds),
            OnnxFile.Attribute("target_treeids", targetTrees),
            OnnxFile.Attribute("target_nodeids", targetNodes),
            OnnxFile.Attribute("target_ids", (List<int>)[.. targetNodes.Select(_ => 0)]),
            OnnxFile.Attribute("target_weights", weights));
        OnnxFile.Write(path, "forest", width, 1, [regressor], [], ("", 17), ("ai.onnx.ml", 3));
    }
}
