using System.Text;

namespace InferF.Bindings.Generator;

/// <summary>Writes tests that hold the C# structs against the size and the offset of every field that the C compiler sees.</summary>
public static class LayoutTestWriter
{
    /// <summary>Writes one test class per struct with a definition.</summary>
    /// <returns>File name and text.</returns>
    public static IEnumerable<(string Name, string Text)> Write(CHeader header) =>
        header.Structs.Where(type => type.Size > 0).Select(type => ($"{type.Name}Tests.cs", WriteTests(type)));

    private static string WriteTests(CStruct type)
    {
        string managed = type.IsArrow ? $"Apache.Arrow.C.C{type.Name}" : type.Name;
        var text = new StringBuilder(
            $$"""
            using System.Runtime.CompilerServices;
            using System.Runtime.InteropServices;

            namespace InferF.Bindings.Tests;

            /// <summary>Layout of <see cref="{{managed}}"/> as the C compiler sees it.</summary>
            public static unsafe class {{type.Name}}Tests
            {
                [Fact]
                public static void IsBlittable() => Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<{{managed}}>());

                [Fact]
                public static void HasTheSizeOfC() => Assert.Equal({{type.Size}}, sizeof({{managed}}));

            """.ReplaceLineEndings("\n"));
        foreach (CField field in type.Fields)
        {
            text.Append($"\n    [Fact]\n    public static void {field.Name}_HasTheOffsetOfC() => Assert.Equal({field.Offset}, (int)Marshal.OffsetOf<{managed}>(\"{field.Name}\"));\n");
        }
        return text.Append("}\n").ToString();
    }
}
