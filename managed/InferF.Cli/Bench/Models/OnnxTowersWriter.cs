namespace InferF.Cli.Bench.Models;

/// <summary>One side of a two-tower model.</summary>
/// <param name="Name">Prefix of its inputs: <c>NAME_x</c> and, with embeddings, <c>NAME_id</c>.</param>
/// <param name="Features">Width of <c>NAME_x</c>.</param>
/// <param name="EmbeddingRows">Ids that have an embedding; 0 for a side without.</param>
/// <param name="EmbeddingWidth">Numbers in an embedding.</param>
internal sealed record Tower(string Name, int Features, int EmbeddingRows = 0, int EmbeddingWidth = 0);

/// <summary>Writes a two-tower model as an ONNX file: a perceptron over each side's embedding and features, and the logistic function of their results' dot product.</summary>
internal static class OnnxTowersWriter
{
    /// <summary>Writes the model.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="towers">Two sides.</param>
    /// <param name="hidden">Width of the hidden layers.</param>
    /// <param name="width">Width of the towers' results.</param>
    /// <param name="random">Source of the weights: uniform with variance 1/fan-in.</param>
    public static void Write(string path, IReadOnlyList<Tower> towers, int hidden, int width, Random random)
    {
        List<byte[]> nodes = [];
        List<byte[]> initializers = [OnnxFile.Tensor("axis", [1], [1L])];
        List<(string, int, bool)> inputs = [];
        foreach (Tower tower in towers)
        {
            string side = tower.Name;
            string features = $"{side}_x";
            if (tower.EmbeddingRows > 0)
            {
                inputs.Add(($"{side}_id", 1, true));
                initializers.Add(OnnxFile.Tensor(
                    $"{side}_table", [tower.EmbeddingRows, tower.EmbeddingWidth], RandomWeights.Uniform(random, tower.EmbeddingRows * tower.EmbeddingWidth, 1)));
                nodes.Add(OnnxFile.Node("Gather", $"{side}_rows", [$"{side}_table", $"{side}_id"], $"{side}_rows"));
                nodes.Add(OnnxFile.Node("Flatten", $"{side}_embedding", [$"{side}_rows"], $"{side}_embedding"));
                nodes.Add(OnnxFile.Node("Concat", $"{side}_all", [$"{side}_embedding", features], $"{side}_all", "", OnnxFile.Attribute("axis", 1)));
                features = $"{side}_all";
            }
            inputs.Add(($"{side}_x", tower.Features, false));
            RandomWeights.AddLayer(initializers, random, $"{side}_1", tower.EmbeddingWidth + tower.Features, hidden);
            RandomWeights.AddLayer(initializers, random, $"{side}_2", hidden, width);
            nodes.Add(OnnxFile.Node("Gemm", $"{side}_fc1", [features, $"{side}_1_w", $"{side}_1_b"], $"{side}_s"));
            nodes.Add(OnnxFile.Node("Relu", $"{side}_relu", [$"{side}_s"], $"{side}_h"));
            nodes.Add(OnnxFile.Node("Gemm", $"{side}_fc2", [$"{side}_h", $"{side}_2_w", $"{side}_2_b"], $"{side}_tower"));
        }
        nodes.Add(OnnxFile.Node("Mul", "products", [.. towers.Select(tower => $"{tower.Name}_tower")], "products"));
        nodes.Add(OnnxFile.Node("ReduceSum", "dot", ["products", "axis"], "dot", "", OnnxFile.Attribute("keepdims", 1)));
        nodes.Add(OnnxFile.Node("Sigmoid", "score", ["dot"], "y"));
        OnnxFile.Write(path, "towers", inputs, 1, nodes, initializers, ("", 17));
    }
}
