using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="Apache.Arrow.C.CArrowArrayStream"/> as the C compiler sees it.</summary>
public static unsafe class ArrowArrayStreamTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<Apache.Arrow.C.CArrowArrayStream>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(40, sizeof(Apache.Arrow.C.CArrowArrayStream));

    [Fact]
    public static void get_schema_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArrayStream>("get_schema"));

    [Fact]
    public static void get_next_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArrayStream>("get_next"));

    [Fact]
    public static void get_last_error_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArrayStream>("get_last_error"));

    [Fact]
    public static void release_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArrayStream>("release"));

    [Fact]
    public static void private_data_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowArrayStream>("private_data"));
}
