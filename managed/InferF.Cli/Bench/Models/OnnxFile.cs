using System.Runtime.InteropServices;
using Google.Protobuf;

namespace InferF.Cli.Bench.Models;

/// <summary>Writes ONNX files with inputs <c>[N, k]</c> and one output <c>y [N, m]</c>. Field numbers are those of the ONNX specification's onnx.proto.</summary>
internal static class OnnxFile
{
    private const int FloatType = 1;
    private const int Int64Type = 7;
    private const int IntegerAttribute = 2;
    private const int StringAttribute = 3;
    private const int FloatsAttribute = 6;
    private const int IntegersAttribute = 7;
    private const int StringsAttribute = 8;

    /// <summary>Writes a model with one float input <c>x</c>; the parameters are those of the other overload.</summary>
    public static void Write(
        string path, string name, int inputWidth, int outputWidth, IReadOnlyList<byte[]> nodes, IReadOnlyList<byte[]> initializers, params (string Domain, int Version)[] opsets) =>
        Write(path, name, [("x", inputWidth, false)], outputWidth, nodes, initializers, opsets);

    /// <summary>Writes a model.</summary>
    /// <param name="path">File to write.</param>
    /// <param name="name">Name of the graph.</param>
    /// <param name="inputs">Name and k of every input, and whether it is int64 instead of float.</param>
    /// <param name="outputWidth">m.</param>
    /// <param name="nodes">From <see cref="Node"/>.</param>
    /// <param name="initializers">From <see cref="Tensor"/>.</param>
    /// <param name="opsets">Domain and version of every operator set used.</param>
    public static void Write(
        string path,
        string name,
        IReadOnlyList<(string Name, int Width, bool IsInteger)> inputs,
        int outputWidth,
        IReadOnlyList<byte[]> nodes,
        IReadOnlyList<byte[]> initializers,
        params (string Domain, int Version)[] opsets)
    {
        byte[] graph = Message(o =>
        {
            foreach (byte[] node in nodes)
            {
                WriteBytes(o, 1, node);
            }
            WriteString(o, 2, name);
            foreach (byte[] tensor in initializers)
            {
                WriteBytes(o, 5, tensor);
            }
            foreach ((string input, int width, bool isInteger) in inputs)
            {
                WriteBytes(o, 11, ValueInfo(input, width, isInteger ? Int64Type : FloatType));
            }
            WriteBytes(o, 12, ValueInfo("y", outputWidth, FloatType));
        });
        File.WriteAllBytes(path, Message(o =>
        {
            WriteInteger(o, 1, 8); // ir_version
            WriteString(o, 2, "inferf");
            WriteBytes(o, 7, graph);
            foreach ((string domain, int version) in opsets)
            {
                WriteBytes(o, 8, Message(s =>
                {
                    WriteString(s, 1, domain);
                    WriteInteger(s, 2, version);
                }));
            }
        }));
    }

    /// <summary>A node with one output.</summary>
    public static byte[] Node(string operation, string name, string[] inputs, string output, string domain = "", params byte[][] attributes) => Message(o =>
    {
        foreach (string input in inputs)
        {
            WriteString(o, 1, input);
        }
        WriteString(o, 2, output);
        WriteString(o, 3, name);
        WriteString(o, 4, operation);
        foreach (byte[] attribute in attributes)
        {
            WriteBytes(o, 5, attribute);
        }
        WriteString(o, 7, domain);
    });

    /// <summary>An attribute: an integer, floats, integers or strings.</summary>
    public static byte[] Attribute(string name, object value) => Message(o =>
    {
        WriteString(o, 1, name);
        switch (value)
        {
            case int integer:
                WriteInteger(o, 3, integer);
                WriteInteger(o, 20, IntegerAttribute);
                break;
            case string text:
                WriteString(o, 4, text);
                WriteInteger(o, 20, StringAttribute);
                break;
            case IReadOnlyList<float> numbers:
                WriteBytes(o, 7, MemoryMarshal.AsBytes<float>([.. numbers]).ToArray());
                WriteInteger(o, 20, FloatsAttribute);
                break;
            case IReadOnlyList<int> integers:
                foreach (int integer in integers)
                {
                    WriteInteger(o, 8, integer);
                }
                WriteInteger(o, 20, IntegersAttribute);
                break;
            case IReadOnlyList<string> texts:
                foreach (string text in texts)
                {
                    WriteString(o, 9, text);
                }
                WriteInteger(o, 20, StringsAttribute);
                break;
            default:
                throw new ArgumentException($"No attribute of type {value.GetType()}.", nameof(value));
        }
    });

    /// <summary>A float tensor.</summary>
    public static byte[] Tensor(string name, int[] dims, float[] values) => Tensor(name, dims, FloatType, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    /// <summary>An int64 tensor.</summary>
    public static byte[] Tensor(string name, int[] dims, long[] values) => Tensor(name, dims, Int64Type, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    private static byte[] Tensor(string name, int[] dims, int type, byte[] values) => Message(o =>
    {
        foreach (int dim in dims)
        {
            WriteInteger(o, 1, dim);
        }
        WriteInteger(o, 2, type);
        WriteString(o, 8, name);
        WriteBytes(o, 9, values);
    });

    private static byte[] ValueInfo(string name, int width, int type) => Message(o =>
    {
        WriteString(o, 1, name);
        byte[] shape = Message(s =>
        {
            WriteBytes(s, 1, Message(d => WriteString(d, 2, "N")));
            WriteBytes(s, 1, Message(d => WriteInteger(d, 1, width)));
        });
        byte[] tensor = Message(t =>
        {
            WriteInteger(t, 1, type);
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
