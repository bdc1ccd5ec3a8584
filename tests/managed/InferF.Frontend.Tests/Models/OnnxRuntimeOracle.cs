using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferF.Frontend.Tests.Models;

/// <summary>Runs models with ONNX Runtime on flat arrays as the interpreter takes them.</summary>
internal static class OnnxRuntimeOracle
{
    /// <summary>Outputs by name, integers and booleans widened to long as InferF represents them.</summary>
    public static Dictionary<string, Array> Run(byte[] model, IReadOnlyList<ModelInput> inputs, IReadOnlyList<Array> values, int rows)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(model, options);
        NamedOnnxValue[] feeds = [.. inputs.Select((input, i) => Feed(input, values[i], rows))];
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run(feeds);
        return results.ToDictionary(result => result.Name, Widen);
    }

    private static NamedOnnxValue Feed(ModelInput input, Array values, int rows)
    {
        int[] dims = [.. input.HasBatchDimension ? [rows] : Array.Empty<int>(), .. input.TrailingShape.Select(dim => (int)dim)];
        return input.FileType switch
        {
            "float" => Create((float[])values),
            "double" => Create((double[])values),
            "string" => Create((string[])values),
            "int64" => Create((long[])values),
            "int32" => Create(Array.ConvertAll((long[])values, v => (int)v)),
            "int16" => Create(Array.ConvertAll((long[])values, v => (short)v)),
            "int8" => Create(Array.ConvertAll((long[])values, v => (sbyte)v)),
            "uint32" => Create(Array.ConvertAll((long[])values, v => (uint)v)),
            "uint16" => Create(Array.ConvertAll((long[])values, v => (ushort)v)),
            "uint8" => Create(Array.ConvertAll((long[])values, v => (byte)v)),
            "bool" => Create(Array.ConvertAll((long[])values, v => v != 0)),
            _ => throw new NotSupportedException(input.FileType),
        };

        NamedOnnxValue Create<T>(T[] data) => NamedOnnxValue.CreateFromTensor(input.Name, new DenseTensor<T>(data, dims));
    }

    private static Array Widen(DisposableNamedOnnxValue value) => value.Value switch
    {
        Tensor<float> t => t.ToArray(),
        Tensor<double> t => t.ToArray(),
        Tensor<string> t => t.ToArray(),
        Tensor<long> t => t.ToArray(),
        Tensor<int> t => t.Select(v => (long)v).ToArray(),
        Tensor<short> t => t.Select(v => (long)v).ToArray(),
        Tensor<sbyte> t => t.Select(v => (long)v).ToArray(),
        Tensor<uint> t => t.Select(v => (long)v).ToArray(),
        Tensor<ushort> t => t.Select(v => (long)v).ToArray(),
        Tensor<byte> t => t.Select(v => (long)v).ToArray(),
        Tensor<bool> t => t.Select(v => v ? 1L : 0L).ToArray(),
        _ when value.ValueType == OnnxValueType.ONNX_TYPE_SEQUENCE => value.AsEnumerable<NamedOnnxValue>().SelectMany(Scores).ToArray(),
        _ => throw new NotSupportedException($"{value.Name}: {value.Value.GetType()}"),
    };

    // A map of a ZipMap, its scores ordered by class.
    private static IEnumerable<float> Scores(NamedOnnxValue map) => map.Value is IDictionary<string, float> texts
        ? texts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Value)
        : ((IDictionary<long, float>)map.Value).OrderBy(entry => entry.Key).Select(entry => entry.Value);
}
