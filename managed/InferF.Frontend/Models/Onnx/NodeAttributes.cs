using System.Text;
using Google.Protobuf;
using AttributeType = InferF.Frontend.Models.Onnx.AttributeProto.Types.AttributeType;

namespace InferF.Frontend.Models.Onnx;

/// <summary>Typed access to the attributes of one node.</summary>
internal sealed class NodeAttributes
{
    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Dictionary<string, AttributeProto> _attributes = new(StringComparer.Ordinal);
    private readonly string _where;

    /// <param name="node">The node.</param>
    /// <param name="where">Names the node in messages.</param>
    public NodeAttributes(NodeProto node, string where)
    {
        _where = where;
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (!_attributes.TryAdd(attribute.Name, attribute))
            {
                throw ModelErrors.Invalid($"A node has the same attribute twice. {where}, attribute '{attribute.Name}'.");
            }
        }
    }

    public bool Has(string name) => _attributes.ContainsKey(name);

    public long Integer(string name, long otherwise) => Find(name, AttributeType.Int)?.I ?? otherwise;

    public float Float(string name, float otherwise) => Find(name, AttributeType.Float)?.F ?? otherwise;

    public string Text(string name, string otherwise) => Find(name, AttributeType.String) is { } found ? Decode(name, found.S) : otherwise;

    public long[] Integers(string name) => Find(name, AttributeType.Ints) is { } found ? [.. found.Ints] : [];

    public float[] Floats(string name) => Find(name, AttributeType.Floats) is { } found ? [.. found.Floats] : [];

    public string[] Texts(string name) => Find(name, AttributeType.Strings) is { } found ? [.. found.Strings.Select(s => Decode(name, s))] : [];

    public TensorProto? Tensor(string name)
    {
        AttributeProto? found = Find(name, AttributeType.Tensor);
        return found is null ? null : found.T ?? throw ModelErrors.Invalid($"A tensor attribute has no tensor. {_where}, attribute '{name}'.");
    }

    private AttributeProto? Find(string name, AttributeType type)
    {
        if (!_attributes.TryGetValue(name, out AttributeProto? found))
        {
            return null;
        }
        if (found.RefAttrName.Length > 0)
        {
            throw ModelErrors.Invalid($"An attribute outside of a function refers to a function's attribute. {_where}, attribute '{name}'.");
        }
        if (found.Type != type)
        {
            throw ModelErrors.Invalid($"An attribute has the wrong type. {_where}, attribute '{name}': expected {type}, found {found.Type}.");
        }
        return found;
    }

    private string Decode(string name, ByteString bytes)
    {
        try
        {
            return s_strictUtf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException e)
        {
            throw ModelErrors.Invalid($"A text is not valid UTF-8. {_where}, attribute '{name}'.", e);
        }
    }
}
