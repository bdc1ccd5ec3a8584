using System.Globalization;
using InferF.Plan.Model;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace InferF.Verification;

/// <summary>Arrays of the element types InferF knows, as ONNX Runtime's values of the types a file declares, and back.</summary>
internal static class OnnxTensors
{
    /// <summary>Creates a tensor of the declared type.</summary>
    /// <param name="name">Name of the input, for messages.</param>
    /// <param name="type">Type the file declares.</param>
    /// <param name="data"><c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>: all elements.</param>
    /// <param name="shape">The tensor's dimensions.</param>
    /// <exception cref="InferFException">ONNX Runtime cannot be fed this type.</exception>
    public static OrtValue Create(string name, TensorElementType type, Array data, long[] shape)
    {
        return type switch
        {
            TensorElementType.Float => Tensor((float[])data),
            TensorElementType.Double => Tensor((double[])data),
            TensorElementType.Float16 => Tensor(Array.ConvertAll((float[])data, x => (Float16)x)),
            TensorElementType.BFloat16 => Tensor(Array.ConvertAll((float[])data, x => (BFloat16)x)),
            TensorElementType.Int64 => Tensor((long[])data),
            TensorElementType.Int32 => Tensor(Array.ConvertAll((long[])data, x => (int)x)),
            TensorElementType.Int16 => Tensor(Array.ConvertAll((long[])data, x => (short)x)),
            TensorElementType.Int8 => Tensor(Array.ConvertAll((long[])data, x => (sbyte)x)),
            TensorElementType.UInt64 => Tensor(Array.ConvertAll((long[])data, x => (ulong)x)),
            TensorElementType.UInt32 => Tensor(Array.ConvertAll((long[])data, x => (uint)x)),
            TensorElementType.UInt16 => Tensor(Array.ConvertAll((long[])data, x => (ushort)x)),
            TensorElementType.UInt8 => Tensor(Array.ConvertAll((long[])data, x => (byte)x)),
            TensorElementType.Bool => Tensor(Array.ConvertAll((long[])data, x => x != 0)),
            TensorElementType.String => Texts((string[])data),
            _ => throw new InferFException(InferFErrorCode.UnsupportedModel, $"The reference cannot feed this input type. Input '{name}': {type}."),
        };

        OrtValue Tensor<T>(T[] elements)
            where T : unmanaged => OrtValue.CreateTensorValueFromMemory(elements, shape);

        OrtValue Texts(string[] elements)
        {
            OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
            for (int i = 0; i < elements.Length; i++)
            {
                value.StringTensorSetElementAt(elements[i].AsSpan(), i);
            }
            return value;
        }
    }

    /// <summary>Reads an output: a tensor of any type, or the sequence of maps that a ZipMap gives, one map per row.</summary>
    /// <returns><c>float[]</c>, <c>double[]</c>, <c>long[]</c> or <c>string[]</c>.</returns>
    /// <exception cref="InferFException">The output is of a type that cannot be compared.</exception>
    public static Array Read(OrtValue value, ModelOutput output)
    {
        if (value.OnnxType == OnnxValueType.ONNX_TYPE_SEQUENCE)
        {
            return ReadMaps(value, output);
        }
        if (value.OnnxType != OnnxValueType.ONNX_TYPE_TENSOR)
        {
            throw NotComparable(output, value.OnnxType.ToString());
        }
        TensorElementType type = value.GetTensorTypeAndShape().ElementDataType;
        return type switch
        {
            TensorElementType.Float => value.GetTensorDataAsSpan<float>().ToArray(),
            TensorElementType.Double => value.GetTensorDataAsSpan<double>().ToArray(),
            TensorElementType.Float16 => Convert<Float16, float>(value, x => (float)x),
            TensorElementType.BFloat16 => Convert<BFloat16, float>(value, x => (float)x),
            TensorElementType.Int64 => value.GetTensorDataAsSpan<long>().ToArray(),
            TensorElementType.Int32 => Convert<int, long>(value, x => x),
            TensorElementType.Int16 => Convert<short, long>(value, x => x),
            TensorElementType.Int8 => Convert<sbyte, long>(value, x => x),
            TensorElementType.UInt64 => Convert<ulong, long>(value, x => (long)x),
            TensorElementType.UInt32 => Convert<uint, long>(value, x => x),
            TensorElementType.UInt16 => Convert<ushort, long>(value, x => x),
            TensorElementType.UInt8 => Convert<byte, long>(value, x => x),
            TensorElementType.Bool => Convert<bool, long>(value, x => x ? 1 : 0),
            TensorElementType.String => value.GetStringTensorAsArray(),
            _ => throw NotComparable(output, type.ToString()),
        };
    }

    /// <summary>A map of one row, from words or integers to numbers or texts.</summary>
    /// <param name="hasTextKeys">Keys are texts; otherwise integers, given as their digits.</param>
    /// <param name="entries">Keys and values; the values of one type.</param>
    public static OrtValue CreateMap(bool hasTextKeys, IReadOnlyList<(string Key, object Value)> entries)
    {
        long[] Integers() => [.. entries.Select(e => long.Parse(e.Key, CultureInfo.InvariantCulture))];
        string[] Texts() => [.. entries.Select(e => e.Key)];
        return entries[0].Value switch
        {
            float => Create(entries.Select(e => (float)e.Value)),
            double => Create(entries.Select(e => (double)e.Value)),
            long => Create(entries.Select(e => (long)e.Value)),
            _ => OrtValue.CreateMapWithStringValues(Integers(), [.. entries.Select(e => (string)e.Value)]),
        };

        OrtValue Create<T>(IEnumerable<T> values)
            where T : unmanaged => hasTextKeys
            ? OrtValue.CreateMapWithStringKeys(Texts(), values.ToArray())
            : OrtValue.CreateMap(Integers(), values.ToArray());
    }

    // The scores by class, in the order of the output's class names.
    private static float[] ReadMaps(OrtValue sequence, ModelOutput output)
    {
        Dictionary<string, int> columns = output.ClassNames.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        int rows = sequence.GetValueCount();
        int width = output.Expression.Width;
        float[] scores = new float[rows * width];
        for (int row = 0; row < rows; row++)
        {
            using OrtValue map = sequence.GetValue(row, OrtAllocator.DefaultInstance);
            if (map.OnnxType != OnnxValueType.ONNX_TYPE_MAP)
            {
                throw NotComparable(output, $"a sequence of {map.OnnxType}");
            }
            using OrtValue keys = map.GetValue(0, OrtAllocator.DefaultInstance);
            using OrtValue values = map.GetValue(1, OrtAllocator.DefaultInstance);
            string[] names = keys.GetTensorTypeAndShape().ElementDataType == TensorElementType.String
                ? keys.GetStringTensorAsArray()
                : Convert<long, string>(keys, k => k.ToString(CultureInfo.InvariantCulture));
            ReadOnlySpan<float> elements = values.GetTensorDataAsSpan<float>();
            for (int i = 0; i < names.Length; i++)
            {
                scores[row * width + (columns.TryGetValue(names[i], out int column) && column < width ? column : throw NotComparable(output, $"a map with the key '{names[i]}'"))] = elements[i];
            }
        }
        return scores;
    }

    private static TOut[] Convert<TIn, TOut>(OrtValue value, Func<TIn, TOut> convert)
        where TIn : unmanaged
    {
        ReadOnlySpan<TIn> span = value.GetTensorDataAsSpan<TIn>();
        TOut[] converted = new TOut[span.Length];
        for (int i = 0; i < converted.Length; i++)
        {
            converted[i] = convert(span[i]);
        }
        return converted;
    }

    private static InferFException NotComparable(ModelOutput output, string type) =>
        new(InferFErrorCode.UnsupportedModel, $"The reference gives an output type that cannot be compared. Output '{output.Name}': {type}.");
}
