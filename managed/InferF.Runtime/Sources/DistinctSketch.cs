using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;

namespace InferF.Runtime.Sources;

/// <summary>
/// Estimates how many distinct values a column has (HyperLogLog; Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog: the analysis of a
/// near-optimal cardinality estimation algorithm", 2007). Standard error 1.04/√4096 = 1.6 %.
/// </summary>
internal sealed class DistinctSketch
{
    /// <summary>An estimate of at least this share of the values is taken to mean that no value occurs twice: three standard errors.</summary>
    public const double LeastShareOfUnique = 1 - (3 * 0.016);

    private const int IndexBits = 12;

    private readonly byte[] _registers = new byte[1 << IndexBits];

    /// <summary>Adds the non-null values of a column.</summary>
    /// <returns>False if values of this type are not supported; then nothing was added.</returns>
    public bool Add(IArrowArray column)
    {
        switch (column)
        {
            case Int8Array or UInt8Array:
                AddFixed<byte>(column);
                return true;
            case Int16Array or UInt16Array:
                AddFixed<ushort>(column);
                return true;
            case Int32Array or UInt32Array or Date32Array:
                AddFixed<uint>(column);
                return true;
            case Int64Array or UInt64Array or TimestampArray:
                AddFixed<ulong>(column);
                return true;
            case StringArray text:
                for (int i = 0; i < text.Length; i++)
                {
                    if (text.IsValid(i))
                    {
                        Add(Hash(text.GetBytes(i)));
                    }
                }
                return true;
            default:
                return false;
        }
    }

    /// <summary>The estimate (the paper's figure 3; small numbers by linear counting).</summary>
    public double Estimate()
    {
        double sum = 0;
        int empty = 0;
        foreach (byte register in _registers)
        {
            sum += Math.ScaleB(1, -register);
            empty += register == 0 ? 1 : 0;
        }
        double m = _registers.Length;
        double raw = 0.7213 / (1 + (1.079 / m)) * m * m / sum;
        return raw <= 2.5 * m && empty > 0 ? Math.Round(m * Math.Log(m / empty)) : Math.Round(raw);
    }

    private void AddFixed<T>(IArrowArray column)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(column.Data.Buffers[1].Span).Slice(column.Data.Offset, column.Length);
        bool hasNulls = column.NullCount > 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!hasNulls || column.IsValid(i))
            {
                Add(Mix(ulong.CreateTruncating(values[i])));
            }
        }
    }

    private void Add(ulong hash)
    {
        int index = (int)(hash >> (64 - IndexBits));
        byte rank = (byte)(BitOperations.LeadingZeroCount((hash << IndexBits) | (1UL << (IndexBits - 1))) + 1);
        if (rank > _registers[index])
        {
            _registers[index] = rank;
        }
    }

    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ MemoryMarshal.Read<ulong>(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        ulong tail = 0;
        foreach (byte value in bytes)
        {
            tail = (tail << 8) | value;
        }
        return Mix(hash ^ tail);
    }

    // The output function of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
