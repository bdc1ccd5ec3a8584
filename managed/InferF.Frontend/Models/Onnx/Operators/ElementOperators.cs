using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Activations and other functions of single elements.</summary>
internal static class ElementOperators
{
    /// <summary>A function without parameters.</summary>
    public static OperatorImport Unary(UnaryFunction function) => context => [Apply(context, function)];

    /// <summary>A function whose parameters are the attributes <c>alpha</c> and <paramref name="second"/>.</summary>
    public static OperatorImport Unary(UnaryFunction function, float alpha, string second = "", float beta = 0) => context =>
        [Apply(context, function, context.Attributes.Float("alpha", alpha), second.Length == 0 ? beta : context.Attributes.Float(second, beta))];

    public static ImmutableArray<OnnxValue?> Identity(OperatorContext context) => [context.Required(0)];

    public static ImmutableArray<OnnxValue?> Gelu(OperatorContext context)
    {
        string approximation = context.Attributes.Text("approximate", "none");
        return approximation switch
        {
            "none" => [Apply(context, UnaryFunction.Gelu)],
            "tanh" => [Apply(context, UnaryFunction.GeluTanh)],
            _ => throw context.Invalid($"approximate must be none or tanh, found '{approximation}'"),
        };
    }

    public static ImmutableArray<OnnxValue?> IsNaN(OperatorContext context) =>
        [Predicate(context, new UnaryExpr(UnaryFunction.IsNaN, context.AnyFloatRow(0).Expression) { Origin = context.Origin })];

    public static ImmutableArray<OnnxValue?> IsInfinity(OperatorContext context) =>
    [
        Predicate(context, new UnaryExpr(
            UnaryFunction.IsInfinity,
            context.AnyFloatRow(0).Expression,
            context.Attributes.Integer("detect_negative", 1) != 0 ? 1 : 0,
            context.Attributes.Integer("detect_positive", 1) != 0 ? 1 : 0) { Origin = context.Origin }),
    ];

    public static ImmutableArray<OnnxValue?> Not(OperatorContext context)
    {
        RowValue value = context.Row(0);
        return value.Type.IsBoolean
            ? [value with { Expression = new UnaryExpr(UnaryFunction.Not, value.Expression) { Origin = context.Origin } }]
            : throw context.Invalid($"booleans are expected, found {value.Type}");
    }

    /// <summary>PRelu: x where it is not negative, otherwise slope · x.</summary>
    public static ImmutableArray<OnnxValue?> ParametricRelu(OperatorContext context)
    {
        if (context.Opset < 7)
        {
            throw OperatorContext.Unsupported("the broadcasting of operator sets before 7");
        }
        RowValue x = context.Row(0);
        RowValue scaled = Arithmetic.Binary(context, BinaryFunction.Multiply, x, context.Required(1));
        if (!scaled.Shape.SequenceEqual(x.Shape))
        {
            throw context.Invalid($"the slope cannot be broadcast to {x}");
        }
        RowValue isNegative = Arithmetic.WithScalar(context, BinaryFunction.Less, x, 0);
        return [x with { Expression = new WhereExpr(isNegative.Expression, scaled.Expression, x.Expression) { Origin = context.Origin } }];
    }

    /// <summary>Clip: bounds are attributes before opset 11, then inputs.</summary>
    public static ImmutableArray<OnnxValue?> Clip(OperatorContext context)
    {
        RowValue value = context.Row(0);
        if (value.Type.Element == ElementType.String || value.Type.IsBoolean)
        {
            throw OperatorContext.Unsupported($"type {value.Type}");
        }
        if (context.Opset < 11)
        {
            value = Arithmetic.WithScalar(context, BinaryFunction.Max, value, context.Attributes.Float("min", float.MinValue));
            return [Arithmetic.WithScalar(context, BinaryFunction.Min, value, context.Attributes.Float("max", float.MaxValue))];
        }
        foreach ((int position, BinaryFunction function) in new[] { (1, BinaryFunction.Max), (2, BinaryFunction.Min) })
        {
            if (context.Optional(position) is { } bound)
            {
                ImmutableArray<int> shape = value.Shape;
                value = Arithmetic.Binary(context, function, value, Scalar(context, bound, position));
                value = Elements.Reshape(value, shape);
            }
        }
        return [value];
    }

    /// <summary>Where: from one of two values by a condition.</summary>
    public static ImmutableArray<OnnxValue?> Where(OperatorContext context)
    {
        OnnxValue condition = context.Required(0);
        OnnxValue left = context.Required(1);
        OnnxValue right = context.Required(2);
        if (!condition.Type.IsBoolean || left.Type != right.Type)
        {
            throw context.Invalid($"booleans and two values of one type are expected, found {condition.Type}, {left.Type} and {right.Type}");
        }
        if (ShapeOperators.Choose(condition, left, right) is { } chosen)
        {
            return [chosen];
        }
        ImmutableArray<RowValue> rows = Arithmetic.Operands(context, condition, left, right);
        ImmutableArray<int> shape = Arithmetic.CommonShape(context, rows);
        context.CheckedWidth(shape);
        TensorExpr[] operands = [.. rows.Select(row => Elements.Operand(context, row, shape))];
        return [rows[1] with { Expression = new WhereExpr(operands[0], operands[1], operands[2]) { Origin = context.Origin }, Shape = shape }];
    }

    /// <summary>Dropout as it is in inference: nothing happens. In training mode it is random, unless it drops nothing.</summary>
    public static ImmutableArray<OnnxValue?> Dropout(OperatorContext context)
    {
        bool isTraining = context.Optional(2) switch
        {
            null => context.Opset < 7 && context.Attributes.Integer("is_test", 0) == 0,
            ConstantValue { Tensor.Data: long[] and [0] } => false,
            ConstantValue => true,
            _ => throw new UnsupportedNodeException("input 2 decides whether values are dropped at random, so it must be a constant", Refusal.NeedsConstant) { Input = 2 },
        };
        if (isTraining && !(context.Opset >= 12 && DropsNothing(context)))
        {
            throw OperatorContext.Unsupported("dropout in training mode is random", Refusal.Final);
        }
        OnnxValue value = context.Required(0);
        return !context.IsUsed(1) ? [value] : value is RowValue row ? [value, EverythingKept(context, row)] : throw OperatorContext.Unsupported("the mask of a constant");
    }

    private static bool DropsNothing(OperatorContext context) => context.Optional(1) switch
    {
        null => false,
        ConstantValue { Tensor.Data: float[] and [0] or double[] and [0] } => true,
        ConstantValue => false,
        _ => throw new UnsupportedNodeException("input 1 decides whether values are dropped at random, so it must be a constant", Refusal.NeedsConstant) { Input = 1 },
    };

    private static RowValue EverythingKept(OperatorContext context, RowValue value)
    {
        context.Charge(value.Width, OnnxType.Boolean);
        long[] ones = new long[value.Width];
        Array.Fill(ones, 1);
        ConstantTensor mask = ConstantTensor.Create(context.ParameterName("mask"), 1, ones.Length, ones);
        return value with { Expression = new ConstantExpr(mask) { Origin = context.Origin }, Type = OnnxType.Boolean };
    }

    // A bound is a scalar; ONNX Runtime also takes one element in a list.
    private static OnnxValue Scalar(OperatorContext context, OnnxValue bound, int position) => bound switch
    {
        ConstantValue { Tensor: { Count: 1 } tensor } => new ConstantValue(tensor.Reshape([])),
        RowValue { Width: 1, HasBatch: false } row => row with { Shape = [] },
        RowValue { HasBatch: true } => throw OperatorContext.Unsupported($"a bound (input {position}) that varies by row"),
        _ => throw context.Invalid($"input {position} must be a scalar, found {bound}"),
    };

    private static RowValue Predicate(OperatorContext context, TensorExpr expression) =>
        context.AnyFloatRow(0) with { Expression = expression, Type = OnnxType.Boolean };

    private static RowValue Apply(OperatorContext context, UnaryFunction function, float alpha = 0, float beta = 0)
    {
        RowValue value = context.Row(0);
        bool takesIntegers = function is UnaryFunction.Relu or UnaryFunction.Abs or UnaryFunction.Negate or UnaryFunction.Sign;
        if (!value.Type.IsFloat && !(takesIntegers && value.Type.IsInteger))
        {
            throw OperatorContext.Unsupported($"type {value.Type}");
        }
        if (value.Type.IsUnsigned)
        {
            // The sign of an unsigned integer is whether it is not 0; nothing else changes it.
            return function switch
            {
                UnaryFunction.Sign => value with { Expression = new UnaryExpr(UnaryFunction.Not, new UnaryExpr(UnaryFunction.Not, value.Expression) { Origin = context.Origin }) { Origin = context.Origin } },
                UnaryFunction.Relu or UnaryFunction.Abs => value,
                _ => throw OperatorContext.Unsupported($"type {value.Type}"),
            };
        }
        TensorExpr result = new UnaryExpr(function, value.Expression, alpha, beta) { Origin = context.Origin };
        bool isExact = function is UnaryFunction.Relu or UnaryFunction.Sign or UnaryFunction.Floor or UnaryFunction.Ceil or UnaryFunction.Round
            || (value.Type.IsFloat && function is UnaryFunction.Abs or UnaryFunction.Negate);
        return value with { Expression = isExact ? result : Arithmetic.Wrap(result, value.Type, context.Origin) };
    }
}
