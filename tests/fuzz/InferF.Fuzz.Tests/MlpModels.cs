using InferF.Testing;

namespace InferF.Fuzz.Tests;

/// <summary>Random models beyond single-precision perceptrons.</summary>
internal static class MlpModels
{
    /// <summary>A perceptron in double precision: MatMul and Add instead of Gemm.</summary>
    public static byte[] Double(int width, IReadOnlyList<int> hidden, string activation, Random random, int outputs)
    {
        OnnxBuilder builder = new OnnxBuilder().Input("x", "double", OnnxBuilder.Open, width);
        string current = "x";
        int[] sizes = [.. hidden, outputs];
        for (int layer = 0; layer < sizes.Length; layer++)
        {
            bool isLast = layer == sizes.Length - 1;
            builder
                .Initializer($"w{layer}", Uniform(random, width * sizes[layer], Math.Sqrt(3.0 / width)), width, sizes[layer])
                .Initializer($"b{layer}", Uniform(random, sizes[layer], 0.5), sizes[layer])
                .Node("MatMul", [current, $"w{layer}"], [$"p{layer}"])
                .Node("Add", [$"p{layer}", $"b{layer}"], [isLast ? "y" : $"s{layer}"]);
            if (!isLast)
            {
                builder.Node(activation, [$"s{layer}"], [$"h{layer}"]);
                current = $"h{layer}";
            }
            width = sizes[layer];
        }
        return builder.Output("y", "double", OnnxBuilder.Open, outputs).Build();
    }

    /// <summary>What scikit-learn pipelines export: an imputer for missing values, a scaler, a linear regressor.</summary>
    public static byte[] Preprocessed(int width, Random random, int outputs)
    {
        float[] Values(int count) => Array.ConvertAll(Uniform(random, count, 1), v => (float)v);
        return new OnnxBuilder()
            .Input("x", "float", OnnxBuilder.Open, width)
            .MlNode("Imputer", ["x"], ["full"], ("imputed_value_floats", Values(width)), ("replaced_value_float", float.NaN))
            .MlNode("Scaler", ["full"], ["scaled"], ("offset", Values(width)), ("scale", Values(width)))
            .MlNode("LinearRegressor", ["scaled"], ["y"], ("coefficients", Values(width * outputs)), ("intercepts", Values(outputs)), ("targets", outputs))
            .Output("y", "float", OnnxBuilder.Open, outputs).Build();
    }

    private static double[] Uniform(Random random, int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 2 - 1) * scale)];
}
