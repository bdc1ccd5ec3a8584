namespace InferF.Testing;

/// <summary>Ready-made models with reproducible random weights.</summary>
public static class OnnxModels
{
    /// <summary>One input <c>x</c> [N, width], one Gemm, output <c>y</c> [N, outputs].</summary>
    public static byte[] Linear(int width, int seed, int outputs = 1) => Mlp(width, [], "Relu", seed, outputs);

    /// <summary>One input [N, 1] per feature, concatenated, one Gemm, output <c>y</c> [N, outputs].</summary>
    public static byte[] Linear(IReadOnlyList<string> features, int seed, int outputs = 1) => Mlp(features, [], "Relu", seed, outputs);

    /// <summary>One input <c>x</c> [N, width], hidden layers with an activation, output <c>y</c> [N, outputs].</summary>
    /// <param name="width">Number of features.</param>
    /// <param name="hidden">Sizes of the hidden layers.</param>
    /// <param name="activation">Operator after each hidden layer, e.g. <c>Relu</c>, <c>Tanh</c>.</param>
    /// <param name="seed">Same seed, same weights.</param>
    /// <param name="outputs">Size of the last layer.</param>
    public static byte[] Mlp(int width, IReadOnlyList<int> hidden, string activation, int seed, int outputs = 1)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", "float", OnnxBuilder.Open, width);
        return AddLayers(builder, "x", width, hidden, activation, seed, outputs).Build();
    }

    /// <summary>The same with one input [N, 1] per feature.</summary>
    public static byte[] Mlp(IReadOnlyList<string> features, IReadOnlyList<int> hidden, string activation, int seed, int outputs = 1)
    {
        var builder = new OnnxBuilder();
        foreach (string feature in features)
        {
            builder.Input(feature, "float", OnnxBuilder.Open, 1);
        }
        builder.Node("Concat", [.. features], ["all_features"], ("axis", 1));
        return AddLayers(builder, "all_features", features.Count, hidden, activation, seed, outputs).Build();
    }

    // Weights ~ uniform ±√(3 / inputs): unit variance is kept from layer to layer, so that no value saturates.
    private static OnnxBuilder AddLayers(
        OnnxBuilder builder, string input, int width, IReadOnlyList<int> hidden, string activation, int seed, int outputs)
    {
        var random = new Random(seed);
        string current = input;
        int[] sizes = [.. hidden, outputs];
        for (int layer = 0; layer < sizes.Length; layer++)
        {
            bool isLast = layer == sizes.Length - 1;
            string linear = isLast ? "y" : $"linear{layer + 1}";
            float scale = MathF.Sqrt(3f / width);
            builder
                .Initializer($"weight{layer + 1}", Uniform(random, width * sizes[layer], scale), width, sizes[layer])
                .Initializer($"bias{layer + 1}", Uniform(random, sizes[layer], 0.5f), sizes[layer])
                .Node("Gemm", [current, $"weight{layer + 1}", $"bias{layer + 1}"], [linear]);
            if (!isLast)
            {
                current = $"hidden{layer + 1}";
                builder.Node(activation, [linear], [current]);
            }
            width = sizes[layer];
        }
        return builder.Output("y", "float", OnnxBuilder.Open, outputs);
    }

    private static float[] Uniform(Random random, int count, float scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = ((random.NextSingle() * 2) - 1) * scale;
        }
        return values;
    }
}
