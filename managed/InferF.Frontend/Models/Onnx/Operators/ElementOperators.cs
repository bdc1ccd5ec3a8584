using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Activations, conversions and other functions of single values.</summary>
internal static class ElementOperators
{
    public static ImmutableArray<OnnxValue?> Relu(OperatorContext context) => Unary(UnaryFunction.Relu, context);

    public static ImmutableArray<OnnxValue?> Sigmoid(OperatorContext context) => Unary(UnaryFunction.Sigmoid, context);

    public static ImmutableArray<OnnxValue?> Tanh(OperatorContext context) => Unary(UnaryFunction.Tanh, context);

    public static ImmutableArray<OnnxValue?> LeakyRelu(OperatorContext context) =>
        Unary(UnaryFunction.LeakyRelu, context, context.Attributes.Float("alpha", 0.01f));

    public static ImmutableArray<OnnxValue?> Identity(OperatorContext context) => [context.Required(0)];

    /// <summary>Softmax. Before opset 13 all dimensions from the axis on are one vector; since then it is along one axis.</summary>
    public static ImmutableArray<OnnxValue?> Softmax(OperatorContext context)
    {
        RowValue value = context.FloatRow(0);
        bool coerced = context.Opset < 13;
        int axis = context.Axis(context.Attributes.Integer("axis", coerced ? 1 : -1), value.Rank);
        if (axis == 0)
        {
            throw OperatorContext.Unsupported($"softmax of {value} along axis 0 would mix rows");
        }
        // One softmax over the row is what the operator means if the dimensions outside of its vector are all 1.
        int vector = coerced ? value.Shape[(axis - 1)..].Aggregate(1, (product, dim) => product * dim) : value.Shape[axis - 1];
        if (vector != value.Width)
        {
            throw OperatorContext.Unsupported($"several softmaxes per row: axis {axis} of {value}");
        }
        return [value with { Expression = new SoftmaxExpr(value.Expression) { Origin = context.Origin } }];
    }

    /// <summary>Dropout as it is in inference: nothing happens.</summary>
    public static ImmutableArray<OnnxValue?> Dropout(OperatorContext context)
    {
        if (context.Optional(2) is { } training && training is not ConstantValue { Tensor.Data: long[] and [0] })
        {
            throw OperatorContext.Unsupported("dropout in training mode");
        }
        return [context.Required(0)];
    }

    /// <summary>Numeric conversion.</summary>
    public static ImmutableArray<OnnxValue?> Cast(OperatorContext context)
    {
        OnnxValue value = context.Required(0);
        if (!context.Attributes.Has("to"))
        {
            throw context.Invalid("attribute 'to' is missing");
        }
        long code = context.Attributes.Integer("to", 0);
        OnnxType? type = code is > 0 and < 1000 ? OnnxType.Find((int)code) : null;
        if (type is null or { IsHalf: true })
        {
            throw OperatorContext.Unsupported($"conversion to {OnnxType.NameOf((int)Math.Clamp(code, -1, 1000))}");
        }
        if (type == value.Type)
        {
            return [value];
        }
        if (type.Element == ElementType.String || value.Type.Element == ElementType.String)
        {
            throw OperatorContext.Unsupported($"conversion from {value.Type} to {type}");
        }
        return value is RowValue row
            ? [new RowValue(Convert(row, type, context.Origin), row.Shape, type)]
            : [new ConstantValue(Convert(((ConstantValue)value).Tensor, type, context))];
    }

    private static ImmutableArray<OnnxValue?> Unary(UnaryFunction function, OperatorContext context, float alpha = 0)
    {
        RowValue value = context.FloatRow(0);
        return [value with { Expression = new UnaryExpr(function, value.Expression, alpha) { Origin = context.Origin } }];
    }

    private static TensorExpr Convert(RowValue value, OnnxType type, string origin) =>
        type.Element == ElementType.Int64 && value.Type.Element == ElementType.Int64 && Contains(type, value.Type)
            ? value.Expression
            : new CastExpr(value.Expression, type.Element, type.IntegerBits, type.IsUnsigned, type.IsBoolean) { Origin = origin };

    // Every value of the narrower type is one of the wider type, so that no conversion is left to do on widened integers.
    private static bool Contains(OnnxType wider, OnnxType narrower)
    {
        if (wider.IsBoolean)
        {
            return false;
        }
        if (narrower.IsBoolean || wider.IntegerBits == 0)
        {
            return true;
        }
        bool signFits = narrower.IsUnsigned == wider.IsUnsigned || narrower.IsUnsigned;
        return signFits && narrower.IntegerBits != 0
            && narrower.IntegerBits + (narrower.IsUnsigned && !wider.IsUnsigned ? 1 : 0) <= wider.IntegerBits;
    }

    private static OnnxTensor Convert(OnnxTensor tensor, OnnxType type, OperatorContext context)
    {
        context.Charge(tensor.Count, type);
        Array data = (tensor.Data, type.Element) switch
        {
            (float[] values, ElementType.Float32) => values,
            (float[] values, ElementType.Float64) => Array.ConvertAll(values, x => (double)x),
            (float[] values, _) => Array.ConvertAll(values, x => ToInteger(x, type)),
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
