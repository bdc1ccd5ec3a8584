using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Conversion between element types, as the Cast operator defines it.</summary>
internal static class Conversions
{
    /// <summary>Cast.</summary>
    public static ImmutableArray<OnnxValue?> Cast(OperatorContext context)
    {
        if (!context.Attributes.Has("to"))
        {
            throw context.Invalid("attribute 'to' is missing");
        }
        long code = context.Attributes.Integer("to", 0);
        OnnxType type = OnnxType.Find(code) ?? throw OperatorContext.Unsupported($"conversion to {OnnxType.NameOf(code)}");
        return [To(context, context.Required(0), type)];
    }

    /// <summary>CastLike: to the type of the second input.</summary>
    public static ImmutableArray<OnnxValue?> CastLike(OperatorContext context) => [To(context, context.Required(0), context.Required(1).Type)];

    /// <summary>A value converted to a type.</summary>
    public static OnnxValue To(OperatorContext context, OnnxValue value, OnnxType type) => value switch
    {
        _ when value.Type == type => value,
        RowValue row => Row(context, row, type),
        ShapeValue shape when type.IsInteger => shape with { Type = type },
        ConstantValue constant when CanConvert(constant.Type, type) => new ConstantValue(Constant(context, constant.Tensor, type)),
        ConstantValue when context.Layout.HasBatch => throw OperatorContext.Unsupported($"conversion from {value.Type} to {type}"),
        ConstantValue constant => Row(context, context.Promote(constant.Tensor), type),
        _ => throw OperatorContext.Unsupported($"conversion of the number of rows to {type}", Refusal.MixesRows),
    };

    /// <summary>Rows converted to a type.</summary>
    public static RowValue Row(OperatorContext context, RowValue value, OnnxType type)
    {
        if (value.Type == type)
        {
            return value;
        }
        if (type.Element == ElementType.String)
        {
            throw OperatorContext.Unsupported($"conversion from {value.Type} to {type}");
        }
        return value with { Expression = Expression(context, value, type), Type = type };
    }

    private static TensorExpr Expression(OperatorContext context, RowValue value, OnnxType type)
    {
        OnnxType from = value.Type;
        if (type.Element == ElementType.Int64 && from.Element == ElementType.Int64 && Contains(type, from))
        {
            return value.Expression;
        }
        if (type == OnnxType.Float && from.Format != FloatFormat.None)
        {
            return value.Expression;
        }
        TensorExpr argument = value.Expression;
        if (from.Element == ElementType.String && type.Format != FloatFormat.None)
        {
            argument = new CastExpr(argument, ElementType.Float32) { Origin = context.Origin };
        }
        return new CastExpr(argument, type.Element, type.IntegerBits, type.IsUnsigned, type.IsBoolean)
        {
            ArgumentUnsigned = from.IsUnsigned64,
            FloatFormat = type.Format,
            Saturate = context.Node.OpType is not ("Cast" or "CastLike") || context.Attributes.Integer("saturate", 1) != 0,
            ScaleRounding = Rounding(context),
            Origin = context.Origin,
        };
    }

    private static ScaleRounding Rounding(OperatorContext context)
    {
        string mode = context.Node.OpType is "Cast" or "CastLike" ? context.Attributes.Text("round_mode", "up") : "up";
        return mode switch
        {
            "up" => ScaleRounding.Up,
            "down" => ScaleRounding.Down,
            "nearest" => ScaleRounding.Nearest,
            _ => throw context.Invalid($"round_mode must be up, down or nearest, found '{mode}'"),
        };
    }

    // Every value of the narrower type is one of the wider type, so that no conversion is left to do on widened integers.
    private static bool Contains(OnnxType wider, OnnxType narrower)
    {
        if (wider.IsBoolean)
        {
            return narrower.IsBoolean;
        }
        if (narrower.IsBoolean || wider.IntegerBits == 0)
        {
            // To and from the bits of uint64 nothing changes.
            return true;
        }
        bool signFits = narrower.IsUnsigned == wider.IsUnsigned || narrower.IsUnsigned;
        return signFits && narrower.IntegerBits != 0
            && narrower.IntegerBits + (narrower.IsUnsigned && !wider.IsUnsigned ? 1 : 0) <= wider.IntegerBits;
    }

    private static bool CanConvert(OnnxType from, OnnxType to) =>
        from.Element != ElementType.String && to.Element != ElementType.String && to.Format == FloatFormat.None && !from.IsUnsigned64 && !to.IsUnsigned64;

    private static OnnxTensor Constant(OperatorContext context, OnnxTensor tensor, OnnxType type)
    {
        context.Charge(tensor.Count, type);
        Array data = (tensor.Data, type.Element) switch
        {
            (float[] values, ElementType.Float32) => values,
            (float[] values, ElementType.Float64) => Array.ConvertAll(values, x => (double)x),
            (float[] values, _) => Array.ConvertAll(values, x => ToInteger(x, type)),
            (double[] values, ElementType.Float64) => values,
            (double[] values, ElementType.Float32) => Array.ConvertAll(values, x => (float)x),
            (double[] values, _) => Array.ConvertAll(values, x => ToInteger(x, type)),
            (long[] values, ElementType.Float32) => Array.ConvertAll(values, x => (float)x),
            (long[] values, ElementType.Float64) => Array.ConvertAll(values, x => (double)x),
            (long[] values, _) => Array.ConvertAll(values, x => type.IsBoolean ? (x != 0 ? 1L : 0L) : ConstantArithmetic.Wrap(x, type)),
            _ => throw OperatorContext.Unsupported($"conversion from {tensor.Type} to {type}"),
        };
        return new OnnxTensor(tensor.Name, type, tensor.Dims, data);
    }

    private static long ToInteger(double value, OnnxType type) =>
        type.IsBoolean ? (value != 0 ? 1 : 0) : ConstantArithmetic.Wrap((long)value, type);
}
