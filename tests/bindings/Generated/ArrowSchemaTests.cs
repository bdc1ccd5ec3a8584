using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Layout of <see cref="Apache.Arrow.C.CArrowSchema"/> as the C compiler sees it.</summary>
public static unsafe class ArrowSchemaTests
{
    [Fact]
    public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<Apache.Arrow.C.CArrowSchema>());

    [Fact]
    public static void HasTheSizeOfC() => Assert.Equal(72, sizeof(Apache.Arrow.C.CArrowSchema));

    [Fact]
    public static void format_HasTheOffsetOfC() => Assert.Equal(0, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("format"));

    [Fact]
    public static void name_HasTheOffsetOfC() => Assert.Equal(8, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("name"));

    [Fact]
    public static void metadata_HasTheOffsetOfC() => Assert.Equal(16, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("metadata"));

    [Fact]
    public static void flags_HasTheOffsetOfC() => Assert.Equal(24, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("flags"));

    [Fact]
    public static void n_children_HasTheOffsetOfC() => Assert.Equal(32, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("n_children"));

    [Fact]
    public static void children_HasTheOffsetOfC() => Assert.Equal(40, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("children"));

    [Fact]
    public static void dictionary_HasTheOffsetOfC() => Assert.Equal(48, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("dictionary"));

    [Fact]
    public static void release_HasTheOffsetOfC() => Assert.Equal(56, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("release"));

    [Fact]
    public static void private_data_HasTheOffsetOfC() => Assert.Equal(64, (int)Marshal.OffsetOf<Apache.Arrow.C.CArrowSchema>("private_data"));
}
