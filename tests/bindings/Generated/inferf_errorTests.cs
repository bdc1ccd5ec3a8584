using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="inferf_error"/> as the C compiler sees it.</summary>
public static unsafe class inferf_errorTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<inferf_error>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(1024, sizeof(inferf_error));

    [Fact]
    public static void code_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<inferf_error>("code"));

    [Fact]
    public static void kind_HasTheOffsetOfC() => Assert.Equal(4, (int)Marshal.OffsetOf<inferf_error>("kind"));

    [Fact]
    public static void message_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<inferf_error>("message"));
}
