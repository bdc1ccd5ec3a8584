using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="inferf_progress"/> as the C compiler sees it.</summary>
public static unsafe class inferf_progressTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<inferf_progress>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(32, sizeof(inferf_progress));

    [Fact]
    public static void num_source_rows_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<inferf_progress>("num_source_rows"));

    [Fact]
    public static void num_output_rows_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<inferf_progress>("num_output_rows"));

    [Fact]
    public static void phase_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<inferf_progress>("phase"));

    [Fact]
    public static void reserved_HasTheOffsetOfC() => Assert.Equal(20, (int)Marshal.OffsetOf<inferf_progress>("reserved"));

    [Fact]
    public static void num_spilled_bytes_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<inferf_progress>("num_spilled_bytes"));
}
