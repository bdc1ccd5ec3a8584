using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Everything an operator's import may look at: its node, the values it reads, and what its users ask for.</summary>
internal sealed class OperatorContext
{
    private readonly ImportSession _session;
    private readonly ImmutableArray<OnnxValue?> _inputs;

    public OperatorContext(ImportSession session, NodeProto node, int opset, ImmutableArray<OnnxValue?> inputs)
    {
        (_session, Node, Opset, _inputs) = (session, node, opset, inputs);
        Attributes = new NodeAttributes(node, GraphIndex.Where(node));
        Origin = $"{node.OpType} '{(node.Name.Length > 0 ? node.Name : node.Output[0])}'";
    }

    public NodeProto Node { get; }

    /// <summary>Version of the node's operator set.</summary>
    public int Opset { get; }

    public NodeAttributes Attributes { get; }

    /// <summary>What expressions of this node say about their origin.</summary>
    public string Origin { get; }

    public int InputCount => _inputs.Length;

    /// <summary>The graph scores one row at a time as far as its declared shapes go, so a leading 1 in a shape means the batch dimension.</summary>
    public bool FixedBatch => _session.FixedBatch;

    /// <summary>The input at a position, or null if it is omitted.</summary>
    public OnnxValue? Optional(int position) => position < _inputs.Length ? _inputs[position] : null;

    /// <summary>The input at a position.</summary>
    public OnnxValue Required(int position) => Optional(position) ?? throw Invalid($"input {position} is missing");

    /// <summary>The input at a position, which has to vary by row.</summary>
    public RowValue Row(int position) => Required(position) as RowValue
        ?? throw Unsupported($"input {position} is a constant; a value computed from the model's inputs is expected");

    /// <summary>The input at a position, which has to be a constant.</summary>
    public OnnxTensor Constant(int position) => Required(position) is ConstantValue constant
        ? constant.Tensor
        : throw Unsupported($"input {position} is not a constant");

    /// <summary>A constant of integers, such as axes or a shape.</summary>
    public long[] ConstantIntegers(int position)
    {
        OnnxTensor tensor = Constant(position);
        if (tensor.Type != OnnxType.Int64 || tensor.Dims.Length > 1)
        {
            throw Invalid($"input {position} must be a list of int64, found {new ConstantValue(tensor)}");
        }
        return tensor.Integers;
    }

    /// <summary>The row value at a position, whose elements have to be float or double.</summary>
    public RowValue FloatRow(int position)
    {
        RowValue row = Row(position);
        return row.Type.IsFloatingPoint ? row : throw Unsupported($"type {row.Type} of input {position}; float or double is expected");
    }

    /// <summary>Wraps a constant for the plan; the same array in the same layout is the same object.</summary>
    public ConstantTensor Shared(OnnxTensor tensor, int rows, int columns) => _session.Share(tensor, rows, columns, transposed: false);

    /// <summary>Wraps the transpose of a <paramref name="rows"/> × <paramref name="columns"/> constant for the plan.</summary>
    public ConstantTensor SharedTranspose(OnnxTensor tensor, int rows, int columns) => _session.Share(tensor, rows, columns, transposed: true);

    public OnnxTensor Decode(TensorProto proto) => _session.Decoder.Decode(proto, GraphIndex.Where(Node));

    /// <summary>Counts the memory of a computed constant before it is allocated.</summary>
    public void Charge(long count, OnnxType type) => _session.Decoder.Charge(count, type, GraphIndex.Where(Node));

    /// <summary>Names a parameter of this node.</summary>
    public string ParameterName(string parameter) => $"{(Node.Name.Length > 0 ? Node.Name : Node.OpType)}.{parameter}";

    /// <summary>True if some node or graph output reads the output at a position.</summary>
    public bool IsUsed(int output) => output < Node.Output.Count && Node.Output[output].Length > 0 && _session.UsedNames.Contains(Node.Output[output]);

    /// <summary>Brings an axis into [0, rank).</summary>
    public int Axis(long axis, int rank)
    {
        if (axis < -rank || axis >= rank)
        {
            throw Invalid($"axis {axis} is outside of [-{rank}, {rank - 1}]");
        }
        return (int)(axis < 0 ? axis + rank : axis);
    }

    /// <summary>Checks the number of elements per row a node would produce.</summary>
    public int CheckedWidth(long width) => width is >= 1 and <= ModelLimits.MaxWidth
        ? (int)width
        : throw Invalid($"a row would have {width} elements; between 1 and {ModelLimits.MaxWidth} are possible");

    public static UnsupportedNodeException Unsupported(string reason) => new(reason);

    /// <summary>The node contradicts the specification or its inputs.</summary>
    public InferFException Invalid(string reason) => ModelErrors.Invalid($"Invalid {GraphIndex.Where(Node)}: {reason}.");
}
