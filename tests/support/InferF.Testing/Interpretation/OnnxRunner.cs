using System.Runtime.InteropServices;
using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;

namespace InferF.Testing;

/// <summary>Runs submodels in ONNX Runtime.</summary>
internal static class OnnxRunner
{
    /// <summary>The rows of a run: all outputs, each at its offset.</summary>
    public static byte[] Run(OnnxRunExpr run, Array[] arguments, int rows)
    {
        OnnxSubmodel submodel = run.Submodel;
        byte[] result = new byte[rows * submodel.RowBytes];
        using InferenceSession session = new((byte[])submodel.Model.Data);
        int chunk = submodel.IsBatched ? rows : 1;
        for (int row = 0; row < rows; row += chunk)
        {
            Dictionary<string, OrtValue> inputs = [];
            for (int i = 0; i < arguments.Length; i++)
            {
                OnnxSubmodelInput input = submodel.Inputs[i];
                long[] shape = [.. submodel.IsBatched ? [chunk] : Array.Empty<long>(), .. input.Dims.Select(d => (long)d)];
                int width = run.Arguments[i].Width;
                inputs.Add(input.Name, Tensor(arguments[i], row * width, chunk * width, shape));
            }
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, inputs, [.. submodel.Outputs.Select(o => o.Name)]);
            for (int i = 0; i < outputs.Count; i++)
            {
                OnnxSubmodelOutput output = submodel.Outputs[i];
                ReadOnlySpan<byte> elements = output.Type switch
                {
                    ElementType.Float32 => MemoryMarshal.AsBytes(outputs[i].GetTensorDataAsSpan<float>()),
                    ElementType.Float64 => MemoryMarshal.AsBytes(outputs[i].GetTensorDataAsSpan<double>()),
                    _ => MemoryMarshal.AsBytes(outputs[i].GetTensorDataAsSpan<long>()),
                };
                int bytes = elements.Length / chunk;
                for (int j = 0; j < chunk; j++)
                {
                    elements.Slice(j * bytes, bytes).CopyTo(result.AsSpan(((row + j) * submodel.RowBytes) + output.Offset));
                }
            }
            foreach (OrtValue input in inputs.Values)
            {
                input.Dispose();
            }
        }
        return result;
    }

    /// <summary>One output of a run.</summary>
    public static Array Output(OnnxOutputExpr expression, byte[] run, int rows)
    {
        OnnxSubmodel submodel = ((OnnxRunExpr)expression.Arguments[0]).Submodel;
        OnnxSubmodelOutput output = submodel.Outputs[expression.Output];
        return output.Type switch
        {
            ElementType.Float32 => Read<float>(),
            ElementType.Float64 => Read<double>(),
            _ => Read<long>(),
        };

        T[] Read<T>()
            where T : unmanaged =>
            [.. Enumerable.Range(0, rows).SelectMany(row => MemoryMarshal.Cast<byte, T>(run.AsSpan((row * submodel.RowBytes) + output.Offset))[..output.Width].ToArray())];
    }

    private static OrtValue Tensor(Array data, int start, int count, long[] shape)
    {
        switch (data)
        {
            case float[] singles:
                return OrtValue.CreateTensorValueFromMemory(singles[start..(start + count)], shape);
            case double[] doubles:
                return OrtValue.CreateTensorValueFromMemory(doubles[start..(start + count)], shape);
            case long[] integers:
                return OrtValue.CreateTensorValueFromMemory(integers[start..(start + count)], shape);
            default:
                OrtValue texts = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
                for (int i = 0; i < count; i++)
                {
                    texts.StringTensorSetElementAt(((string[])data)[start + i].AsSpan(), i);
                }
                return texts;
        }
    }
}
