using Apache.Arrow;
using InferF.Plan.Model;
using Array = System.Array;

namespace InferF.Fuzz.Tests;

/// <summary>Reads a prediction's column, whatever its outputs have become: a number, a list, a struct of such, one column per class.</summary>
internal static class PredictionColumns
{
    /// <summary>By output: its elements, row-major, in the types the reference uses.</summary>
    public static Array[] Outputs(IArrowArray column, IReadOnlyList<ModelOutput> outputs)
    {
        Queue<(Array Elements, int Width)> leaves = new(Leaves(column));
        Array[] result = new Array[outputs.Count];
        for (int i = 0; i < result.Length; i++)
        {
            List<(Array Elements, int Width)> parts = [];
            for (int width = 0; width < outputs[i].Expression.Width;)
            {
                parts.Add(leaves.Dequeue());
                width += parts[^1].Width;
            }
            result[i] = Interleave(parts, column.Length);
        }
        Assert.Empty(leaves);
        return result;
    }

    private static Array Interleave(List<(Array Elements, int Width)> parts, int rows)
    {
        if (parts.Count == 1)
        {
            return parts[0].Elements;
        }
        int width = parts.Sum(p => p.Width);
        Array result = Array.CreateInstanceFromArrayType(parts[0].Elements.GetType(), rows * width);
        for (int row = 0; row < rows; row++)
        {
            int at = row * width;
            foreach ((Array elements, int partWidth) in parts)
            {
                Array.Copy(elements, row * partWidth, result, at, partWidth);
                at += partWidth;
            }
        }
        return result;
    }

    private static IEnumerable<(Array Elements, int Width)> Leaves(IArrowArray column)
    {
        switch (column)
        {
            case StructArray fields:
                return fields.Fields.SelectMany(Leaves);
            case FixedSizeListArray list:
                int width = ((Apache.Arrow.Types.FixedSizeListType)list.Data.DataType).ListSize;
                return [(Elements(list.Values, list.Offset * width, list.Length * width), width)];
            default:
                return [(Elements(column, 0, column.Length), 1)];
        }
    }

    private static Array Elements(IArrowArray array, int start, int count) => array switch
    {
        FloatArray a => a.Values.Slice(start, count).ToArray(),
        DoubleArray a => a.Values.Slice(start, count).ToArray(),
        Int64Array a => a.Values.Slice(start, count).ToArray(),
        StringArray a => Enumerable.Range(start, count).Select(i => a.GetString(i)).ToArray(),
        BooleanArray a => Enumerable.Range(start, count).Select(i => a.GetValue(i) == true ? 1L : 0).ToArray(),
        Int32Array a => Widen<int>(a, start, count),
        Int16Array a => Widen<short>(a, start, count),
        Int8Array a => Widen<sbyte>(a, start, count),
        UInt32Array a => Widen<uint>(a, start, count),
        UInt16Array a => Widen<ushort>(a, start, count),
        UInt8Array a => Widen<byte>(a, start, count),
        _ => throw new InvalidOperationException($"A prediction has an unexpected Arrow type: {array.Data.DataType.Name}."),
    };

    private static long[] Widen<T>(PrimitiveArray<T> array, int start, int count)
        where T : struct, System.Numerics.INumber<T> => [.. array.Values.Slice(start, count).ToArray().Select(long.CreateChecked)];
}
