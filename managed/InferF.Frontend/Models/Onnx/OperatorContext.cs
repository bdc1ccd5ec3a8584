using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Everything an operator's import may look at: its node, the values it reads, and what its users ask for.</summary>
internal sealed class OperatorContext
{
    private readonly ImportSession _session;
    private readonly ImmutableArray<OnnxValue?> _inputs;

    public OperatorContext(ImportSession session, NodeProto node, int opset, ImmutableArray<OnnxValue?> inputs, string origin)
    {
        (_session, Node, Opset, _inputs, Origin) = (session, node, opset, inputs, origin);
        Attributes = new NodeAttributes(node, GraphIndex.Where(node));
    }

    public NodeProto Node { get; }

    /// <summary>Where one row holds whole tensors, a constant is taken for a value that varies by row if a rule needs one.</summary>
    public bool PromotesConstants { get; init; } = true;

    /// <summary>Version of the node's operator set.</summary>
    public int Opset { get; }

    public NodeAttributes Attributes { get; }

    /// <summary>What expressions of this node say about their origin.</summary>
    public string Origin { get; }

    public int InputCount => _inputs.Length;

    /// <summary>How rows lie in the file's tensors.</summary>
    public RowLayout Layout => _session.Layout;

    /// <summary>The graph scores one row at a time as far as its declared shapes go, so a leading 1 in a shape means the batch dimension.</summary>
    public bool FixedBatch => Layout is { HasBatch: true, BatchSize: 1 };

    /// <summary>The input at a position, or null if it is omitted.</summary>
    public OnnxValue? Optional(int position) => position < _inputs.Length ? _inputs[position] : null;

    /// <summary>The input at a position.</summary>
    public OnnxValue Required(int position) => Optional(position) ?? throw Invalid($"input {position} is missing");

    /// <summary>
    /// The input at a position, which has to vary by row. Where one row holds whole tensors, a constant is a value like any other.
    /// </summary>
    public RowValue Row(int position) => Required(position) switch
    {
        RowValue row => row,
        ConstantValue { Tensor: var tensor } when !Layout.HasBatch && PromotesConstants => Promote(tensor),
        ShapeValue => throw Unsupported($"input {position} is computed from the number of rows", Refusal.MixesRows),
        DerivedValue or MapValue => throw Unsupported($"input {position} is {Required(position)}; rows are expected", Refusal.MixesRows),
        _ => throw Unsupported($"input {position} is a constant; a value computed from the model's inputs is expected"),
    };

    /// <summary>The input at a position, which has to be a constant.</summary>
    public OnnxTensor Constant(int position) => Required(position) is ConstantValue constant
        ? constant.Tensor
        : throw Unsupported($"input {position} is not a constant");

    /// <summary>The input at a position, which decides the shape of the result and therefore has to be a constant.</summary>
    public OnnxTensor Deciding(int position) => Required(position) switch
    {
        ConstantValue constant => constant.Tensor,
        ShapeValue shape => throw Unsupported($"input {position} ({shape}) depends on the number of rows", Refusal.MixesRows),
        _ => throw new UnsupportedNodeException($"input {position} decides the shape of the result, so it must be a constant", Refusal.NeedsConstant) { Input = position },
    };

    /// <summary>A constant of integers that decides the shape of the result, such as axes or a shape.</summary>
    public long[] ConstantIntegers(int position)
    {
        OnnxTensor tensor = Deciding(position);
        if (!tensor.Type.IsInteger || tensor.Dims.Length > 1)
        {
            throw Invalid($"input {position} must be a list of integers, found {new ConstantValue(tensor)}");
        }
        return tensor.Integers;
    }

    /// <summary>A shape: dimensions of which one may be the number of rows.</summary>
    public long[] ShapeInput(int position) => Required(position) is ShapeValue { IsScalar: false } shape ? [.. shape.Entries] : ConstantIntegers(position);

    /// <summary>Axes: since some operator set an input, before it an attribute.</summary>
    /// <param name="position">Position of the input.</param>
    /// <param name="inputSince">Operator set that made it an input.</param>
    /// <returns>Null if they are left out.</returns>
    public long[]? Axes(int position, int inputSince)
    {
        if (Opset >= inputSince)
        {
            return Optional(position) is null ? null : ConstantIntegers(position);
        }
        return Attributes.Has("axes") ? Attributes.Integers("axes") : null;
    }

    /// <summary>The row value at a position, whose elements have to be float or double.</summary>
    public RowValue FloatRow(int position)
    {
        RowValue row = Row(position);
        return row.Type.IsFloatingPoint ? row : throw Unsupported($"type {row.Type} of input {position}; float or double is expected");
    }

    /// <summary>The row value at a position, whose elements have to be floats of any width.</summary>
    public RowValue AnyFloatRow(int position)
    {
        RowValue row = Row(position);
        return row.Type.IsFloat ? row : throw Unsupported($"type {row.Type} of input {position}; floats are expected");
    }

    /// <summary>A constant as a value of the whole layout.</summary>
    public RowValue Promote(OnnxTensor tensor)
    {
        if (tensor.Count == 0)
        {
            throw Unsupported("a constant has no elements");
        }
        return new RowValue(new ConstantExpr(Shared(tensor, 1, tensor.Count)) { Origin = Origin }, tensor.Dims, tensor.Type, HasBatch: false);
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

    /// <summary>Brings an axis of the file's tensor to an axis of a row.</summary>
    /// <exception cref="UnsupportedNodeException">It is the batch dimension.</exception>
    public int RowAxis(long axis, RowValue value)
    {
        int position = Axis(axis, value.Rank) - value.BatchRank;
        return position >= 0 ? position : throw Unsupported($"axis {axis} of {value} is the batch dimension, so rows would be mixed", Refusal.MixesRows);
    }

    /// <summary>Checks the number of elements per row a node would produce.</summary>
    public int CheckedWidth(long width) => width switch
    {
        >= 1 and <= ModelLimits.MaxWidth => (int)width,
        _ => throw Invalid($"a row would have {width} elements; between 1 and {ModelLimits.MaxWidth} are possible"),
    };

    /// <summary>Number of elements of a shape, checked like <see cref="CheckedWidth(long)"/>.</summary>
    /// <exception cref="UnsupportedNodeException">The shape is possible, but has no elements.</exception>
    public int CheckedWidth(IEnumerable<int> shape) => OnnxTensor.Product(shape.Select(dim => (long)dim)) is var width and not 0
        ? CheckedWidth(width)
        : throw Unsupported("a row would have no elements");

    public static UnsupportedNodeException Unsupported(string reason, Refusal refusal = Refusal.NoRule) => new(reason, refusal);

    /// <summary>The node contradicts the specification or its inputs.</summary>
    public InferFException Invalid(string reason) => ModelErrors.Invalid($"Invalid {GraphIndex.Where(Node)}: {reason}.");
}
