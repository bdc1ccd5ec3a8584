using System.Collections.Immutable;

namespace InferF.Frontend.Models;

/// <summary>How a model file is loaded.</summary>
public sealed record ModelOptions
{
    /// <summary>The options that nothing is said about.</summary>
    public static ModelOptions Default { get; } = new();

    /// <summary>
    /// Values of inputs that are the same for every row, by name of the input. An input that decides shapes (axes, a new shape, a number of
    /// elements) must be given here, for a column cannot have another shape in every row.
    /// </summary>
    public IReadOnlyDictionary<string, ModelConstant> Constants { get; init; } = ImmutableDictionary<string, ModelConstant>.Empty;
}

/// <summary>The value of a model input that is the same for every row.</summary>
public sealed class ModelConstant
{
    /// <summary>Wraps a value.</summary>
    /// <param name="data">float[], double[], long[] or string[], row-major; numbers are converted to the input's type.</param>
    /// <param name="shape">Its dimensions; none for a scalar.</param>
    /// <exception cref="InferFException">The data do not fit the shape, or have another type.</exception>
    public ModelConstant(Array data, params ImmutableArray<int> shape)
    {
        if (data is not (float[] or double[] or long[] or string[]))
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"The data of a constant are float[], double[], long[] or string[], found {data?.GetType().Name ?? "null"}.");
        }
        long count = shape.Any(dim => dim < 0) ? -1 : shape.Aggregate(1L, (product, dim) => Math.Min(product * dim, int.MaxValue));
        if (count != data.Length)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"The data of a constant do not fit its shape. Shape [{string.Join(", ", shape)}], {data.Length} elements.");
        }
        (Data, Shape) = (data, shape);
    }

    /// <summary>The elements.</summary>
    public Array Data { get; }

    /// <summary>The dimensions; empty for a scalar.</summary>
    public ImmutableArray<int> Shape { get; }
}
