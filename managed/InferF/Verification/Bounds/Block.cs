using InferF.Plan.Model;

namespace InferF.Verification.Bounds;

/// <summary>Values of an expression for some rows, row-major, and how far each may be off.</summary>
/// <param name="Type">Type of the elements.</param>
/// <param name="Values"><c>double[]</c> for floats (rounded to <paramref name="Type"/>), <c>long[]</c> or <c>string[]</c>.</param>
/// <param name="Errors">Of numbers: bounds on the distance between two correct evaluations. An integer with a bound other than 0 may be another one,
/// because a rounding error upstream may have decided otherwise.</param>
/// <param name="Uncertain">Of texts: true where a rounding error upstream may select another one; null if nowhere.</param>
internal sealed record Block(ElementType Type, Array Values, double[]? Errors, bool[]? Uncertain = null)
{
    /// <summary>The values of floats.</summary>
    public double[] Floats => (double[])Values;

    /// <summary>The values of integers.</summary>
    public long[] Integers => (long[])Values;

    /// <summary>The values of texts.</summary>
    public string[] Texts => (string[])Values;

    /// <summary>Number of elements.</summary>
    public int Count => Values.Length;

    /// <summary>Floats that are exact.</summary>
    public static Block Exact(ElementType type, double[] values) => new(type, values, new double[values.Length]);

    /// <summary>Integers that are exact.</summary>
    public static Block Exact(long[] values) => new(ElementType.Int64, values, new double[values.Length]);

    /// <summary>Elements of any kind that are exact, as the model stores them.</summary>
    public static Block Exact(Array values) => values switch
    {
        float[] singles => Exact(ElementType.Float32, Array.ConvertAll(singles, v => (double)v)),
        double[] doubles => Exact(ElementType.Float64, doubles),
        long[] integers => Exact(integers),
        _ => new Block(ElementType.String, values, null),
    };

    /// <summary>Floats with their bounds; the values are rounded to their type here.</summary>
    public static Block Rounded(ElementType type, double[] values, double[] errors)
    {
        if (type == ElementType.Float32)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)values[i];
            }
        }
        return new Block(type, values, errors);
    }

    /// <summary>An element of a number as a float.</summary>
    public double Number(int index) => Values is double[] floats ? floats[index] : Integers[index];

    /// <summary>True if element <paramref name="index"/> may be another one: text or number.</summary>
    public bool MayDiffer(int index) => Errors is null ? Uncertain?[index] ?? false : !(Errors[index] == 0);
}
