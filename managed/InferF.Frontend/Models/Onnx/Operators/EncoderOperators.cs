using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>LabelEncoder and CategoryMapper of ai.onnx.ml: values that stand for values.</summary>
internal static class EncoderOperators
{
    /// <summary>LabelEncoder of all versions: positions of texts (1), lists of keys and values (2), tensors of them (4).</summary>
    public static ImmutableArray<OnnxValue?> LabelEncoder(OperatorContext context)
    {
        RowValue value = context.Row(0);
        if (context.Opset < 2)
        {
            string[] classes = context.Attributes.Texts("classes_strings");
            long[] positions = [.. Enumerable.Range(0, classes.Length).Select(i => (long)i)];
            return [TextsAndIntegers(context, value, classes, positions)];
        }
        (Array keys, OnnxType keyType) = List(context, "keys");
        (Array values, OnnxType valueType) = List(context, "values");
        if (keys.Length != values.Length)
        {
            throw context.Invalid($"there are {keys.Length} keys and {values.Length} values");
        }
        if (keyType != value.Type)
        {
            throw context.Invalid($"the keys have type {keyType}, the value has type {value.Type}");
        }
        if (context.Opset < 4)
        {
            // A NaN is found among the keys since version 4 only.
            bool[] isFound = [.. keys.Cast<object>().Select(key => key is not (float.NaN or double.NaN))];
            (keys, values) = (Filter(keys, isFound), Filter(values, isFound));
        }
        return [Encode(context, value, keys, values, Default(context, valueType), valueType)];
    }

    /// <summary>CategoryMapper: texts to integers or integers to texts.</summary>
    public static ImmutableArray<OnnxValue?> CategoryMapper(OperatorContext context)
    {
        string[] texts = context.Attributes.Texts("cats_strings");
        long[] integers = context.Attributes.Integers("cats_int64s");
        if (texts.Length != integers.Length)
        {
            throw context.Invalid($"there are {texts.Length} cats_strings and {integers.Length} cats_int64s");
        }
        return [TextsAndIntegers(context, context.Row(0), texts, integers)];
    }

    // Of equal keys the last one counts.
    private static RowValue TextsAndIntegers(OperatorContext context, RowValue value, string[] texts, long[] integers)
    {
        Array.Reverse(texts);
        Array.Reverse(integers);
        if (value.Type == OnnxType.String)
        {
            return Encode(context, value, texts, integers, new[] { context.Attributes.Integer("default_int64", -1) }, OnnxType.Int64);
        }
        return value.Type == OnnxType.Int64
            ? Encode(context, value, integers, texts, new[] { context.Attributes.Text("default_string", "_Unused") }, OnnxType.String)
            : throw context.Invalid($"a value of type string or int64 is expected, found {value.Type}");
    }

    private static RowValue Encode(OperatorContext context, RowValue value, Array keys, Array values, Array otherwise, OnnxType type)
    {
        ConstantTensor defaultValue = Constant(context, "default", otherwise);
        TensorExpr expression = keys.Length == 0
            ? new SelectColumnsExpr(
                new ConstantExpr(defaultValue) { Origin = context.Origin }, ConstantTensor.Create(context.ParameterName("positions"), 1, value.Width, new long[value.Width]))
            {
                Origin = context.Origin,
            }
            : new LabelEncodeExpr(value.Expression, Constant(context, "keys", keys), Constant(context, "values", values), defaultValue) { Origin = context.Origin };
        return new RowValue(expression, value.Shape, type, value.HasBatch);
    }

    private static (Array Data, OnnxType Type) List(OperatorContext context, string prefix)
    {
        List<(Array, OnnxType)> found = [];
        if (context.Attributes.Tensor($"{prefix}_tensor") is { } proto)
        {
            OnnxTensor tensor = context.Decode(proto);
            found.Add((tensor.Data, tensor.Type));
        }
        if (context.Attributes.Has($"{prefix}_strings"))
        {
            found.Add((context.Attributes.Texts($"{prefix}_strings"), OnnxType.String));
        }
        if (context.Attributes.Has($"{prefix}_int64s"))
        {
            found.Add((context.Attributes.Integers($"{prefix}_int64s"), OnnxType.Int64));
        }
        if (context.Attributes.Has($"{prefix}_floats"))
        {
            found.Add((context.Attributes.Floats($"{prefix}_floats"), OnnxType.Float));
        }
        return found.Count == 1
            ? found[0]
            : throw context.Invalid($"one of {prefix}_tensor, {prefix}_strings, {prefix}_int64s and {prefix}_floats is expected, found {found.Count}");
    }

    private static Array Default(OperatorContext context, OnnxType type)
    {
        if (context.Attributes.Tensor("default_tensor") is { } proto)
        {
            OnnxTensor tensor = context.Decode(proto);
            return tensor.Type == type && tensor.Count == 1
                ? tensor.Data
                : throw context.Invalid($"default_tensor must be one {type}, found {new ConstantValue(tensor)}");
        }
        return type.Element switch
        {
            ElementType.String => new[] { context.Attributes.Text("default_string", "_Unused") },
            ElementType.Int64 => new[] { context.Attributes.Integer("default_int64", -1) },
            ElementType.Float64 => new[] { (double)context.Attributes.Float("default_float", -0f) },
            _ => new[] { context.Attributes.Float("default_float", -0f) },
        };
    }

    private static Array Filter(Array data, bool[] keep)
    {
        Array result = Array.CreateInstanceFromArrayType(data.GetType(), keep.Count(isKept => isKept));
        int next = 0;
        for (int i = 0; i < keep.Length; i++)
        {
            if (keep[i])
            {
                result.SetValue(data.GetValue(i), next++);
            }
        }
        return result;
    }

    private static ConstantTensor Constant(OperatorContext context, string name, Array data) => data switch
    {
        string[] texts => ConstantTensor.Create(context.ParameterName(name), 1, texts.Length, texts),
        long[] integers => ConstantTensor.Create(context.ParameterName(name), 1, integers.Length, integers),
        double[] doubles => ConstantTensor.Create(context.ParameterName(name), 1, doubles.Length, doubles),
        _ => ConstantTensor.Create(context.ParameterName(name), 1, data.Length, (float[])data),
    };
}
