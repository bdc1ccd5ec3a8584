using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>The feature operators of ai.onnx.ml.</summary>
internal static class FeatureOperators
{
    private const long MaxExactInteger = 1L << 53;

    /// <summary>(x − offset) · scale, as float.</summary>
    public static ImmutableArray<OnnxValue?> Scaler(OperatorContext context)
    {
        RowValue value = NumericRow(context);
        float[] offset = context.Attributes.Floats("offset");
        float[] scale = context.Attributes.Floats("scale");
        if (scale.Length == 0 || offset.Length != scale.Length)
        {
            throw context.Invalid($"scale and offset must have one length, found {scale.Length} and {offset.Length}");
        }
        RequireOneOrWidth(context, value, scale.Length, "scale");

        // Doubles are scaled as doubles and rounded once at the end; integers become floats first.
        RowValue computed = value.Type == OnnxType.Double ? value : AsFloat(value, context);
        TensorExpr expression = computed.Expression;
        expression = With(BinaryFunction.Subtract, expression, "offset", offset);
        expression = With(BinaryFunction.Multiply, expression, "scale", scale);
        return [AsFloat(computed with { Expression = expression }, context)];

        TensorExpr With(BinaryFunction function, TensorExpr argument, string name, float[] values) =>
            new ConstantBinaryExpr(function, argument, Parameter(context, name, values, computed.Type), constantOnLeft: false) { Origin = context.Origin };
    }

    /// <summary>Replaces one value, usually NaN, by a constant per column.</summary>
    public static ImmutableArray<OnnxValue?> Imputer(OperatorContext context)
    {
        RowValue value = NumericRow(context);
        float[] floats = context.Attributes.Floats("imputed_value_floats");
        long[] integers = context.Attributes.Integers("imputed_value_int64s");
        if (floats.Length == 0 == (integers.Length == 0))
        {
            throw context.Invalid("either imputed_value_floats or imputed_value_int64s is expected");
        }
        if (floats.Length == 0 != (value.Type.Element == ElementType.Int64))
        {
            throw context.Invalid($"the imputed values do not have the value's type {value.Type}");
        }
        if (value.Type.Element == ElementType.Int64)
        {
            RequireOneOrWidth(context, value, integers.Length, "imputed_value_int64s");
            long replacedInteger = context.Attributes.Integer("replaced_value_int64", 0);
            if (replacedInteger is <= -MaxExactInteger or >= MaxExactInteger)
            {
                throw OperatorContext.Unsupported($"replaced_value_int64 {replacedInteger} beyond 2^53");
            }
            ConstantTensor imputed = ConstantTensor.Create(context.ParameterName("imputed"), 1, integers.Length, integers);
            return [value with { Expression = new ImputeExpr(value.Expression, imputed, replacedInteger) { Origin = context.Origin } }];
        }
        RequireOneOrWidth(context, value, floats.Length, "imputed_value_floats");
        float replaced = context.Attributes.Float("replaced_value_float", 0);
        ConstantTensor constants = Parameter(context, "imputed", floats, value.Type);
        return [value with { Expression = new ImputeExpr(value.Expression, constants, replaced) { Origin = context.Origin } }];
    }

    /// <summary>One column per category.</summary>
    public static ImmutableArray<OnnxValue?> OneHotEncoder(OperatorContext context)
    {
        RowValue value = context.Row(0);
        RequireRank(value, 2);
        long[] integers = context.Attributes.Integers("cats_int64s");
        string[] strings = context.Attributes.Texts("cats_strings");
        int count = integers.Length + strings.Length;
        if (integers.Length == 0 == (strings.Length == 0))
        {
            throw context.Invalid("either cats_int64s or cats_strings is expected");
        }
        if (strings.Length == 0 == (value.Type.Element == ElementType.String))
        {
            throw context.Invalid($"the categories do not have the value's type {value.Type}");
        }
        if (new HashSet<object>(integers.Cast<object>().Concat(strings)).Count != count)
        {
            throw context.Invalid("a category is listed twice");
        }
        context.CheckedWidth((long)value.Width * count);
        string name = context.ParameterName("categories");
        ConstantTensor categories = strings.Length == 0
            ? ConstantTensor.Create(name, 1, count, integers)
            : ConstantTensor.Create(name, 1, count, strings);
        bool unknownIsError = context.Attributes.Integer("zeros", 1) == 0;
        var expression = new OneHotExpr(value.Expression, categories, unknownIsError) { Origin = context.Origin };
        return [new RowValue(expression, value.Shape.Add(count), OnnxType.Float)];
    }

    /// <summary>Divides each row by its norm, as float.</summary>
    public static ImmutableArray<OnnxValue?> Normalizer(OperatorContext context)
    {
        RowValue value = NumericRow(context);
        if (value.Rank != 2)
        {
            throw OperatorContext.Unsupported($"normalization of {value}; shape [N, k] is expected");
        }
        string text = context.Attributes.Text("norm", "MAX");
        Norm norm = text switch
        {
            "MAX" => Norm.Max,
            "L1" => Norm.L1,
            "L2" => Norm.L2,
            _ => throw context.Invalid($"norm must be MAX, L1 or L2, found '{text}'"),
        };
        RowValue floats = AsFloat(value, context);
        return [floats with { Expression = new NormalizeExpr(floats.Expression, norm) { Origin = context.Origin } }];
    }

    /// <summary>The value converted to float, as these operators' outputs are.</summary>
    public static RowValue AsFloat(RowValue value, OperatorContext context) => value.Type == OnnxType.Float
        ? value
        : new RowValue(new CastExpr(value.Expression, ElementType.Float32) { Origin = context.Origin }, value.Shape, OnnxType.Float);

    /// <summary>The first input, which the specification allows to be float, double, int64 or int32.</summary>
    public static RowValue NumericRow(OperatorContext context)
    {
        RequireRank(context.Row(0), 2);
        return NumericValue(context, 0);
    }

    /// <summary>An input of any shape, which the specification allows to be float, double, int64 or int32.</summary>
    public static RowValue NumericValue(OperatorContext context, int position)
    {
        RowValue value = context.Row(position);
        bool isAllowed = value.Type.IsFloatingPoint || value.Type == OnnxType.Int64 || value.Type is { IntegerBits: 32, IsUnsigned: false };
        return isAllowed ? value : throw context.Invalid($"a value of type float, double, int64 or int32 is expected, found {value.Type}");
    }

    private static void RequireRank(RowValue value, int maximum)
    {
        if (value.Rank > maximum)
        {
            throw OperatorContext.Unsupported($"a value of shape {value}; at most {maximum} dimensions are expected");
        }
    }

    // For shape [N] the specification would read N as the number of features, so only a single parameter has one meaning there.
    private static void RequireOneOrWidth(OperatorContext context, RowValue value, int length, string attribute)
    {
        if (length != 1 && (value.Shape.IsEmpty || length != value.Width))
        {
            throw context.Invalid($"{attribute} must have 1 or {value.Width} elements, found {length}");
        }
    }

    private static ConstantTensor Parameter(OperatorContext context, string name, float[] values, OnnxType type) => type == OnnxType.Double
        ? ConstantTensor.Create(context.ParameterName(name), 1, values.Length, Array.ConvertAll(values, x => (double)x))
        : ConstantTensor.Create(context.ParameterName(name), 1, values.Length, values);
}
