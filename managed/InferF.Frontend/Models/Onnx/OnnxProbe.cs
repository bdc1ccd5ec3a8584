using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferF.Frontend.Models.Onnx;

/// <summary>
/// Asks ONNX Runtime about a small model while a file is imported: which types and shapes its outputs have, and what they are. Bounded: one
/// thread, no optimizations that would compute in advance, and a limit of time for a run.
/// </summary>
internal sealed class OnnxProbe : IDisposable
{
    /// <summary>Elements that an input made up for a probe may have.</summary>
    public const int MaxMadeUpElements = 1 << 22;

    private static readonly TimeSpan s_maxRunTime = TimeSpan.FromSeconds(20);

    private readonly InferenceSession _session;

    private OnnxProbe(InferenceSession session) => _session = session;

    /// <summary>Loads a model.</summary>
    /// <exception cref="UnsupportedNodeException">ONNX Runtime refuses it.</exception>
    public static OnnxProbe Open(ModelProto model)
    {
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            return new OnnxProbe(new InferenceSession(model.ToByteArray(), options));
        }
        catch (OnnxRuntimeException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>Type and dimensions of an output as far as they are known without running the model: −1 for unknown dimensions, null for an unknown rank.</summary>
    /// <exception cref="UnsupportedNodeException">The output is no tensor, or of a type that InferF does not represent.</exception>
    public (OnnxType Type, int[]? Dims) Output(string name)
    {
        NodeMetadata metadata = _session.OutputMetadata[name];
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
        {
            throw new UnsupportedNodeException($"output '{name}' is no tensor but {Kind(metadata.OnnxValueType)}", Refusal.Final);
        }
        OnnxType type = OnnxType.Find((long)metadata.ElementDataType)
            ?? throw new UnsupportedNodeException($"output '{name}' has the type {OnnxType.NameOf((long)metadata.ElementDataType)}", Refusal.Final);
        // An unknown rank is reported like that of a scalar.
        return (type, metadata.Dimensions.Length == 0 ? null : metadata.Dimensions);
    }

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">Inputs by name.</param>
    /// <param name="outputs">Names of the outputs.</param>
    /// <returns>The outputs, which the caller disposes of.</returns>
    /// <exception cref="UnsupportedNodeException">The run fails or takes too long.</exception>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyDictionary<string, OrtValue> inputs, IReadOnlyCollection<string> outputs)
    {
        using RunOptions options = new();
        using Timer limit = new(static state => ((RunOptions)state!).Terminate = true, options, s_maxRunTime, Timeout.InfiniteTimeSpan);
        try
        {
            return _session.Run(options, inputs, outputs);
        }
        catch (OnnxRuntimeException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>Reads a tensor of any type InferF represents.</summary>
    public static OnnxTensor Read(OrtValue value, string name, TensorDecoder decoder)
    {
        if (!value.IsTensor)
        {
            throw new UnsupportedNodeException($"output '{name}' is no tensor but {Kind(value.OnnxType)}", Refusal.Final);
        }
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        OnnxType type = OnnxType.Find((long)info.ElementDataType)
            ?? throw new UnsupportedNodeException($"output '{name}' has the type {OnnxType.NameOf((long)info.ElementDataType)}", Refusal.Final);
        if (info.Shape.Length > ModelLimits.MaxRank || OnnxTensor.Product(info.Shape) < 0)
        {
            throw new UnsupportedNodeException($"output '{name}' has too many elements or dimensions", Refusal.Final);
        }
        int count = (int)OnnxTensor.Product(info.Shape);
        decoder.Charge(count, type, $"Value '{name}'");
        Array data = type == OnnxType.String ? value.GetStringTensorAsArray()
            : TensorDecoder.FromRaw(count == 0 ? [] : value.GetTensorMutableRawData(), type, count, $"value '{name}'");
        return new OnnxTensor(name, type, [.. info.Shape.Select(dim => (int)dim)], data);
    }

    /// <summary>A tensor of zeros (or empty texts) of a type that crosses the boundary of a submodel.</summary>
    public static OrtValue MadeUp(OnnxType type, long[] dims)
    {
        long count = OnnxTensor.Product(dims);
        if (count is < 0 or > MaxMadeUpElements)
        {
            throw new UnsupportedNodeException($"its input is too large to find out the shape of its result: {count} elements", Refusal.Final);
        }
        int length = (int)count;
        return type.Name switch
        {
            "float" => OrtValue.CreateTensorValueFromMemory(new float[length], dims),
            "double" => OrtValue.CreateTensorValueFromMemory(new double[length], dims),
            "int64" => OrtValue.CreateTensorValueFromMemory(new long[length], dims),
            _ => OrtValue.CreateFromStringTensor(new DenseTensor<string>(Enumerable.Repeat("", length).ToArray(), [.. dims.Select(dim => (int)dim)])),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static UnsupportedNodeException Refused(OnnxRuntimeException failure)
    {
        string message = failure.Message.ReplaceLineEndings(" ");
        return new UnsupportedNodeException($"ONNX Runtime refuses it ({(message.Length > 300 ? message[..300] + "…" : message).TrimEnd('.', ' ')})", Refusal.Final);
    }

    private static string Kind(OnnxValueType kind) => kind switch
    {
        OnnxValueType.ONNX_TYPE_SEQUENCE => "a sequence",
        OnnxValueType.ONNX_TYPE_MAP => "a map",
        OnnxValueType.ONNX_TYPE_OPTIONAL => "an optional",
        OnnxValueType.ONNX_TYPE_SPARSETENSOR => "a sparse tensor",
        _ => "unknown",
    };
}
