using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using InferF.Runtime;

namespace InferF.Cli.Bench.Machine;

/// <summary>
/// The inner loops of the probe, on vectors as wide as the processor has them. Their twins in <c>tests/bench/native/PeakProbe.cpp</c> are what they are checked against.
/// </summary>
internal static class ProbeLoops
{
    // Independent sums: two multiply-adds per cycle that take four or five cycles each need ten of them; sixteen registers hold twelve and two operands.
    private const int Accumulators = 12;

    // Rows of a table that are requested before they are added.
    private const int RowsAhead = 12;

    /// <summary>Floats in a vector.</summary>
    public static int Lanes => Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256<float>.Count;

    /// <summary>Floating-point operations of one step of <see cref="MultiplyAdd"/>.</summary>
    public static int FlopsPerStep => 2 * Accumulators * Lanes;

    /// <summary>Fused multiply-adds that wait for nothing but themselves.</summary>
    /// <param name="steps">Steps of <see cref="FlopsPerStep"/>.</param>
    public static float MultiplyAdd(long steps) => Vector512.IsHardwareAccelerated ? MultiplyAdd512(steps) : MultiplyAdd256(steps);

    /// <summary>Reads memory from end to end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Read(ReadOnlySpan<float> memory)
    {
        ref float start = ref MemoryMarshal.GetReference(memory);
        Vector256<float> a = default, b = default, c = default, d = default;
        nuint step = (nuint)Vector256<float>.Count;
        for (nuint i = 0; i + 4 * step <= (nuint)memory.Length; i += 4 * step)
        {
            a += Vector256.LoadUnsafe(ref start, i);
            b += Vector256.LoadUnsafe(ref start, i + step);
            c += Vector256.LoadUnsafe(ref start, i + 2 * step);
            d += Vector256.LoadUnsafe(ref start, i + 3 * step);
        }
        return Vector256.Sum(a + b + c + d);
    }

    /// <summary>Adds rows of a table, chosen by id, to one row that stays in the nearest cache; four at a time, as a sum of several tables does.</summary>
    /// <param name="table">The table, row after row.</param>
    /// <param name="width">Floats per row, a multiple of 16.</param>
    /// <param name="ids">Rows to add, a multiple of four.</param>
    /// <param name="sum">Receives the sum.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GatherAdd(ReadOnlySpan<float> table, int width, ReadOnlySpan<int> ids, Span<float> sum)
    {
        ref float start = ref MemoryMarshal.GetReference(table);
        ref float total = ref MemoryMarshal.GetReference(sum);
        ref int id = ref MemoryMarshal.GetReference(ids);
        nuint rowWidth = (nuint)width;
        nuint step = (nuint)Vector256<float>.Count;
        nuint line = CacheLines.Bytes / sizeof(float);
        for (int i = 0; i + 4 <= ids.Length; i += 4)
        {
            for (int ahead = i + RowsAhead; ahead < Math.Min(i + RowsAhead + 4, ids.Length); ahead++)
            {
                ref float row = ref Unsafe.Add(ref start, (nuint)Unsafe.Add(ref id, ahead) * rowWidth);
                for (nuint j = 0; j < rowWidth; j += line)
                {
                    CacheLines.Request(ref Unsafe.Add(ref row, j));
                }
            }
            ref float first = ref Unsafe.Add(ref start, (nuint)Unsafe.Add(ref id, i) * rowWidth);
            ref float second = ref Unsafe.Add(ref start, (nuint)Unsafe.Add(ref id, i + 1) * rowWidth);
            ref float third = ref Unsafe.Add(ref start, (nuint)Unsafe.Add(ref id, i + 2) * rowWidth);
            ref float fourth = ref Unsafe.Add(ref start, (nuint)Unsafe.Add(ref id, i + 3) * rowWidth);
            for (nuint j = 0; j < rowWidth; j += step)
            {
                Vector256<float> rows = Vector256.LoadUnsafe(ref first, j) + Vector256.LoadUnsafe(ref second, j) + (Vector256.LoadUnsafe(ref third, j) + Vector256.LoadUnsafe(ref fourth, j));
                (Vector256.LoadUnsafe(ref total, j) + rows).StoreUnsafe(ref total, j);
            }
        }
    }

    /// <summary>Looks keys up in an array.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int LookUp(ReadOnlySpan<int> table, ReadOnlySpan<int> keys)
    {
        ref int start = ref MemoryMarshal.GetReference(table);
        int a = 0, b = 0;
        for (int i = 0; i + 2 <= keys.Length; i += 2)
        {
            a ^= Unsafe.Add(ref start, keys[i]);
            b ^= Unsafe.Add(ref start, keys[i + 1]);
        }
        return a ^ b;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdd256(long steps)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(0.001f);
        Vector256<float> a = y, b = x, c = y + x, d = y, e = x, f = y, g = x, h = y, i = x, j = y, k = x, l = y;
        for (long step = 0; step < steps; step++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y);
            b = Vector256.FusedMultiplyAdd(b, x, y);
            c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y);
            e = Vector256.FusedMultiplyAdd(e, x, y);
            f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y);
            h = Vector256.FusedMultiplyAdd(h, x, y);
            i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y);
            k = Vector256.FusedMultiplyAdd(k, x, y);
            l = Vector256.FusedMultiplyAdd(l, x, y);
        }
        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float MultiplyAdd512(long steps)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> a = y, b = x, c = y + x, d = y, e = x, f = y, g = x, h = y, i = x, j = y, k = x, l = y;
        for (long step = 0; step < steps; step++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y);
            b = Vector512.FusedMultiplyAdd(b, x, y);
            c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y);
            e = Vector512.FusedMultiplyAdd(e, x, y);
            f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y);
            h = Vector512.FusedMultiplyAdd(h, x, y);
            i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y);
            k = Vector512.FusedMultiplyAdd(k, x, y);
            l = Vector512.FusedMultiplyAdd(l, x, y);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
