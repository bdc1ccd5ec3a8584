using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="inferf_observation"/> as the C compiler sees it.</summary>
public static unsafe class inferf_observationTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<inferf_observation>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(56, sizeof(inferf_observation));

    [Fact]
    public static void node_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<inferf_observation>("node"));

    [Fact]
    public static void reserved_HasTheOffsetOfC() => Assert.Equal(4, (int)Marshal.OffsetOf<inferf_observation>("reserved"));

    [Fact]
    public static void num_rows_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<inferf_observation>("num_rows"));

    [Fact]
    public static void num_distinct_keys_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<inferf_observation>("num_distinct_keys"));

    [Fact]
    public static void num_build_rows_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<inferf_observation>("num_build_rows"));

    [Fact]
    public static void num_referenced_rows_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<inferf_observation>("num_referenced_rows"));

    [Fact]
    public static void num_sampled_rows_in_HasTheOffsetOfC() => Assert.Equal(40, (int)Marshal.OffsetOf<inferf_observation>("num_sampled_rows_in"));

    [Fact]
    public static void num_sampled_rows_out_HasTheOffsetOfC() => Assert.Equal(48, (int)Marshal.OffsetOf<inferf_observation>("num_sampled_rows_out"));
}
