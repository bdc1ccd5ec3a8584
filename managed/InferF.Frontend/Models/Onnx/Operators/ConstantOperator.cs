using System.Collections.Immutable;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>The Constant operator in all its forms but the sparse one.</summary>
internal static class ConstantOperator
{
    public static ImmutableArray<OnnxValue?> Constant(OperatorContext context)
    {
        NodeAttributes attributes = context.Attributes;
        string[] forms = [.. context.Node.Attribute.Select(a => a.Name).Where(name => name.StartsWith("value", StringComparison.Ordinal) || name == "sparse_value")];
        if (forms.Length != 1)
        {
            throw context.Invalid($"exactly one value attribute is expected, found {forms.Length}");
        }
        string name = context.Node.Output[0];
        OnnxTensor tensor = forms[0] switch
        {
            "value" => context.Decode(attributes.Tensor("value")!),
            "value_float" => new OnnxTensor(name, OnnxType.Float, [], new[] { attributes.Float("value_float", 0) }),
            "value_floats" => Vector(OnnxType.Float, attributes.Floats("value_floats")),
            "value_int" => new OnnxTensor(name, OnnxType.Int64, [], new[] { attributes.Integer("value_int", 0) }),
            "value_ints" => Vector(OnnxType.Int64, attributes.Integers("value_ints")),
            "value_string" => new OnnxTensor(name, OnnxType.String, [], new[] { attributes.Text("value_string", "") }),
            "value_strings" => Vector(OnnxType.String, attributes.Texts("value_strings")),
            _ => throw OperatorContext.Unsupported($"attribute {forms[0]}"),
        };
        return [new ConstantValue(tensor)];

        OnnxTensor Vector(OnnxType type, Array data) => new(name, type, [data.Length], data);
    }
}
