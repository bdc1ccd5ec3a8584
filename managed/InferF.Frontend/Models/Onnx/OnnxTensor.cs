using System.Collections.Immutable;
using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>A decoded constant. Its array is never written to again, so that reshaped views and the plan share it.</summary>
internal sealed class OnnxTensor
{
    public OnnxTensor(string name, OnnxType type, ImmutableArray<int> dims, Array data)
    {
        (Name, Type, Dims, Data) = (name, type, dims, data);
    }

    public string Name { get; }

    public OnnxType Type { get; }

    public ImmutableArray<int> Dims { get; }

    /// <summary><c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>, by the type's <see cref="OnnxType.Element"/>.</summary>
    public Array Data { get; }

    public int Count => Data.Length;

    /// <summary>The elements of an integer tensor.</summary>
    public long[] Integers => (long[])Data;

    /// <summary>The same elements under other dimensions.</summary>
    public OnnxTensor Reshape(ImmutableArray<int> dims) => new(Name, Type, dims, Data);

    /// <summary>A tensor without elements.</summary>
    public static OnnxTensor Empty(string name, OnnxType type, ImmutableArray<int> dims) => new(name, type, dims, type.Element switch
    {
        ElementType.Float32 => Array.Empty<float>(),
        ElementType.Float64 => Array.Empty<double>(),
        ElementType.Int64 => Array.Empty<long>(),
        _ => Array.Empty<string>(),
    });

    /// <summary>Product of dimensions as a long that cannot overflow, or −1 when it exceeds <see cref="int.MaxValue"/>.</summary>
    public static long Product(IEnumerable<long> dims)
    {
        // A zero anywhere makes the product zero, whatever the others claim.
        long product = 1;
        bool overflow = false;
        foreach (long dim in dims)
        {
            if (dim == 0)
            {
                return 0;
            }
            overflow |= dim > int.MaxValue / product;
            product = overflow ? 1 : product * dim;
        }
        return overflow ? -1 : product;
    }
}
