using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Finds the number of features of an input whose file leaves it open, from the first constant the input meets.</summary>
internal sealed class WidthInference
{
    private static readonly HashSet<string> s_keepWidth = new(StringComparer.Ordinal)
    {
        "Identity", "Cast", "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Softmax", "Dropout", "Normalizer", "Add", "Sub", "Mul", "Div",
        "Scaler", "Imputer",
    };

    private readonly ILookup<string, NodeProto> _users;
    private readonly Func<string, ImmutableArray<int>?> _constantDims;

    /// <param name="index">The graph.</param>
    /// <param name="constantDims">Dimensions of the constant of a name, or null if the name is no constant.</param>
    public WidthInference(GraphIndex index, Func<string, ImmutableArray<int>?> constantDims)
    {
        _constantDims = constantDims;
        _users = index.Order
            .Select(i => index.Graph.Node[i])
            .SelectMany(node => node.Input.Distinct().Select(input => (input, node)))
            .ToLookup(pair => pair.input, pair => pair.node, StringComparer.Ordinal);
    }

    /// <summary>The width of the input <paramref name="name"/>, or null if no use tells.</summary>
    public int? Find(string name)
    {
        HashSet<string> seen = new(StringComparer.Ordinal) { name };
        Queue<string> pending = new(seen);
        while (pending.TryDequeue(out string? value))
        {
            foreach (NodeProto node in _users[value])
            {
                if (WidthSeenBy(node, value) is > 0 and int width)
                {
                    return width;
                }
                if (s_keepWidth.Contains(node.OpType) && node.Output.Count > 0 && seen.Add(node.Output[0]))
                {
                    pending.Enqueue(node.Output[0]);
                }
            }
        }
        return null;
    }

    // Null: this node accepts any width.
    private int? WidthSeenBy(NodeProto node, string value)
    {
        var attributes = new NodeAttributes(node, GraphIndex.Where(node));
        switch (node.OpType)
        {
            case "Gemm" when node.Input.Count > 1 && node.Input[0] == value && _constantDims(node.Input[1]) is { Length: 2 } weight:
                return attributes.Integer("transB", 0) == 0 ? weight[0] : weight[1];
            case "MatMul" when node.Input.Count > 1 && node.Input[0] == value && _constantDims(node.Input[1]) is { Length: 1 or 2 } weight:
                return weight[0];
            case "Add" or "Sub" or "Mul" or "Div" when node.Input.Count == 2:
                string other = node.Input[0] == value ? node.Input[1] : node.Input[0];
                return _constantDims(other) is { Length: > 0 } dims && dims[^1] > 1 ? dims[^1] : null;
            case "Scaler":
                return OnlyIfSeveral(attributes.Floats("scale").Length);
            case "Imputer":
                return OnlyIfSeveral(Math.Max(attributes.Floats("imputed_value_floats").Length, attributes.Integers("imputed_value_int64s").Length));
            case "LinearRegressor":
                return Quotient(attributes.Floats("coefficients").Length, attributes.Integer("targets", 1));
            case "LinearClassifier":
                return Quotient(attributes.Floats("coefficients").Length, attributes.Floats("intercepts").Length);
            default:
                return null;
        }
    }

    private static int? OnlyIfSeveral(int length) => length > 1 ? length : null;

    private static int? Quotient(int coefficients, long rows) => rows > 0 && coefficients % rows == 0 ? (int)(coefficients / rows) : null;
}
