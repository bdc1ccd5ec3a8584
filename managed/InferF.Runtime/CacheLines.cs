using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace InferF.Runtime;

/// <summary>Asks for memory before it is needed, which takes an address and so has its place here.</summary>
public static unsafe class CacheLines
{
    /// <summary>Bytes that memory is moved by.</summary>
    public const int Bytes = 64;

    /// <summary>Requests the line that holds <paramref name="element"/> into all caches. A hint: it never faults, and does nothing where the processor has no such instruction.</summary>
    /// <typeparam name="T">Type of the element.</typeparam>
    /// <param name="element">An element; it may move meanwhile, the hint is then lost.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Request<T>(ref readonly T element)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in element)));
        }
    }
}
