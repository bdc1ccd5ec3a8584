using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Recognises the body of a Scan that computes, for all rows at once, their distance to one point: from its second output back to its inputs.</summary>
internal sealed class DistanceBody
{
    private readonly GraphProto _body;
    private readonly Dictionary<string, NodeProto> _producers = new(StringComparer.Ordinal);

    public DistanceBody(GraphProto body)
    {
        _body = body;
        foreach (NodeProto node in body.Node)
        {
            foreach (string output in node.Output)
            {
                _producers.TryAdd(output, node);
            }
        }
    }

    /// <summary>The distance, or null if the body is something else.</summary>
    public DistanceMetric? Metric()
    {
        if (_body.Input.Count != 2 || _body.Output.Count != 2 || Source(_body.Output[0].Name) != _body.Input[0].Name)
        {
            return null;
        }
        if (Producer(_body.Output[1].Name) is not { } sum || !ReducesColumns(sum))
        {
            return null;
        }
        string argument = sum.Input[0];
        return sum.OpType switch
        {
            "ReduceSumSquare" => IsDifference(argument) ? DistanceMetric.SquaredEuclidean : null,
            "ReduceSum" when Producer(argument) is { OpType: "Abs", Input: [var inside] } => IsDifference(inside) ? DistanceMetric.Manhattan : null,
            "ReduceSum" when Producer(argument) is { OpType: "Mul", Input: [var left, var right] } && left == right =>
                IsDifference(left) ? DistanceMetric.SquaredEuclidean : null,
            _ => null,
        };
    }

    private bool IsDifference(string name)
    {
        if (Producer(name) is not { OpType: "Sub", Input: [var left, var right] })
        {
            return false;
        }
        (string state, string point) = (_body.Input[0].Name, _body.Input[1].Name);
        (string first, string second) = (Source(left), Source(right));
        return (first == state && second == point) || (first == point && second == state);
    }

    // Axis 1 of [rows, columns], which disappears.
    private bool ReducesColumns(NodeProto node)
    {
        var attributes = new NodeAttributes(node, GraphIndex.Where(node));
        long[] axes = attributes.Integers("axes");
        if (node.Input.Count > 1 && node.Input[1].Length > 0)
        {
            axes = ConstantOf(node.Input[1]) ?? [];
        }
        return node.Domain.Length == 0 && axes is [1 or -1] && attributes.Integer("keepdims", 1) == 0;
    }

    private long[]? ConstantOf(string name)
    {
        TensorProto? tensor = _body.Initializer.FirstOrDefault(initializer => initializer.Name == name);
        if (tensor is null && Producer(name) is { OpType: "Constant" } constant)
        {
            tensor = new NodeAttributes(constant, GraphIndex.Where(constant)).Tensor("value");
        }
        if (tensor is null || OnnxType.Find(tensor.DataType) != OnnxType.Int64)
        {
            return null;
        }
        return new TensorDecoder(new ExternalData(null)).Decode(tensor, $"Constant '{name}' of a Scan").Integers;
    }

    private NodeProto? Producer(string name) => _producers.GetValueOrDefault(Source(name));

    // The name behind Identity nodes.
    private string Source(string name)
    {
        for (int i = 0; i <= _body.Node.Count && _producers.GetValueOrDefault(name) is { OpType: "Identity", Input: [var input] }; i++)
        {
            name = input;
        }
        return name;
    }
}
