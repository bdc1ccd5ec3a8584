using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx;

/// <summary>What the nodes of one import share.</summary>
internal sealed class ImportSession(TensorDecoder decoder, RowLayout layout)
{
    private readonly Dictionary<(Array Data, int Rows, int Columns, bool Transposed), ConstantTensor> _shared = [];

    public TensorDecoder Decoder { get; } = decoder;

    /// <summary>How rows lie in the file's tensors.</summary>
    public RowLayout Layout { get; } = layout;

    /// <summary>Names that some needed node or graph output reads.</summary>
    public HashSet<string> UsedNames { get; } = new(StringComparer.Ordinal);

    /// <summary>Wraps a constant; the same array in the same layout gives the same object, so that it is bound once.</summary>
    public ConstantTensor Share(OnnxTensor tensor, int rows, int columns, bool transposed)
    {
        (Array, int, int, bool) key = (tensor.Data, rows, columns, transposed);
        if (!_shared.TryGetValue(key, out ConstantTensor? constant))
        {
            constant = (tensor.Data, transposed) switch
            {
                (float[] data, false) => ConstantTensor.Create(tensor.Name, rows, columns, data),
                (double[] data, false) => ConstantTensor.Create(tensor.Name, rows, columns, data),
                (long[] data, false) => ConstantTensor.Create(tensor.Name, rows, columns, data),
                (string[] data, false) => ConstantTensor.Create(tensor.Name, rows, columns, data),
                (float[] data, true) => ConstantTensor.Create(tensor.Name, columns, rows, Transpose(data, rows, columns)),
                (double[] data, true) => ConstantTensor.Create(tensor.Name, columns, rows, Transpose(data, rows, columns)),
                _ => throw new InferFException(InferFErrorCode.Internal, $"Only float matrices are transposed. Tensor '{tensor.Name}'."),
            };
            _shared.Add(key, constant);
        }
        return constant;
    }

    private static T[] Transpose<T>(T[] data, int rows, int columns)
    {
        var transposed = new T[data.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                transposed[(column * rows) + row] = data[(row * columns) + column];
            }
        }
        return transposed;
    }
}
