using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="Apache.Arrow.C.CArrowArray"/> as the C compiler sees it.</summary>
public static unsafe class ArrowArrayTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<Apache.Arrow.C.CArrowArray>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(80, sizeof(Apache.Arrow.C.CArrowArray));

    [Fact]
    public static void length_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("length"));

    [Fact]
    public static void null_count_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("null_count"));

    [Fact]
    public static void offset_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("offset"));

    [Fact]
    public static void n_buffers_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("n_buffers"));

    [Fact]
    public static void n_children_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("n_children"));

    [Fact]
    public static void buffers_HasTheOffsetOfC() => Assert.Equal(40, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("buffers"));

    [Fact]
    public static void children_HasTheOffsetOfC() => Assert.Equal(48, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("children"));

    [Fact]
    public static void dictionary_HasTheOffsetOfC() => Assert.Equal(56, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("dictionary"));

    [Fact]
    public static void release_HasTheOffsetOfC() => Assert.Equal(64, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("release"));

    [Fact]
    public static void private_data_HasTheOffsetOfC() => Assert.Equal(72, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArray>("private_data"));
}
