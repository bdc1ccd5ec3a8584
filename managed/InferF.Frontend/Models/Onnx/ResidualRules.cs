namespace InferF.Frontend.Models.Onnx;

/// <summary>What the importer has to know of operators that only ONNX Runtime runs.</summary>
internal static class ResidualRules
{
    // Operators whose result for a row (dimension 0) depends on that row only, whatever the number of rows.
    private static readonly HashSet<string> s_keepRowsApart = new(StringComparer.Ordinal)
    {
        "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "AveragePool", "BitwiseNot", "Conv", "ConvInteger", "ConvTranspose", "Cosh", "DepthToSpace",
        "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LRN", "LpPool", "MaxPool", "QLinearConv", "Shrink", "Sinh", "SpaceToDepth",
    };

    private static readonly HashSet<string> s_random = new(StringComparer.Ordinal)
    {
        "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
    };

    private static readonly HashSet<string> s_givesText = new(StringComparer.Ordinal) { "StringConcat", "StringNormalizer", "StringSplit" };

    private static readonly HashSet<string> s_shapesDependOnData = new(StringComparer.Ordinal)
    {
        "Compress", "NonMaxSuppression", "NonZero", "StringSplit", "Unique",
    };

    // Positions of inputs that decide the shape of the result.
    private static readonly Dictionary<string, int[]> s_decidingInputs = new(StringComparer.Ordinal)
    {
        ["AffineGrid"] = [1], ["BlackmanWindow"] = [0], ["CenterCropPad"] = [1], ["Col2Im"] = [1, 2], ["ConstantOfShape"] = [0], ["DFT"] = [1, 2],
        ["HammingWindow"] = [0], ["HannWindow"] = [0], ["MaxUnpool"] = [2], ["MelWeightMatrix"] = [0, 1, 2, 3, 4], ["OneHot"] = [1], ["Pad"] = [1, 3],
        ["Range"] = [0, 1, 2], ["Resize"] = [2, 3], ["STFT"] = [1, 3], ["Upsample"] = [1],
        ["Expand"] = [1], ["Reshape"] = [1], ["Slice"] = [1, 2, 3, 4], ["Split"] = [1], ["Squeeze"] = [1], ["Tile"] = [1], ["TopK"] = [1], ["Unsqueeze"] = [1],
        ["ReduceL1"] = [1], ["ReduceL2"] = [1], ["ReduceLogSum"] = [1], ["ReduceLogSumExp"] = [1], ["ReduceMax"] = [1], ["ReduceMean"] = [1],
        ["ReduceMin"] = [1], ["ReduceProd"] = [1], ["ReduceSum"] = [1], ["ReduceSumSquare"] = [1],
    };

    /// <summary>The operator's result for a row depends on that row of its first input only, and its other inputs are weights.</summary>
    public static bool KeepsRowsApart(NodeProto node) => node.Domain is "" or "ai.onnx" && s_keepRowsApart.Contains(node.OpType);

    /// <summary>Why a node, or one in its bodies, can be given to nobody; null if it can.</summary>
    public static string? Refusal(NodeProto node)
    {
        if (s_random.Contains(node.OpType))
        {
            return "its result is random";
        }
        foreach (NodeProto inner in GraphIndex.Bodies(node).SelectMany(body => body.Node))
        {
            if (Refusal(inner) is { } reason)
            {
                return $"{inner.OpType} in its body: {reason}";
            }
        }
        return null;
    }

    /// <summary>The operator's result is text, which a residual cannot give.</summary>
    public static bool GivesText(NodeProto node) => s_givesText.Contains(node.OpType);

    /// <summary>The shape of the operator's result depends on the values of its inputs.</summary>
    public static bool ShapeDependsOnData(NodeProto node) => s_shapesDependOnData.Contains(node.OpType);

    /// <summary>Positions of the inputs that decide the shape of the result.</summary>
    public static IReadOnlyList<int> DecidingInputs(NodeProto node) => s_decidingInputs.GetValueOrDefault(node.OpType) ?? [];
}
