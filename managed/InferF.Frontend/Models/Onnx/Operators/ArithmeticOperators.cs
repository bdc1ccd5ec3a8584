using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Arithmetic, order and logic with broadcasting.</summary>
internal static class ArithmeticOperators
{
    public static ImmutableArray<OnnxValue?> Add(OperatorContext context) => Numeric(BinaryFunction.Add, context);

    public static ImmutableArray<OnnxValue?> Subtract(OperatorContext context) => Numeric(BinaryFunction.Subtract, context);

    public static ImmutableArray<OnnxValue?> Multiply(OperatorContext context) => Numeric(BinaryFunction.Multiply, context);

    public static ImmutableArray<OnnxValue?> Divide(OperatorContext context) => Numeric(BinaryFunction.Divide, context);

    /// <summary>Mod: with the sign of the divisor for integers, with that of the dividend (fmod) for floats or where the attribute asks for it.</summary>
    public static ImmutableArray<OnnxValue?> Modulo(OperatorContext context) =>
        Numeric(context.Attributes.Integer("fmod", 0) != 0 ? BinaryFunction.Remainder : BinaryFunction.Modulo, context);

    /// <summary>Comparison operators.</summary>
    public static OperatorImport Comparison(BinaryFunction function) => context =>
    {
        RequireModernBroadcasting(context);
        OnnxValue left = context.Required(0);
        OnnxValue right = context.Required(1);
        if (FoldShapes(function, left, right) is { } folded)
        {
            return [folded];
        }
        if (left.Type.Element == ElementType.String && function != BinaryFunction.Equal)
        {
            throw OperatorContext.Unsupported("the order of strings");
        }
        return [Arithmetic.Binary(context, function, left, right)];
    };

    /// <summary>And, Or, Xor.</summary>
    public static OperatorImport Logic(BinaryFunction function) => context =>
    {
        RequireModernBroadcasting(context);
        return context.Required(0).Type.IsBoolean && context.Required(1).Type.IsBoolean
            ? [Arithmetic.Binary(context, function, context.Required(0), context.Required(1))]
            : throw context.Invalid($"booleans are expected, found {context.Required(0).Type} and {context.Required(1).Type}");
    };

    /// <summary>Pow, whose exponent may have another type than the base and the result.</summary>
    public static ImmutableArray<OnnxValue?> Power(OperatorContext context)
    {
        RequireModernBroadcasting(context);
        OnnxValue x = context.Required(0);
        OnnxValue y = context.Required(1);
        RequireNumbers(x);
        RequireNumbers(y);
        bool inDouble = !x.Type.IsFloat || x.Type == OnnxType.Double || y.Type == OnnxType.Double;
        OnnxType computed = inDouble ? OnnxType.Double : OnnxType.Float;
        RowValue power = Arithmetic.Binary(context, BinaryFunction.Power, Conversions.To(context, x, computed), Conversions.To(context, y, computed));
        return [Conversions.Row(context, power, x.Type)];
    }

    /// <summary>Max, Min, Sum: the same function between all inputs.</summary>
    public static OperatorImport Variadic(BinaryFunction function) => context => [Fold(function, context)];

    /// <summary>Mean of the inputs.</summary>
    public static ImmutableArray<OnnxValue?> Mean(OperatorContext context)
    {
        RowValue sum = Fold(BinaryFunction.Add, context);
        RowValue mean = Arithmetic.WithScalar(context, BinaryFunction.Divide, sum, context.InputCount);
        return [mean with { Expression = Arithmetic.Wrap(mean.Expression, mean.Type, context.Origin) }];
    }

    private static ImmutableArray<OnnxValue?> Numeric(BinaryFunction function, OperatorContext context)
    {
        RequireModernBroadcasting(context);
        OnnxValue left = context.Required(0);
        OnnxValue right = context.Required(1);
        if (FoldShapes(function, left, right) is { } folded)
        {
            return [folded];
        }
        RequireNumbers(left);
        return left is ConstantValue l && right is ConstantValue r && l.Type == r.Type
            && function is BinaryFunction.Add or BinaryFunction.Subtract or BinaryFunction.Multiply or BinaryFunction.Divide
            ? [new ConstantValue(ConstantArithmetic.Compute(function, l.Tensor, r.Tensor, context))]
            : [Arithmetic.Binary(context, function, left, right)];
    }

    private static RowValue Fold(BinaryFunction function, OperatorContext context)
    {
        // The functions commute, so values that vary by row come first and constants join them.
        OnnxValue[] values = [.. Enumerable.Range(0, context.InputCount).Select(context.Required).OrderBy(value => value is ConstantValue)];
        RequireNumbers(context.Required(0));
        OnnxValue result = values[0] is ConstantValue ? context.Row(0) : values[0];
        foreach (OnnxValue next in values.Skip(1))
        {
            result = Arithmetic.Binary(context, function, result, next);
        }
        return result as RowValue ?? context.Row(0);
    }

    private static void RequireNumbers(OnnxValue value)
    {
        if (value.Type.Element == ElementType.String || value.Type.IsBoolean)
        {
            throw OperatorContext.Unsupported($"arithmetic on {value.Type}");
        }
    }

    // Before opset 7 a node had to say how it broadcasts.
    private static void RequireModernBroadcasting(OperatorContext context)
    {
        if (context.Opset < 7 && (context.Attributes.Integer("broadcast", 0) != 0 || context.Attributes.Has("axis")))
        {
            throw OperatorContext.Unsupported("the broadcasting of operator sets before 7");
        }
    }

    // What exporters compute with the number of rows: nothing that would change it.
    private static OnnxValue? FoldShapes(BinaryFunction function, OnnxValue left, OnnxValue right)
    {
        if (left is not ShapeValue && right is not ShapeValue)
        {
            return null;
        }
        (ImmutableArray<long> Entries, bool IsScalar)? l = ShapeOperators.Entries(left);
        (ImmutableArray<long> Entries, bool IsScalar)? r = ShapeOperators.Entries(right);
        if (l is null || r is null || (l.Value.Entries.Length != r.Value.Entries.Length && l.Value.Entries.Length != 1 && r.Value.Entries.Length != 1))
        {
            return null;
        }
        long[] result = new long[Math.Max(l.Value.Entries.Length, r.Value.Entries.Length)];
        for (int i = 0; i < result.Length; i++)
        {
            long a = l.Value.Entries[Math.Min(i, l.Value.Entries.Length - 1)];
            long b = r.Value.Entries[Math.Min(i, r.Value.Entries.Length - 1)];
            if (Combine(function, a, b) is not { } combined)
            {
                return null;
            }
            result[i] = combined;
        }
        OnnxType type = BinaryExpr.IsPredicate(function) ? OnnxType.Boolean : left.Type;
        return ShapeOperators.OfEntries([.. result], l.Value.IsScalar && r.Value.IsScalar, type);
    }

    // Null: the result would depend on the number of rows.
    private static long? Combine(BinaryFunction function, long a, long b)
    {
        bool aIsBatch = a == ShapeValue.Batch;
        bool bIsBatch = b == ShapeValue.Batch;
        return function switch
        {
            BinaryFunction.Multiply when aIsBatch && b == 1 => a,
            BinaryFunction.Multiply when bIsBatch && a == 1 => b,
            BinaryFunction.Add when aIsBatch && b == 0 => a,
            BinaryFunction.Add when bIsBatch && a == 0 => b,
            BinaryFunction.Subtract when aIsBatch && b == 0 => a,
            BinaryFunction.Divide when aIsBatch && b == 1 => a,
            // No number of rows is negative: exporters ask for -1, "keep this dimension".
            BinaryFunction.Equal when aIsBatch != bIsBatch => (aIsBatch ? b : a) < 0 ? 0 : null,
            BinaryFunction.Equal when aIsBatch => 1,
            _ when aIsBatch || bIsBatch => null,
            BinaryFunction.Multiply => unchecked(a * b),
            BinaryFunction.Add => unchecked(a + b),
            BinaryFunction.Subtract => unchecked(a - b),
            BinaryFunction.Divide when b is not (0 or -1) => a / b,
            BinaryFunction.Equal => a == b ? 1 : 0,
            _ => null,
        };
    }
}
