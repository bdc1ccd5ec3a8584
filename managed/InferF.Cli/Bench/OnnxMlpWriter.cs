using System.Runtime.InteropServices;
using Google.Protobuf;

namespace InferF.Cli.Bench;

/// <summary>Writes a multi-layer perceptron as an ONNX file (opset 17): Gemm layers with ReLU between them, one tensor input <c>x [N, k]</c>, one
/// output <c>y [N, m]</c>. Field numbers are those of the ONNX specification's onnx.proto.</summary>
internal static class OnnxMlpWriter
{
    private const int Float = 1;

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
            initializers.Add(Tensor($"w{layer}", [k, n], Values(random, k * n, scale)));
            initializers.Add(Tensor($"b{layer}", [n], Values(random, n, 0.1f)));
            bool last = layer == widths.Length - 1;
            string sum = last ? "y" : $"s{layer}";
            nodes.Add(Node("Gemm", $"fc{layer}", [previous, $"w{layer}", $"b{layer}"], sum));
            if (!last)
            {
                nodes.Add(Node("Relu", $"relu{layer}", [sum], $"h{layer}"));
                previous = $"h{layer}";
            }
        }
        byte[] input = ValueInfo("x", widths[0]);
        byte[] output = ValueInfo("y", widths[^1]);
        byte[] graph = Message(o =>
        {
            nodes.ForEach(n => WriteBytes(o, 1, n));
            WriteString(o, 2, "mlp");
            initializers.ForEach(t => WriteBytes(o, 5, t));
            WriteBytes(o, 11, input);
            WriteBytes(o, 12, output);
        });
        File.WriteAllBytes(path, Message(o =>
        {
            WriteInteger(o, 1, 8); // ir_version
            WriteString(o, 2, "inferf");
            WriteBytes(o, 7, graph);
            WriteBytes(o, 8, Message(s => WriteInteger(s, 2, 17))); // opset_import of the default domain
        }));
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

    private static byte[] Node(string operation, string name, string[] inputs, string output) => Message(o =>
    {
        foreach (string input in inputs)
        {
            WriteString(o, 1, input);
        }
        WriteString(o, 2, output);
        WriteString(o, 3, name);
        WriteString(o, 4, operation);
    });

    private static byte[] Tensor(string name, int[] dims, float[] values) => Message(o =>
    {
        foreach (int dim in dims)
        {
            WriteInteger(o, 1, dim);
        }
        WriteInteger(o, 2, Float);
        WriteString(o, 8, name);
        WriteBytes(o, 9, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    });

    private static byte[] ValueInfo(string name, int width) => Message(o =>
    {
        WriteString(o, 1, name);
        byte[] shape = Message(s =>
        {
            WriteBytes(s, 1, Message(d => WriteString(d, 2, "N")));
            WriteBytes(s, 1, Message(d => WriteInteger(d, 1, width)));
        });
        byte[] tensor = Message(t =>
        {
            WriteInteger(t, 1, Float);
            WriteBytes(t, 2, shape);
        });
        WriteBytes(o, 2, Message(t => WriteBytes(t, 1, tensor)));
    });

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using MemoryStream buffer = new();
        using (CodedOutputStream output = new(buffer, leaveOpen: true))
        {
            write(output);
        }
        return buffer.ToArray();
    }

    private static void WriteInteger(CodedOutputStream output, int field, long value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    private static void WriteString(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    private static void WriteBytes(CodedOutputStream output, int field, byte[] value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(value));
    }
}
