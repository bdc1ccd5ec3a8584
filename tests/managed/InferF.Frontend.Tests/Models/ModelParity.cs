using InferF.Frontend.Models;
using InferF.Plan.Model;
using InferF.Testing;

namespace InferF.Frontend.Tests.Models;

/// <summary>Imports a model, interprets the result and compares it with ONNX Runtime.</summary>
internal static class ModelParity
{
    /// <summary>Compares on random rows and returns the imported graph for further assertions.</summary>
    public static ModelGraph Check(OnnxBuilder builder, int rows = 7, int seed = 1) => Check(builder.Build(), rows, seed);

    /// <summary>Compares on random rows and returns the imported graph for further assertions.</summary>
    public static ModelGraph Check(byte[] model, int rows = 7, int seed = 1)
    {
        ModelGraph graph = OnnxModelReader.Read(model, "model", directory: null);
        var random = new Random(seed);
        return Check(model, [.. graph.Inputs.Select(input => RandomValues(input, rows, random))], rows);
    }

    /// <summary>Compares on given rows, one flat array per input.</summary>
    public static ModelGraph Check(byte[] model, Array[] inputs, int rows)
    {
        ModelGraph graph = OnnxModelReader.Read(model, "model", directory: null);
        Dictionary<string, Array> expected = OnnxRuntimeOracle.Run(model, graph.Inputs, inputs, rows);
        Array[] actual = TensorExprInterpreter.Evaluate(graph, inputs, rows);
        Assert.Equal(expected.Count, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            AssertClose(graph.Outputs[i].Name, expected[graph.Outputs[i].Name], actual[i]);
        }
        return graph;
    }

    public static void AssertClose(string name, Array expected, Array actual)
    {
        Assert.Equal(expected.GetType(), actual.GetType());
        Assert.True(expected.Length == actual.Length, $"{name}: {actual.Length} elements, expected {expected.Length}");
        for (int i = 0; i < expected.Length; i++)
        {
            switch (expected.GetValue(i), actual.GetValue(i))
            {
                // Float sums of some dozen terms of magnitude 1 in another order; functions of a few ULPs.
                case (float e, float a):
                    Assert.True(Near(e, a, 2e-5), $"{name}[{i}]: {a}, expected {e}");
                    break;
                case (double e, double a):
                    Assert.True(Near(e, a, 1e-12), $"{name}[{i}]: {a}, expected {e}");
                    break;
                case var (e, a):
                    Assert.Equal(e, a);
                    break;
            }
        }
    }

    private static bool Near(double expected, double actual, double tolerance) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance * (1 + Math.Abs(expected));

    private static Array RandomValues(ModelInput input, int rows, Random random)
    {
        int count = rows * input.Width;
        (int low, int high) = input.FileType switch
        {
            "bool" => (0, 2),
            "uint8" => (1, 256),
            "uint16" or "uint32" => (1, 60_000),
            "int8" => (-128, 128),
            _ => (-300, 300),
        };
        return input.Type switch
        {
            ElementType.Float32 => Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 4) - 2).ToArray(),
            ElementType.Float64 => Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 4) - 2).ToArray(),
            ElementType.Int64 => Enumerable.Range(0, count).Select(_ => random.NextInt64(low, high)).ToArray(),
            _ => Enumerable.Range(0, count).Select(_ => $"c{random.Next(5)}").ToArray(),
        };
    }
}
