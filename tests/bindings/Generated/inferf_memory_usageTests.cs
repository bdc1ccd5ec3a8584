using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="inferf_memory_usage"/> as the C compiler sees it.</summary>
public static unsafe class inferf_memory_usageTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<inferf_memory_usage>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(48, sizeof(inferf_memory_usage));

    [Fact]
    public static void bytes_in_use_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<inferf_memory_usage>("bytes_in_use"));

    [Fact]
    public static void bytes_peak_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<inferf_memory_usage>("bytes_peak"));

    [Fact]
    public static void bytes_limit_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<inferf_memory_usage>("bytes_limit"));

    [Fact]
    public static void bytes_cached_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<inferf_memory_usage>("bytes_cached"));

    [Fact]
    public static void num_cache_hits_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<inferf_memory_usage>("num_cache_hits"));

    [Fact]
    public static void num_cache_misses_HasTheOffsetOfC() => Assert.Equal(40, (int)Marshal.OffsetOf<inferf_memory_usage>("num_cache_misses"));
}
