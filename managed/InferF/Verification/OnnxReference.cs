using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Verification;

/// <summary>Runs a model file in ONNX Runtime on ready feature matrices.</summary>
internal sealed class OnnxReference : IDisposable
{
    private readonly InferenceSession _session;
    private readonly ModelGraph _graph;
    private readonly bool _rowByRow;

    /// <summary>Opens the file.</summary>
    /// <param name="path">The model file, next to its external data if it has any.</param>
    /// <param name="graph">The same model as InferF reads it.</param>
    /// <param name="threads">Threads ONNX Runtime may use.</param>
    public OnnxReference(string path, ModelGraph graph, int threads)
    {
        using SessionOptions options = new() { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
        _session = new InferenceSession(path, options);
        _graph = graph;
        _rowByRow = _session.InputMetadata.Values.Any(m => m.Dimensions.Length > 0 && m.Dimensions[0] == 1);
    }

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">By model input: row-major <c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <returns>By model output: a row-major array of the same element types.</returns>
    public Array[] Run(IReadOnlyList<Array> inputs, int rows)
    {
        if (!_rowByRow || rows == 1)
        {
            return RunBatch(inputs, 0, rows);
        }
        Array[]? all = null;
        for (int row = 0; row < rows; row++)
        {
            Array[] one = RunBatch(inputs, row, 1);
            all ??= [.. one.Select(o => Array.CreateInstance(o.GetType().GetElementType()!, (long)o.Length * rows))];
            for (int i = 0; i < one.Length; i++)
            {
                Array.Copy(one[i], 0, all[i], row * one[i].Length, one[i].Length);
            }
        }
        return all ?? [.. _graph.Outputs.Select(_ => Array.Empty<float>())];
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private Array[] RunBatch(IReadOnlyList<Array> inputs, int firstRow, int rows)
    {
        Dictionary<string, OrtValue> values = [];
        using RunOptions options = new();
        try
        {
            for (int i = 0; i < _graph.Inputs.Length; i++)
            {
                ModelInput input = _graph.Inputs[i];
                if (_session.InputMetadata.TryGetValue(input.Name, out NodeMetadata? metadata))
                {
                    values.Add(input.Name, Value(metadata, input, inputs[i], firstRow, rows));
                }
            }
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, values, [.. _graph.Outputs.Select(o => o.Name)]);
            return [.. outputs.Select(Read)];
        }
        finally
        {
            foreach (OrtValue value in values.Values)
            {
                value.Dispose();
            }
        }
    }

    private static OrtValue Value(NodeMetadata metadata, ModelInput input, Array data, int firstRow, int rows)
    {
        int[] declared = metadata.Dimensions;
        long[] shape = new long[Math.Max(declared.Length, 1)];
        shape[0] = rows;
        for (int i = 1; i < shape.Length; i++)
        {
            // A symbolic trailing dimension is whatever makes the width right; there is at most one.
            shape[i] = declared[i] > 0 ? declared[i] : input.Width / Math.Max(1, declared.Skip(1).Where(d => d > 0).Aggregate(1, (a, b) => a * b));
        }
        int from = firstRow * input.Width;
        int count = rows * input.Width;
        if (data is string[] text)
        {
            OrtValue strings = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
            for (int i = 0; i < count; i++)
            {
                strings.StringTensorSetElementAt(text[from + i].AsSpan(), i);
            }
            return strings;
        }
        return metadata.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => Tensor((float[])data, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => Tensor((double[])data, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => Tensor((long[])data, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => Tensor((long[])data, x => (int)x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int16 => Tensor((long[])data, x => (short)x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int8 => Tensor((long[])data, x => (sbyte)x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8 => Tensor((long[])data, x => (byte)x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt16 => Tensor((long[])data, x => (ushort)x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt32 => Tensor((long[])data, x => (uint)x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => Tensor((long[])data, x => x != 0),
            _ => throw new InferFException(InferFErrorCode.UnsupportedModel, $"The reference cannot feed this input type. Input '{input.Name}': {metadata.ElementDataType}."),
        };

        OrtValue Tensor<TIn, TOut>(TIn[] source, Func<TIn, TOut> convert)
            where TOut : unmanaged
        {
            TOut[] block = new TOut[count];
            for (int i = 0; i < count; i++)
            {
                block[i] = convert(source[from + i]);
            }
            return OrtValue.CreateTensorValueFromMemory(block, shape);
        }
    }

    private static Array Read(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.ElementDataType switch
        {
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Double => value.GetTensorDataAsSpan<double>().ToArray(),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => value.GetTensorDataAsSpan<long>().ToArray(),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int32 => Widen<int>(value, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int16 => Widen<short>(value, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int8 => Widen<sbyte>(value, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt8 => Widen<byte>(value, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt16 => Widen<ushort>(value, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.UInt32 => Widen<uint>(value, x => x),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Bool => Widen<bool>(value, x => x ? 1 : 0),
            Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.String => value.GetStringTensorAsArray(),
            _ => throw new InferFException(InferFErrorCode.UnsupportedModel, $"The reference gives an output type that cannot be compared: {info.ElementDataType}."),
        };
    }

    private static long[] Widen<T>(OrtValue value, Func<T, long> convert)
        where T : unmanaged
    {
        ReadOnlySpan<T> span = value.GetTensorDataAsSpan<T>();
        long[] wide = new long[span.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = convert(span[i]);
        }
        return wide;
    }
}
