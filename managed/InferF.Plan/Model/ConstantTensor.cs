namespace InferF.Plan.Model;

/// <summary>Type of one element of a model value. Narrower integers and booleans of a model file are widened to <see cref="Int64"/>.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,
    /// <summary>IEEE 754 binary64.</summary>
    Float64,
    /// <summary>Signed 64-bit integer.</summary>
    Int64,
    /// <summary>UTF-8 text.</summary>
    String,
    /// <summary>Opaque bytes; a width counts bytes. Only for model files that are handed to ONNX Runtime and for rows of its results.</summary>
    Bytes,
}

/// <summary>An immutable constant of a model: weights, categories or labels, <c>Rows × Columns</c>, row-major.</summary>
/// <remarks>Identity is by reference: analysis and lowering use the object as the key under which it is bound once.</remarks>
public sealed class ConstantTensor
{
    private ConstantTensor(string name, ElementType type, int rows, int columns, Array data)
    {
        if (rows < 1 || columns < 1 || (long)rows * columns != data.Length)
        {
            throw new ArgumentException($"The data do not fit the shape. Tensor '{name}', {rows} x {columns}, {data.Length} elements.");
        }
        (Name, Type, Rows, Columns, Data) = (name, type, rows, columns, data);
    }

    /// <summary>Name for messages and reports; not unique.</summary>
    public string Name { get; }

    /// <summary>Type of the elements.</summary>
    public ElementType Type { get; }

    /// <summary>Number of rows (1 for vectors).</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The elements: <c>float[]</c>, <c>double[]</c>, <c>long[]</c>, <c>string[]</c> or <c>byte[]</c>, by <see cref="Type"/>.</summary>
    public Array Data { get; }

    /// <summary>The elements of a <see cref="ElementType.Float32"/> tensor.</summary>
    public ReadOnlySpan<float> Float32 => (float[])Data;

    /// <summary>The elements of a <see cref="ElementType.Float64"/> tensor.</summary>
    public ReadOnlySpan<double> Float64 => (double[])Data;

    /// <summary>The elements of a <see cref="ElementType.Int64"/> tensor.</summary>
    public ReadOnlySpan<long> Int64 => (long[])Data;

    /// <summary>The elements of a <see cref="ElementType.String"/> tensor.</summary>
    public ReadOnlySpan<string> Strings => (string[])Data;

    /// <summary>Wraps float data without copying; the caller must not change it afterwards.</summary>
    public static ConstantTensor Create(string name, int rows, int columns, float[] data) => new(name, ElementType.Float32, rows, columns, data);

    /// <summary>Wraps double data without copying; the caller must not change it afterwards.</summary>
    public static ConstantTensor Create(string name, int rows, int columns, double[] data) => new(name, ElementType.Float64, rows, columns, data);

    /// <summary>Wraps integer data without copying; the caller must not change it afterwards.</summary>
    public static ConstantTensor Create(string name, int rows, int columns, long[] data) => new(name, ElementType.Int64, rows, columns, data);

    /// <summary>Wraps string data without copying; the caller must not change it afterwards.</summary>
    public static ConstantTensor Create(string name, int rows, int columns, string[] data) => new(name, ElementType.String, rows, columns, data);

    /// <summary>Wraps bytes without copying; the caller must not change them afterwards.</summary>
    public static ConstantTensor Create(string name, byte[] data) => new(name, ElementType.Bytes, 1, data.Length, data);
}
