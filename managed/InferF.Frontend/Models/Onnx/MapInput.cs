using System.Globalization;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Graph inputs that are maps: what DictVectorizer reads.</summary>
internal static class MapInput
{
    /// <summary>True if an input is a map.</summary>
    public static bool Is(ValueInfoProto input) => input.Type?.ValueCase == TypeProto.ValueOneofCase.MapType;

    /// <summary>The type of a map's values.</summary>
    /// <exception cref="InferFException">The map does not lead from texts or integers to numbers or texts.</exception>
    public static OnnxType ValueType(ValueInfoProto input)
    {
        TypeProto.Types.Map map = input.Type.MapType;
        OnnxType? key = OnnxType.Find(map.KeyType);
        OnnxType? value = map.ValueType?.ValueCase == TypeProto.ValueOneofCase.TensorType ? OnnxType.Find(map.ValueType.TensorType.ElemType) : null;
        return (key == OnnxType.String || key == OnnxType.Int64) && (value == OnnxType.Float || value == OnnxType.Double || value == OnnxType.Int64 || value == OnnxType.String)
            ? value!
            : throw ModelErrors.Unsupported($"Unsupported map input: from {OnnxType.NameOf(map.KeyType)} to {value?.Name ?? "unknown"}. Input '{input.Name}'.");
    }

    /// <summary>The words of all nodes that read a map, in the order in which they first appear.</summary>
    /// <exception cref="InferFException">Another operator than DictVectorizer reads it.</exception>
    public static IReadOnlyList<string> Words(GraphIndex index, string input)
    {
        List<string> words = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (NodeProto node in index.Order.Order().Select(i => index.Graph.Node[i]).Where(node => node.Input.Contains(input)))
        {
            if (node.OpType != "DictVectorizer")
            {
                throw ModelErrors.Unsupported($"Unsupported use of a map input by {node.OpType}; DictVectorizer is expected. Input '{input}'.");
            }
            words.AddRange(Vocabulary(node).Where(seen.Add));
        }
        return words;
    }

    /// <summary>The vocabulary of a DictVectorizer, integers as their digits.</summary>
    public static string[] Vocabulary(NodeProto node)
    {
        var attributes = new NodeAttributes(node, GraphIndex.Where(node));
        string[] texts = attributes.Texts("string_vocabulary");
        return texts.Length > 0 ? texts : [.. attributes.Integers("int64_vocabulary").Select(word => word.ToString(CultureInfo.InvariantCulture))];
    }
}
