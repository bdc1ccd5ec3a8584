using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf;
using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Frontend.Models.Onnx;

/// <summary>
/// Writes nodes of a graph as a model of their own: values that vary by row become its inputs, constants its initializers. Inputs and outputs have
/// one of the four types of expressions; Cast nodes convert from and to the types of the file.
/// </summary>
internal sealed class SubmodelBuilder
{
    private const string InputPrefix = "inferf_in_";
    private const string OutputPrefix = "inferf_out_";
    private const string ConstantPrefix = "inferf_constant_";

    // The newest operator set that ONNX Runtime takes. Later ones have new operators, which it refuses by name; those it has are the same.
    private const long NewestOperatorSet = 26;

    private readonly ModelProto _model;
    private readonly GraphProto _graph = new() { Name = "inferf_submodel" };
    private readonly List<(string Name, RowValue Value)> _inputs = [];
    private readonly bool _isBatched;
    private readonly bool _hasBatch;

    /// <param name="file">The model that the nodes are from.</param>
    /// <param name="layout">How rows lie in its tensors.</param>
    /// <param name="isBatched">Rows are scored together along a batch dimension; otherwise a run scores one row.</param>
    public SubmodelBuilder(ModelProto file, RowLayout layout, bool isBatched)
    {
        (_isBatched, _hasBatch) = (isBatched, layout.HasBatch);
        _model = new ModelProto { IrVersion = Math.Clamp(file.IrVersion, 3, 13), ProducerName = "InferF", Graph = _graph };
        bool hasDefault = false;
        foreach (OperatorSetIdProto opset in file.OpsetImport)
        {
            bool isDefault = opset.Domain is "" or ImportFile.DefaultDomain;
            hasDefault |= isDefault;
            _model.OpsetImport.Add(new OperatorSetIdProto { Domain = opset.Domain, Version = isDefault ? Math.Min(opset.Version, NewestOperatorSet) : opset.Version });
        }
        if (!hasDefault)
        {
            _model.OpsetImport.Add(new OperatorSetIdProto { Version = NewestOperatorSet });
        }
        _model.Functions.AddRange(file.Functions);
    }

    /// <summary>The inputs so far: names in the submodel's graph and the values they get.</summary>
    public IReadOnlyList<(string Name, RowValue Value)> Inputs => _inputs;

    /// <summary>The model so far.</summary>
    public ModelProto Model => _model;

    /// <summary>Adds a value that the nodes read.</summary>
    public void AddInput(string name, OnnxValue value)
    {
        switch (value)
        {
            case ConstantValue { Tensor: var tensor }:
                AddConstant(name, tensor);
                break;
            case ShapeValue shape:
                // A run of one row: the number of rows is 1.
                long[] entries = [.. shape.Entries.Select(entry => entry == ShapeValue.Batch ? 1 : entry)];
                AddConstant(name, new OnnxTensor(name, shape.Type, shape.IsScalar ? [] : [entries.Length], entries));
                break;
            case RowValue row:
                AddRow(name, row);
                break;
            default:
                throw OperatorContext.Unsupported($"its input '{name}' is {value}", Refusal.Final);
        }
    }

    /// <summary>Adds a node.</summary>
    public void AddNode(NodeProto node) => _graph.Node.Add(node);

    /// <summary>Adds an output as it is, to find out its type.</summary>
    public void AddRawOutput(string name) => _graph.Output.Add(new ValueInfoProto { Name = name });

    /// <summary>Adds an output, converted to a type of expressions.</summary>
    /// <returns>Its name in the submodel's graph.</returns>
    public string AddOutput(string name, OnnxType type)
    {
        OnnxType crossing = Crossing(type.Element);
        string converted = type == crossing ? name : OutputPrefix + name;
        if (type != crossing)
        {
            _graph.Node.Add(Cast(name, converted, crossing));
        }
        _graph.Output.Add(new ValueInfoProto
        {
            Name = converted,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)crossing.Code } },
        });
        return converted;
    }

    /// <summary>Dimensions of one row of an input, as the submodel sees them without its batch dimension, if it has one.</summary>
    public ImmutableArray<int> RowDims(RowValue value) => _hasBatch && !_isBatched && value.HasBatch ? [1, .. value.Shape] : value.Shape;

    /// <summary>Made-up inputs for one row.</summary>
    public Dictionary<string, OrtValue> MadeUpInputs() => _inputs.ToDictionary(
        input => input.Name,
        input => OnnxProbe.MadeUp(Crossing(input.Value.Type.Element), [.. (_isBatched ? [1, .. input.Value.Shape] : RowDims(input.Value)).Select(dim => (long)dim)]));

    /// <summary>The type in which elements cross the boundary of a submodel.</summary>
    public static OnnxType Crossing(ElementType element) => element switch
    {
        ElementType.Float32 => OnnxType.Float,
        ElementType.Float64 => OnnxType.Double,
        ElementType.Int64 => OnnxType.Int64,
        _ => OnnxType.String,
    };

    private void AddRow(string name, RowValue value)
    {
        OnnxType crossing = Crossing(value.Type.Element);
        string input = value.Type == crossing ? name : InputPrefix + name;
        var shape = new TensorShapeProto();
        if (_isBatched)
        {
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "inferf_rows" });
        }
        shape.Dim.AddRange(RowDims(value).Select(dim => new TensorShapeProto.Types.Dimension { DimValue = dim }));
        _graph.Input.Add(new ValueInfoProto
        {
            Name = input,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)crossing.Code, Shape = shape } },
        });
        if (value.Type != crossing)
        {
            _graph.Node.Add(Cast(input, name, value.Type));
        }
        _inputs.Add((input, value));
    }

    private void AddConstant(string name, OnnxTensor tensor)
    {
        OnnxType crossing = Crossing(tensor.Type.Element);
        string constant = tensor.Type == crossing ? name : ConstantPrefix + name;
        _graph.Initializer.Add(Encode(constant, crossing, tensor));
        if (tensor.Type != crossing)
        {
            _graph.Node.Add(Cast(constant, name, tensor.Type));
        }
    }

    private static TensorProto Encode(string name, OnnxType type, OnnxTensor tensor)
    {
        var proto = new TensorProto { Name = name, DataType = (int)type.Code };
        proto.Dims.AddRange(tensor.Dims.Select(dim => (long)dim));
        switch (tensor.Data)
        {
            case float[] floats:
                proto.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(floats.AsSpan()));
                break;
            case double[] doubles:
                proto.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(doubles.AsSpan()));
                break;
            case long[] integers:
                proto.RawData = ByteString.CopyFrom(System.Runtime.InteropServices.MemoryMarshal.AsBytes(integers.AsSpan()));
                break;
            default:
                proto.StringData.AddRange(((string[])tensor.Data).Select(ByteString.CopyFromUtf8));
                break;
        }
        return proto;
    }

    private static NodeProto Cast(string from, string to, OnnxType type)
    {
        var node = new NodeProto { OpType = "Cast", Name = string.Create(CultureInfo.InvariantCulture, $"inferf_cast_{to}") };
        node.Input.Add(from);
        node.Output.Add(to);
        node.Attribute.Add(new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)type.Code });
        return node;
    }
}
