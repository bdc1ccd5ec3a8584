using System.Collections.Immutable;
using System.Numerics;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Computes with constants while the model is imported.</summary>
internal static class ConstantArithmetic
{
    /// <summary>A constant of one element.</summary>
    public static OnnxTensor Scalar(string name, OnnxType type, double value) =>
        new(name, type, [], type.Element == ElementType.Float32 ? new[] { (float)value } : new[] { value });

    /// <summary>A vector of floats from an attribute.</summary>
    public static OnnxTensor Vector(string name, float[] values) => new(name, OnnxType.Float, [values.Length], values);

    /// <summary>The tensor times a factor; the tensor itself for 1.</summary>
    public static OnnxTensor Scale(OperatorContext context, OnnxTensor tensor, float factor)
    {
        if (factor == 1)
        {
            return tensor;
        }
        context.Charge(tensor.Count, tensor.Type);
        Array data = tensor.Data is float[] floats
            ? Array.ConvertAll(floats, x => x * factor)
            : Array.ConvertAll((double[])tensor.Data, x => x * factor);
        return new OnnxTensor(tensor.Name, tensor.Type, tensor.Dims, data);
    }

    /// <summary>A tensor of one element repeated to <paramref name="count"/>; any other tensor as it is.</summary>
    public static OnnxTensor Expand(OnnxTensor tensor, int count, OperatorContext context) =>
        tensor.Count == 1 && count != 1 ? Broadcast(tensor.Reshape([]), [count], context) : tensor;

    /// <summary>Repeats a tensor along missing and unit dimensions.</summary>
    public static OnnxTensor Broadcast(OnnxTensor tensor, ImmutableArray<int> shape, OperatorContext context)
    {
        if (tensor.Dims.SequenceEqual(shape))
        {
            return tensor;
        }
        if (!CommonShape(tensor.Dims, shape, context).SequenceEqual(shape))
        {
            throw context.Invalid($"a constant of shape {ShapeText.Of(tensor.Dims)} cannot be broadcast to {ShapeText.Of(shape)}");
        }
        long count = OnnxTensor.Product(shape.Select(d => (long)d));
        context.Charge(count, tensor.Type);
        int[] source = new int[count];
        int[] strides = Strides(tensor.Dims, shape);
        int[] position = new int[shape.Length];
        int current = 0;
        for (int i = 0; i < source.Length; i++)
        {
            source[i] = current;
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                current += strides[axis];
                if (++position[axis] < shape[axis])
                {
                    break;
                }
                current -= strides[axis] * shape[axis];
                position[axis] = 0;
            }
        }
        Array data = tensor.Data switch
        {
            float[] floats => Array.ConvertAll(source, i => floats[i]),
            double[] doubles => Array.ConvertAll(source, i => doubles[i]),
            long[] integers => Array.ConvertAll(source, i => integers[i]),
            _ => Array.ConvertAll(source, i => ((string[])tensor.Data)[i]),
        };
        return new OnnxTensor(tensor.Name, tensor.Type, shape, data);
    }

    /// <summary>The common shape of two operands.</summary>
    public static ImmutableArray<int> CommonShape(ImmutableArray<int> left, ImmutableArray<int> right, OperatorContext context)
    {
        int rank = Math.Max(left.Length, right.Length);
        int[] shape = new int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int l = i <= left.Length ? left[^i] : 1;
            int r = i <= right.Length ? right[^i] : 1;
            shape[^i] = l == r || r == 1 ? l
                : l == 1 ? r
                : throw context.Invalid($"the shapes {ShapeText.Of(left)} and {ShapeText.Of(right)} cannot be broadcast");
        }
        return [.. shape];
    }

    /// <summary>Arithmetic of two constants.</summary>
    public static OnnxTensor Compute(BinaryFunction function, OnnxTensor left, OnnxTensor right, OperatorContext context)
    {
        ImmutableArray<int> shape = CommonShape(left.Dims, right.Dims, context);
        left = Broadcast(left, shape, context);
        right = Broadcast(right, shape, context);
        context.Charge(left.Count, left.Type);
        Array data = (left.Data, right.Data) switch
        {
            (float[] l, float[] r) when left.Type.Format == FloatFormat.None => Compute(function, l, r),
            (double[] l, double[] r) => Compute(function, l, r),
            (long[] l, long[] r) when !left.Type.IsUnsigned64 && !left.Type.IsBoolean => ComputeIntegers(function, l, r, left.Type, context),
            _ => throw OperatorContext.Unsupported($"arithmetic on {left.Type}"),
        };
        return new OnnxTensor(left.Name, left.Type, shape, data);
    }

    /// <summary>Wraps an integer to a narrow type's range.</summary>
    public static long Wrap(long value, OnnxType type)
    {
        if (type.IntegerBits == 0)
        {
            return value;
        }
        int unused = 64 - type.IntegerBits;
        return type.IsUnsigned ? (long)((ulong)value << unused >> unused) : value << unused >> unused;
    }

    private static long[] ComputeIntegers(BinaryFunction function, long[] left, long[] right, OnnxType type, OperatorContext context)
    {
        // Two's complement division overflows for one pair of operands, which wraps as in every other operation.
        long[] result = new long[left.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Wrap(function switch
            {
                BinaryFunction.Add => unchecked(left[i] + right[i]),
                BinaryFunction.Subtract => unchecked(left[i] - right[i]),
                BinaryFunction.Multiply => unchecked(left[i] * right[i]),
                _ when right[i] == 0 => throw context.Invalid("an integer constant is divided by zero"),
                _ when right[i] == -1 => unchecked(-left[i]),
                _ => left[i] / right[i],
            }, type);
        }
        return result;
    }

    private static T[] Compute<T>(BinaryFunction function, T[] left, T[] right)
        where T : IFloatingPointIeee754<T>
    {
        var result = new T[left.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = function switch
            {
                BinaryFunction.Add => left[i] + right[i],
                BinaryFunction.Subtract => left[i] - right[i],
                BinaryFunction.Multiply => left[i] * right[i],
                _ => left[i] / right[i],
            };
        }
        return result;
    }

    // Elements to advance per step along each axis of the target; 0 where the source repeats.
    private static int[] Strides(ImmutableArray<int> dims, ImmutableArray<int> shape)
    {
        int[] strides = new int[shape.Length];
        int stride = 1;
        for (int i = 1; i <= dims.Length; i++)
        {
            strides[^i] = dims[^i] == 1 ? 0 : stride;
            stride *= dims[^i];
        }
        return strides;
    }
}
