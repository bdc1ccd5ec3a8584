namespace InferF.Cli.Bench.Models;

/// <summary>Writes a multi-layer perceptron as an ONNX file (opset 17): Gemm layers with ReLU between them.</summary>
internal static class OnnxMlpWriter
{
    /// <summary>Writes a model that adds its inputs up: what a join without a model is measured with.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="width">Inputs.</param>
    public static void WriteSum(string path, int width)
    {
        float[] ones = new float[width];
        Array.Fill(ones, 1);
        OnnxFile.Write(path, "sum", width, 1, [OnnxFile.Node("MatMul", "sum", ["x", "ones"], "y")], [OnnxFile.Tensor("ones", [width, 1], ones)], ("", 17));
    }

    /// <summary>Writes the model.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="widths">Input width, then the width of every layer.</param>
    /// <param name="random">Source of the weights: uniform with variance 1/fan-in.</param>
    public static void Write(string path, ReadOnlySpan<int> widths, Random random)
    {
        List<byte[]> nodes = [];
        List<byte[]> initializers = [];
        string previous = "x";
        for (int layer = 1; layer < widths.Length; layer++)
        {
            (int k, int n) = (widths[layer - 1], widths[layer]);
            float scale = MathF.Sqrt(3f / k);
            initializers.Add(OnnxFile.Tensor($"w{layer}", [k, n], RandomWeights.Uniform(random, k * n, scale)));
            initializers.Add(OnnxFile.Tensor($"b{layer}", [n], RandomWeights.Uniform(random, n, 0.1f)));
            bool last = layer == widths.Length - 1;
            string sum = last ? "y" : $"s{layer}";
            nodes.Add(OnnxFile.Node("Gemm", $"fc{layer}", [previous, $"w{layer}", $"b{layer}"], sum));
            if (!last)
            {
                nodes.Add(OnnxFile.Node("Relu", $"relu{layer}", [sum], $"h{layer}"));
                previous = $"h{layer}";
            }
        }
        OnnxFile.Write(path, "mlp", widths[0], widths[^1], nodes, initializers, ("", 17));
    }
}
