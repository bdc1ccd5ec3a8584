namespace InferF.Cli.Bench.Models;

/// <summary>Weights of generated models.</summary>
internal static class RandomWeights
{
    /// <summary>Numbers drawn uniformly from (−scale, scale).</summary>
    public static float[] Uniform(Random random, int count, float scale)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (random.NextSingle() * 2 - 1) * scale;
        }
        return values;
    }

    /// <summary>Adds <c>NAME_w [inputs, outputs]</c> with variance 1/inputs and <c>NAME_b [outputs]</c>.</summary>
    public static void AddLayer(List<byte[]> initializers, Random random, string name, int inputs, int outputs)
    {
        initializers.Add(OnnxFile.Tensor($"{name}_w", [inputs, outputs], Uniform(random, inputs * outputs, MathF.Sqrt(3f / inputs))));
        initializers.Add(OnnxFile.Tensor($"{name}_b", [outputs], Uniform(random, outputs, 0.1f)));
    }
}
