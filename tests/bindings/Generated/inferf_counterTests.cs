using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="inferf_counter"/> as the C compiler sees it.</summary>
public static unsafe class inferf_counterTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<inferf_counter>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(48, sizeof(inferf_counter));

    [Fact]
    public static void kind_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<inferf_counter>("kind"));

    [Fact]
    public static void id_HasTheOffsetOfC() => Assert.Equal(4, (int)Marshal.OffsetOf<inferf_counter>("id"));

    [Fact]
    public static void num_rows_in_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<inferf_counter>("num_rows_in"));

    [Fact]
    public static void num_rows_out_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<inferf_counter>("num_rows_out"));

    [Fact]
    public static void nanoseconds_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<inferf_counter>("nanoseconds"));

    [Fact]
    public static void bytes_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<inferf_counter>("bytes"));

    [Fact]
    public static void flops_HasTheOffsetOfC() => Assert.Equal(40, (int)Marshal.OffsetOf<inferf_counter>("flops"));
}
