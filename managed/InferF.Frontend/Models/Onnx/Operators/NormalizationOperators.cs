using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>
/// Normalizations, composed of reductions and arithmetic: mean and variance over some elements of a row, then scale and shift. Formulas
/// are those of the operators' specifications.
/// </summary>
internal static class NormalizationOperators
{
    /// <summary>LayerNormalization over the trailing axes; also gives mean and 1 / standard deviation.</summary>
    public static ImmutableArray<OnnxValue?> Layer(OperatorContext context)
    {
        RowValue x = context.AnyFloatRow(0);
        int axis = context.RowAxis(context.Attributes.Integer("axis", -1), x);
        RowValue wide = Widened(x);
        int[] axes = [.. Enumerable.Range(axis, x.Shape.Length - axis)];
        (RowValue normalized, RowValue mean, RowValue inverse) = Standardize(context, wide, axes, context.Attributes.Float("epsilon", 1e-5f));
        RowValue y = Affine(context, normalized, context.Required(1), context.Optional(2), x);
        return [y, mean, inverse];
    }

    /// <summary>RMSNormalization over the trailing axes: division by the root of the mean square.</summary>
    public static ImmutableArray<OnnxValue?> RootMeanSquare(OperatorContext context)
    {
        RowValue x = context.AnyFloatRow(0);
        int axis = context.RowAxis(context.Attributes.Integer("axis", -1), x);
        RowValue wide = Widened(x);
        int[] axes = [.. Enumerable.Range(axis, x.Shape.Length - axis)];
        RowValue squares = Arithmetic.Binary(context, BinaryFunction.Multiply, wide, wide);
        RowValue inverse = InverseRoot(context, ReduceOperators.Over(context, squares, ReduceFunction.Mean, axes, keepDims: true), context.Attributes.Float("epsilon", 1e-5f));
        return [Affine(context, Arithmetic.Binary(context, BinaryFunction.Multiply, wide, inverse), context.Required(1), null, x)];
    }

    /// <summary>InstanceNormalization: each channel by its own mean and variance.</summary>
    public static ImmutableArray<OnnxValue?> Instance(OperatorContext context)
    {
        RowValue x = context.AnyFloatRow(0);
        int channel = Channel(context, x);
        int[] axes = [.. Enumerable.Range(channel + 1, x.Shape.Length - channel - 1)];
        (RowValue normalized, _, _) = Standardize(context, Widened(x), axes, context.Attributes.Float("epsilon", 1e-5f));
        return [Affine(context, normalized, PerChannel(context, 1, x, channel), PerChannel(context, 2, x, channel), x)];
    }

    /// <summary>GroupNormalization: groups of channels by their own mean and variance. Scale and bias are per channel since opset 21.</summary>
    public static ImmutableArray<OnnxValue?> Group(OperatorContext context)
    {
        RowValue x = context.AnyFloatRow(0);
        int channel = Channel(context, x);
        long groups = context.Attributes.Integer("num_groups", 0);
        if (groups < 1 || x.Shape[channel] % groups != 0)
        {
            throw context.Invalid($"{x.Shape[channel]} channels do not form {groups} groups");
        }
        if (context.Opset < 21)
        {
            throw OperatorContext.Unsupported("scale and bias per group");
        }
        ImmutableArray<int> leading = x.Shape[..channel];
        RowValue grouped = Elements.Reshape(Widened(x), [.. leading, (int)groups, x.Width / leading.Aggregate((int)groups, (product, dim) => product * dim)]);
        (RowValue normalized, _, _) = Standardize(context, grouped, [leading.Length + 1], context.Attributes.Float("epsilon", 1e-5f));
        return [Affine(context, Elements.Reshape(normalized, x.Shape), PerChannel(context, 1, x, channel), PerChannel(context, 2, x, channel), x)];
    }

    /// <summary>BatchNormalization in inference: one factor and one shift per channel.</summary>
    public static ImmutableArray<OnnxValue?> Batch(OperatorContext context)
    {
        if (context.Attributes.Integer("training_mode", 0) != 0 || (context.Opset < 7 && context.Attributes.Integer("is_test", 0) == 0))
        {
            throw OperatorContext.Unsupported("training mode mixes rows", Refusal.MixesRows);
        }
        if (context.Opset < 9 && context.Attributes.Integer("spatial", 1) == 0)
        {
            throw OperatorContext.Unsupported("statistics per position");
        }
        RowValue x = context.AnyFloatRow(0);
        int channel = x is { HasBatch: true, Shape.IsEmpty: true } ? 0 : Channel(context, x);
        float epsilon = context.Attributes.Float("epsilon", 1e-5f);
        if (Enumerable.Range(1, 4).All(i => context.Required(i) is ConstantValue { Tensor.Data: float[] or double[] }) && x.Type.IsFloatingPoint)
        {
            return [WithConstants(context, x, channel, epsilon)];
        }
        RowValue centered = Arithmetic.Binary(context, BinaryFunction.Subtract, Widened(x), Widened(PerChannel(context, 3, x, channel)));
        RowValue inverse = InverseRoot(context, (RowValue)Widened(PerChannel(context, 4, x, channel, asRow: true)), epsilon);
        RowValue normalized = Arithmetic.Binary(context, BinaryFunction.Multiply, centered, inverse);
        return [Affine(context, normalized, PerChannel(context, 1, x, channel), PerChannel(context, 2, x, channel), x)];
    }

    /// <summary>LpNormalization: division by the 1- or 2-norm along an axis; a vector of norm 0 stays 0.</summary>
    public static ImmutableArray<OnnxValue?> Lp(OperatorContext context)
    {
        RowValue x = context.AnyFloatRow(0);
        int axis = context.RowAxis(context.Attributes.Integer("axis", -1), x);
        ReduceFunction function = context.Attributes.Integer("p", 2) switch
        {
            1 => ReduceFunction.L1,
            2 => ReduceFunction.L2,
            long p => throw context.Invalid($"p must be 1 or 2, found {p}"),
        };
        RowValue norm = ReduceOperators.Over(context, Widened(x), function, [axis], keepDims: true);
        RowValue isZero = Arithmetic.WithScalar(context, BinaryFunction.Equal, norm, 0);
        TensorExpr one = new ConstantExpr(Arithmetic.Number(context, norm.Expression.Type, 1)) { Origin = context.Origin };
        RowValue divisor = norm with { Expression = new WhereExpr(isZero.Expression, one, norm.Expression) { Origin = context.Origin } };
        return [Narrowed(context, Arithmetic.Binary(context, BinaryFunction.Divide, Widened(x), divisor), x)];
    }

    /// <summary>MeanVarianceNormalization: (x − mean) / (standard deviation + 1e-9).</summary>
    public static ImmutableArray<OnnxValue?> MeanVariance(OperatorContext context)
    {
        RowValue x = context.AnyFloatRow(0);
        long[] axes = context.Attributes.Has("axes") ? context.Attributes.Integers("axes") : [0, 2, 3];
        int[] positions = [.. axes.Select(axis => context.RowAxis(axis, x)).Distinct().Order()];
        RowValue wide = Widened(x);
        (RowValue centered, _, RowValue variance) = Moments(context, wide, positions);
        RowValue deviation = variance with { Expression = new UnaryExpr(UnaryFunction.Sqrt, variance.Expression) { Origin = context.Origin } };
        RowValue divisor = Arithmetic.WithScalar(context, BinaryFunction.Add, deviation, 1e-9);
        return [Narrowed(context, Arithmetic.Binary(context, BinaryFunction.Divide, centered, divisor), x)];
    }

    // Narrow floats are computed with as floats and rounded once at the end.
    private static RowValue Widened(RowValue value) => value.Type.Format == FloatFormat.None ? value : value with { Type = OnnxType.Float };

    private static OnnxValue Widened(OnnxValue value) => value switch
    {
        RowValue row => Widened(row),
        ConstantValue { Tensor: { Data: float[] } tensor } => new ConstantValue(new OnnxTensor(tensor.Name, OnnxType.Float, tensor.Dims, tensor.Data)),
        _ => value,
    };

    private static RowValue Narrowed(OperatorContext context, RowValue value, RowValue like) => value with
    {
        Expression = Arithmetic.Wrap(value.Expression, like.Type, context.Origin),
        Type = like.Type,
    };

    private static (RowValue Centered, RowValue Mean, RowValue Variance) Moments(OperatorContext context, RowValue x, int[] axes)
    {
        RowValue mean = ReduceOperators.Over(context, x, ReduceFunction.Mean, axes, keepDims: true);
        RowValue centered = Arithmetic.Binary(context, BinaryFunction.Subtract, x, mean);
        RowValue squares = Arithmetic.Binary(context, BinaryFunction.Multiply, centered, centered);
        return (centered, mean, ReduceOperators.Over(context, squares, ReduceFunction.Mean, axes, keepDims: true));
    }

    private static (RowValue Normalized, RowValue Mean, RowValue Inverse) Standardize(OperatorContext context, RowValue x, int[] axes, float epsilon)
    {
        (RowValue centered, RowValue mean, RowValue variance) = Moments(context, x, axes);
        RowValue inverse = InverseRoot(context, variance, epsilon);
        return (Arithmetic.Binary(context, BinaryFunction.Multiply, centered, inverse), mean, inverse);
    }

    private static RowValue InverseRoot(OperatorContext context, RowValue variance, float epsilon)
    {
        TensorExpr shifted = Arithmetic.WithScalar(context, BinaryFunction.Add, variance.Expression, epsilon);
        TensorExpr root = new UnaryExpr(UnaryFunction.Sqrt, shifted) { Origin = context.Origin };
        return variance with { Expression = new UnaryExpr(UnaryFunction.Reciprocal, root) { Origin = context.Origin } };
    }

    private static RowValue Affine(OperatorContext context, RowValue value, OnnxValue scale, OnnxValue? bias, RowValue like)
    {
        ImmutableArray<int> shape = value.Shape;
        value = Arithmetic.Binary(context, BinaryFunction.Multiply, value, Widened(scale));
        if (bias is not null)
        {
            value = Arithmetic.Binary(context, BinaryFunction.Add, value, Widened(bias));
        }
        return value.Shape.SequenceEqual(shape)
            ? Narrowed(context, value, like)
            : throw context.Invalid($"scale or bias does not fit {like}");
    }

    private static int Channel(OperatorContext context, RowValue x) => context.RowAxis(1, x);

    // A list with one element per channel, shaped so that it is broadcast along the channels.
    private static OnnxValue PerChannel(OperatorContext context, int position, RowValue x, int channel, bool asRow = false)
    {
        int channels = x.Shape.IsEmpty ? 1 : x.Shape[channel];
        ImmutableArray<int> shape = [channels, .. Enumerable.Repeat(1, Math.Max(0, x.Shape.Length - channel - 1))];
        OnnxValue value = context.Required(position);
        bool fits = value switch
        {
            ConstantValue { Tensor.Count: var count } => count == channels,
            RowValue row => !row.HasBatch && row.Width == channels,
            _ => false,
        };
        if (!fits)
        {
            throw value is RowValue { HasBatch: true }
                ? OperatorContext.Unsupported($"input {position} counts channels in its batch dimension", Refusal.MixesRows)
                : context.Invalid($"input {position} must have {channels} elements, found {value}");
        }
        return value is ConstantValue { Tensor: var tensor }
            ? asRow
                ? context.Promote(tensor.Reshape(shape)) with { HasBatch = x.HasBatch }
                : new ConstantValue(tensor.Reshape(shape))
            : Elements.Reshape((RowValue)value, shape);
    }

    private static RowValue WithConstants(OperatorContext context, RowValue x, int channel, float epsilon)
    {
        double[][] parameters = [.. Enumerable.Range(1, 4).Select(i => Doubles(((ConstantValue)PerChannel(context, i, x, channel)).Tensor))];
        int channels = parameters[0].Length;
        double[] factor = new double[channels];
        double[] shift = new double[channels];
        for (int i = 0; i < channels; i++)
        {
            factor[i] = parameters[0][i] / Math.Sqrt(parameters[3][i] + epsilon);
            shift[i] = parameters[1][i] - (parameters[2][i] * factor[i]);
        }
        ImmutableArray<int> shape = ((ConstantValue)PerChannel(context, 1, x, channel)).Tensor.Dims;
        RowValue scaled = Arithmetic.Binary(context, BinaryFunction.Multiply, x, Constant("factor", factor));
        return Arithmetic.Binary(context, BinaryFunction.Add, scaled, Constant("shift", shift));

        ConstantValue Constant(string name, double[] data) => new(new OnnxTensor(
            context.ParameterName(name), x.Type, shape, x.Type == OnnxType.Double ? data : Array.ConvertAll(data, value => (float)value)));

        static double[] Doubles(OnnxTensor tensor) => tensor.Data is float[] floats ? Array.ConvertAll(floats, value => (double)value) : (double[])tensor.Data;
    }
}
