namespace InferF.Cli.Bench.Planner;

/// <summary>Writes a two-tower model as an ONNX file: perceptrons n-hidden-32 over each of two inputs, and the logistic function of their results' dot product.</summary>
internal static class OnnxTowersWriter
{
    /// <summary>Name of the first input.</summary>
    public const string LeftInput = "left_x";

    /// <summary>Name of the second input.</summary>
    public const string RightInput = "right_x";

    private const int TowerWidth = 32;

    /// <summary>Writes the model.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="leftWidth">Width of the first input.</param>
    /// <param name="rightWidth">Width of the second input.</param>
    /// <param name="hidden">Width of the hidden layers.</param>
    /// <param name="random">Source of the weights: uniform with variance 1/fan-in.</param>
    public static void Write(string path, int leftWidth, int rightWidth, int hidden, Random random)
    {
        List<byte[]> nodes = [];
        List<byte[]> initializers = [OnnxFile.Tensor("axis", [1], [1L])];
        foreach ((string input, int width) in new[] { (LeftInput, leftWidth), (RightInput, rightWidth) })
        {
            AddLayer(initializers, random, $"{input}_1", width, hidden);
            AddLayer(initializers, random, $"{input}_2", hidden, TowerWidth);
            nodes.Add(OnnxFile.Node("Gemm", $"{input}_fc1", [input, $"{input}_1_w", $"{input}_1_b"], $"{input}_s"));
            nodes.Add(OnnxFile.Node("Relu", $"{input}_relu", [$"{input}_s"], $"{input}_h"));
            nodes.Add(OnnxFile.Node("Gemm", $"{input}_fc2", [$"{input}_h", $"{input}_2_w", $"{input}_2_b"], $"{input}_tower"));
        }
        nodes.Add(OnnxFile.Node("Mul", "products", [$"{LeftInput}_tower", $"{RightInput}_tower"], "products"));
        nodes.Add(OnnxFile.Node("ReduceSum", "dot", ["products", "axis"], "dot", "", OnnxFile.Attribute("keepdims", 1)));
        nodes.Add(OnnxFile.Node("Sigmoid", "score", ["dot"], "y"));
        OnnxFile.Write(path, "towers", [(LeftInput, leftWidth, false), (RightInput, rightWidth, false)], 1, nodes, initializers, ("", 17));
    }

    private static void AddLayer(List<byte[]> initializers, Random random, string name, int inputs, int outputs)
    {
        initializers.Add(OnnxFile.Tensor($"{name}_w", [inputs, outputs], Values(random, inputs * outputs, MathF.Sqrt(3f / inputs))));
        initializers.Add(OnnxFile.Tensor($"{name}_b", [outputs], Values(random, outputs, 0.1f)));
    }

    private static float[] Values(Random random, int count, float scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (random.NextSingle() * 2 - 1) * scale;
        }
        return values;
    }
}
