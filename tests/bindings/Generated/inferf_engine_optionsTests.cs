using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="inferf_engine_options"/> as the C compiler sees it.</summary>
public static unsafe class inferf_engine_optionsTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<inferf_engine_options>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(56, sizeof(inferf_engine_options));

    [Fact]
    public static void struct_size_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<inferf_engine_options>("struct_size"));

    [Fact]
    public static void num_threads_HasTheOffsetOfC() => Assert.Equal(4, (int)Marshal.OffsetOf<inferf_engine_options>("num_threads"));

    [Fact]
    public static void memory_limit_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<inferf_engine_options>("memory_limit"));

    [Fact]
    public static void onnxruntime_path_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<inferf_engine_options>("onnxruntime_path"));

    [Fact]
    public static void onnxruntime_path_size_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<inferf_engine_options>("onnxruntime_path_size"));

    [Fact]
    public static void spill_directory_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<inferf_engine_options>("spill_directory"));

    [Fact]
    public static void spill_directory_size_HasTheOffsetOfC() => Assert.Equal(40, (int)Marshal.OffsetOf<inferf_engine_options>("spill_directory_size"));

    [Fact]
    public static void cache_limit_HasTheOffsetOfC() => Assert.Equal(48, (int)Marshal.OffsetOf<inferf_engine_options>("cache_limit"));
}
