using System.Runtime.InteropServices;
using Google.Protobuf;
using InferF.Frontend.Models.Onnx;
using AttributeType = InferF.Frontend.Models.Onnx.AttributeProto.Types.AttributeType;
using DataType = InferF.Frontend.Models.Onnx.TensorProto.Types.DataType;

namespace InferF.Testing;

/// <summary>Writes small ONNX models. It checks nothing: tests also need wrong ones.</summary>
public sealed class OnnxBuilder
{
    /// <summary>A batch dimension, or any other open one.</summary>
    public const long Open = -1;

    private readonly ModelProto _model = new() { IrVersion = 8, ProducerName = "InferF.Testing", Graph = new GraphProto { Name = "graph" } };

    /// <param name="opset">Version of <c>ai.onnx</c>.</param>
    /// <param name="mlOpset">Version of <c>ai.onnx.ml</c>; 0 to leave it out.</param>
    public OnnxBuilder(int opset = 17, int mlOpset = 3)
    {
        _model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        if (mlOpset > 0)
        {
            _model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = mlOpset });
        }
    }

    /// <summary>Adds a graph input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Element type in the specification's spelling, e.g. <c>float</c>, <c>int64</c>.</param>
    /// <param name="dims">All dimensions, <see cref="Open"/> for symbolic ones; null declares no shape.</param>
    public OnnxBuilder Input(string name, string type, params long[]? dims)
    {
        _model.Graph.Input.Add(ValueInfo(name, type, dims));
        return this;
    }

    /// <summary>Adds a graph output.</summary>
    public OnnxBuilder Output(string name, string type = "float", params long[]? dims)
    {
        _model.Graph.Output.Add(ValueInfo(name, type, dims is { Length: 0 } ? null : dims));
        return this;
    }

    /// <summary>Adds a graph input that is a map.</summary>
    public OnnxBuilder MapInput(string name, string keyType, string valueType)
    {
        var map = new TypeProto.Types.Map { KeyType = TypeNumber(keyType), ValueType = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = TypeNumber(valueType) } } };
        _model.Graph.Input.Add(new ValueInfoProto { Name = name, Type = new TypeProto { MapType = map } });
        return this;
    }

    /// <summary>Adds a graph output that is a sequence of maps to floats, as ZipMap's.</summary>
    public OnnxBuilder ZipMapOutput(string name, string keyType)
    {
        var map = new TypeProto.Types.Map { KeyType = TypeNumber(keyType), ValueType = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = TypeNumber("float") } } };
        var sequence = new TypeProto.Types.Sequence { ElemType = new TypeProto { MapType = map } };
        _model.Graph.Output.Add(new ValueInfoProto { Name = name, Type = new TypeProto { SequenceType = sequence } });
        return this;
    }

    /// <summary>Adds a node with one attribute that is a graph: that of another builder.</summary>
    public OnnxBuilder BodyNode(string op, string[] inputs, string[] outputs, OnnxBuilder body, params (string Name, object Value)[] attributes)
    {
        Node(op, inputs, outputs, attributes);
        _model.Graph.Node[^1].Attribute.Add(new AttributeProto { Name = "body", Type = AttributeType.Graph, G = body._model.Graph });
        return this;
    }

    /// <summary>Imports a further operator set.</summary>
    public OnnxBuilder Import(string domain, int version)
    {
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        return this;
    }

    /// <summary>Adds a float initializer.</summary>
    public OnnxBuilder Initializer(string name, float[] data, params long[] dims) => Initializer(Tensor(name, data, dims));

    /// <summary>Adds a double initializer.</summary>
    public OnnxBuilder Initializer(string name, double[] data, params long[] dims) => Initializer(Tensor(name, data, dims));

    /// <summary>Adds an int64 initializer.</summary>
    public OnnxBuilder Initializer(string name, long[] data, params long[] dims) => Initializer(Tensor(name, data, dims));

    /// <summary>Adds a string initializer.</summary>
    public OnnxBuilder Initializer(string name, string[] data, params long[] dims) => Initializer(Tensor(name, data, dims));

    /// <summary>Adds an initializer of any type from its raw bytes.</summary>
    public OnnxBuilder RawInitializer(string name, string type, byte[] raw, params long[] dims)
    {
        var tensor = new TensorProto { Name = name, DataType = TypeNumber(type), RawData = ByteString.CopyFrom(raw) };
        tensor.Dims.AddRange(dims);
        return Initializer(tensor);
    }

    /// <summary>Adds an initializer whose data lie in another file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Element type.</param>
    /// <param name="dims">Its dimensions.</param>
    /// <param name="entries">Keys and values of <c>external_data</c>, e.g. <c>("location", "weights.bin")</c>.</param>
    public OnnxBuilder ExternalInitializer(string name, string type, long[] dims, params (string Key, string Value)[] entries)
    {
        var tensor = new TensorProto { Name = name, DataType = TypeNumber(type), DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.AddRange(dims);
        tensor.ExternalData.AddRange(entries.Select(e => new StringStringEntryProto { Key = e.Key, Value = e.Value }));
        return Initializer(tensor);
    }

    /// <summary>Adds a node of <c>ai.onnx</c> named after its first output.</summary>
    public OnnxBuilder Node(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        Node(op, "", inputs, outputs, attributes);

    /// <summary>Adds a node of <c>ai.onnx.ml</c> named after its first output.</summary>
    public OnnxBuilder MlNode(string op, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        Node(op, "ai.onnx.ml", inputs, outputs, attributes);

    /// <summary>Adds a node.</summary>
    /// <param name="op">Operator.</param>
    /// <param name="domain">Its domain.</param>
    /// <param name="inputs">Names; empty ones are omitted inputs.</param>
    /// <param name="outputs">Names; the first one is the node's name too.</param>
    /// <param name="attributes">Values of type float, long, int, string, float[], long[], string[] or <see cref="OnnxConstant"/>.</param>
    public OnnxBuilder Node(string op, string domain, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Domain = domain, Name = outputs.Length > 0 ? outputs[0] : "" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes.Select(a => Attribute(a.Name, a.Value)));
        _model.Graph.Node.Add(node);
        return this;
    }

    /// <summary>The model's bytes.</summary>
    public byte[] Build() => _model.ToByteArray();

    internal ModelProto Model => _model;

    private OnnxBuilder Initializer(TensorProto tensor)
    {
        _model.Graph.Initializer.Add(tensor);
        return this;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case float f:
                (attribute.Type, attribute.F) = (AttributeType.Float, f);
                break;
            case long or int:
                (attribute.Type, attribute.I) = (AttributeType.Int, Convert.ToInt64(value));
                break;
            case string s:
                (attribute.Type, attribute.S) = (AttributeType.String, ByteString.CopyFromUtf8(s));
                break;
            case float[] floats:
                attribute.Type = AttributeType.Floats;
                attribute.Floats.AddRange(floats);
                break;
            case long[] integers:
                attribute.Type = AttributeType.Ints;
                attribute.Ints.AddRange(integers);
                break;
            case string[] strings:
                attribute.Type = AttributeType.Strings;
                attribute.Strings.AddRange(strings.Select(ByteString.CopyFromUtf8));
                break;
            case OnnxConstant constant:
                (attribute.Type, attribute.T) = (AttributeType.Tensor, Tensor("", constant.Data, constant.Dims));
                break;
            default:
                throw new ArgumentException($"No attribute has this type. Attribute '{name}', type {value.GetType()}.");
        }
        return attribute;
    }

    private static TensorProto Tensor(string name, Array data, long[] dims)
    {
        var tensor = new TensorProto { Name = name };
        tensor.Dims.AddRange(dims);
        switch (data)
        {
            case float[] floats:
                tensor.DataType = (int)DataType.Float;
                tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(floats.AsSpan()));
                break;
            case double[] doubles:
                tensor.DataType = (int)DataType.Double;
                tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(doubles.AsSpan()));
                break;
            case long[] integers:
                tensor.DataType = (int)DataType.Int64;
                tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(integers.AsSpan()));
                break;
            case byte[] bytes:
                tensor.DataType = (int)DataType.Uint8;
                tensor.RawData = ByteString.CopyFrom(bytes);
                break;
            case string[] strings:
                tensor.DataType = (int)DataType.String;
                tensor.StringData.AddRange(strings.Select(ByteString.CopyFromUtf8));
                break;
            default:
                throw new ArgumentException($"No tensor has this type. Tensor '{name}', type {data.GetType()}.");
        }
        return tensor;
    }

    private static ValueInfoProto ValueInfo(string name, string type, long[]? dims)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = TypeNumber(type) };
        if (dims is not null)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(dims.Select((dim, i) => dim == Open
                ? new TensorShapeProto.Types.Dimension { DimParam = i == 0 ? "N" : $"D{i}" }
                : new TensorShapeProto.Types.Dimension { DimValue = dim }));
        }
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static int TypeNumber(string type) => (int)Enum.Parse<DataType>(type, ignoreCase: true);
}

/// <summary>A tensor as an attribute, e.g. of a Constant node.</summary>
/// <param name="Data">float[], double[], long[], byte[] (uint8) or string[].</param>
/// <param name="Dims">Its dimensions.</param>
public sealed record OnnxConstant(Array Data, params long[] Dims);
