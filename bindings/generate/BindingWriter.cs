using System.Text;

namespace InferF.Bindings.Generator;

/// <summary>Writes the C# declarations in the shape ClangSharp gives with the arguments of <c>clangsharp.rsp</c>.</summary>
public static class BindingWriter
{
    private const string Attribute =
        """
        using System.Diagnostics;

        namespace InferF.Bindings;

        /// <summary>Defines the type of a member as it was used in the native signature.</summary>
        /// <param name="name">The name of the type that was used in the native signature.</param>
        [AttributeUsage(AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter | AttributeTargets.ReturnValue, AllowMultiple = false, Inherited = true)]
        [Conditional("DEBUG")]
        internal sealed partial class NativeTypeNameAttribute(string name) : Attribute
        {
            /// <summary>Gets the name of the type that was used in the native signature.</summary>
            public string Name { get; } = name;
        }

        """;

    private static readonly HashSet<string> s_keywords = ["params", "string", "object", "in", "out", "ref", "event", "lock", "checked", "base", "is", "as", "operator"];

    /// <summary>Writes one file per type.</summary>
    /// <returns>File name and text.</returns>
    public static IEnumerable<(string Name, string Text)> Write(CHeader header)
    {
        yield return ("NativeTypeNameAttribute.cs", Attribute.ReplaceLineEndings("\n"));
        yield return ("NativeMethods.cs", WriteMethods(header));
        foreach (CStruct type in header.Structs.Where(type => !type.IsArrow))
        {
            yield return ($"{type.Name}.cs", WriteStruct(type));
        }
    }

    private static string WriteMethods(CHeader header)
    {
        var text = new StringBuilder("using System.Runtime.InteropServices;\n\nnamespace InferF.Bindings;\n\ninternal static unsafe partial class NativeMethods\n{\n");
        string separator = "";
        foreach (CConstant constant in header.Constants)
        {
            text.Append(separator).Append($"    internal const int {constant.Name} = {constant.Value};\n");
            separator = "\n";
        }
        foreach (CFunction function in header.Functions)
        {
            text.Append(separator).Append("    [DllImport(\"inferf\", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]\n");
            if (function.Returns.Native != function.Returns.Managed)
            {
                text.Append($"    [return: NativeTypeName(\"{function.Returns.Native}\")]\n");
            }
            IEnumerable<string> parameters = function.Parameters.Select(parameter => $"{Annotation(parameter.Type, " ")}{parameter.Type.Managed} {Identifier(parameter.Name)}");
            text.Append($"    internal static extern {function.Returns.Managed} {function.Name}({string.Join(", ", parameters)});\n");
            separator = "\n";
        }
        return text.Append("}\n").ToString();
    }

    private static string WriteStruct(CStruct type)
    {
        bool hasBuffers = type.Fields.Any(field => field.Type.ArrayLength > 0);
        var text = new StringBuilder(hasBuffers ? "using System.Runtime.CompilerServices;\n\n" : "");
        string unsafety = type.Fields.Any(field => field.Type.IsPointer) ? "unsafe " : "";
        text.Append($"namespace InferF.Bindings;\n\ninternal {unsafety}partial struct {type.Name}\n{{\n");
        string separator = "";
        foreach (CField field in type.Fields)
        {
            string managed = field.Type.ArrayLength > 0 ? BufferName(field) : field.Type.Managed;
            text.Append(separator).Append($"    {Annotation(field.Type, "\n    ")}public {managed} {Identifier(field.Name)};\n");
            separator = "\n";
        }
        foreach (CField field in type.Fields.Where(field => field.Type.ArrayLength > 0))
        {
            text.Append($"\n    [InlineArray({field.Type.ArrayLength})]\n    internal partial struct {BufferName(field)}\n    {{\n        public {field.Type.Managed} e0;\n    }}\n");
        }
        return text.Append("}\n").ToString();
    }

    private static string Annotation(CType type, string separator) => type.Native == Spaced(type) ? "" : $"[NativeTypeName(\"{type.Native}\")]{separator}";

    // The C spelling of a pointer that differs from C# in nothing but the space before the asterisk is not worth an attribute.
    private static string Spaced(CType type) => type.ArrayLength > 0 ? "" : type.Managed.TrimEnd('*') is var name && name.Length == type.Managed.Length ? name : $"{name} {type.Managed[name.Length..]}";

    private static string BufferName(CField field) => $"_{field.Name}_e__FixedBuffer";

    private static string Identifier(string name) => s_keywords.Contains(name) ? $"@{name}" : name;
}
