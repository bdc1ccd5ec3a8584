using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace InferF.Bindings.Generator;

/// <summary>Reads a C header through CastXML, which writes what clang understood of it as XML.</summary>
public sealed partial class CastXmlReader
{
    private static readonly Dictionary<string, string> s_builtinTypes = new()
    {
        ["void"] = "void",
        ["char"] = "byte", // -funsigned-char
        ["unsigned char"] = "byte",
        ["signed char"] = "sbyte",
        ["short int"] = "short",
        ["short unsigned int"] = "ushort",
        ["int"] = "int",
        ["unsigned int"] = "uint",
        ["float"] = "float",
        ["double"] = "double",
    };

    // By name, because `long` has another size on other platforms than the one the generator runs on.
    private static readonly Dictionary<string, string> s_fixedWidthTypes = new()
    {
        ["int8_t"] = "sbyte",
        ["uint8_t"] = "byte",
        ["int16_t"] = "short",
        ["uint16_t"] = "ushort",
        ["int32_t"] = "int",
        ["uint32_t"] = "uint",
        ["int64_t"] = "long",
        ["uint64_t"] = "ulong",
        ["size_t"] = "nuint",
        ["inferf_status"] = "int",
    };

    private readonly Dictionary<string, XElement> _elements;
    private readonly HashSet<string> _ownFiles;

    private CastXmlReader(XElement root)
    {
        _elements = root.Elements().ToDictionary(element => (string)element.Attribute("id")!);
        _ownFiles = [.. root.Elements("File").Where(file => ((string)file.Attribute("name")!).Contains("inferf/", StringComparison.Ordinal)).Select(file => (string)file.Attribute("id")!)];
    }

    /// <summary>Reads a header.</summary>
    /// <param name="includeDirectory">Directory that contains <c>inferf/inferf.h</c>.</param>
    /// <exception cref="GeneratorException">castxml is missing or fails, or the header contains what the C ABI rules forbid.</exception>
    public static CHeader Read(string includeDirectory)
    {
        string header = Path.Combine(includeDirectory, "inferf", "inferf.h");
        XElement root = RunCastXml(includeDirectory, header);
        ImmutableArray<CConstant> macros = [.. IntegerMacro().Matches(File.ReadAllText(header)).Select(match => new CConstant(match.Groups[1].Value, long.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)))];
        CHeader contents = new CastXmlReader(root).ReadDeclarations();
        return contents with { Constants = [.. macros, .. contents.Constants] };
    }

    // CastXML lists no macros; the only one that matters to a caller is an integer: INFERF_ABI_VERSION.
    [GeneratedRegex(@"^#define\s+(INFERF_[A-Z_]+)\s+(\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex IntegerMacro();

    private static XElement RunCastXml(string includeDirectory, string header)
    {
        string output = Path.Combine(Path.GetTempPath(), $"inferf-castxml-{Environment.ProcessId}-{Guid.NewGuid():N}.xml");
        try
        {
            var start = new ProcessStartInfo("castxml") { RedirectStandardError = true };
            foreach (string argument in (string[])["--castxml-output=1", "-x", "c", "-std=c17", "-funsigned-char", "-DINFERF_API=", "-I", includeDirectory, "-o", output, header])
            {
                start.ArgumentList.Add(argument);
            }
            using Process process = Process.Start(start) ?? throw new GeneratorException("castxml did not start.");
            string messages = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                throw new GeneratorException($"castxml could not read {header}. It says: {messages}");
            }
            return XElement.Load(output);
        }
        catch (Exception exception) when (exception is Win32Exception or XmlException)
        {
            throw new GeneratorException("castxml is needed to regenerate the bindings and cannot be run. On Debian: apt-get install castxml.", exception);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private CHeader ReadDeclarations()
    {
        IEnumerable<XElement> own = _elements.Values.Where(element => _ownFiles.Contains((string?)element.Attribute("file") ?? ""));
        return new CHeader(
            [.. own.Where(element => element.Name == "Enumeration").SelectMany(ReadEnumerators)],
            [.. own.Where(element => element.Name == "Struct").Select(ReadStruct)],
            [.. own.Where(element => element.Name == "Function").Select(ReadFunction)]);
    }

    private static IEnumerable<CConstant> ReadEnumerators(XElement enumeration)
    {
        if (Name(enumeration) != "")
        {
            throw new GeneratorException($"C enums have no fixed width and must not be named in the interface. Enum: {Name(enumeration)}.");
        }
        return enumeration.Elements("EnumValue").Select(value => new CConstant(Name(value), (long)value.Attribute("init")!));
    }

    private CStruct ReadStruct(XElement element)
    {
        if ((string?)element.Attribute("incomplete") == "1")
        {
            return new CStruct(Name(element), 0, []);
        }
        ImmutableArray<CField> fields =
        [
            .. ((string?)element.Attribute("members") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => _elements[id])
                .Where(member => member.Name == "Field")
                .Select(field => new CField(Name(field), ReadType((string)field.Attribute("type")!), (int)field.Attribute("offset")! / 8)),
        ];
        return new CStruct(Name(element), (int)element.Attribute("size")! / 8, fields);
    }

    private CFunction ReadFunction(XElement element) => new(
        Name(element),
        ReadType((string)element.Attribute("returns")!),
        [.. element.Elements("Argument").Select(argument => new CParameter(Name(argument), ReadType((string)argument.Attribute("type")!)))]);

    private CType ReadType(string id)
    {
        XElement element = _elements[id];
        switch (element.Name.LocalName)
        {
            case "FundamentalType" when s_builtinTypes.TryGetValue(Name(element), out string? builtin):
                return new CType(builtin, Name(element));
            case "Typedef" when s_fixedWidthTypes.TryGetValue(Name(element), out string? fixedWidth):
                return new CType(fixedWidth, Name(element));
            case "Typedef":
                CType target = ReadType(Reference(element));
                return target with { Native = Name(element) };
            case "ElaboratedType":
                return ReadType(Reference(element));
            case "Struct":
                string name = Name(element);
                return new CType(name.StartsWith("Arrow", StringComparison.Ordinal) ? $"Apache.Arrow.C.C{name}" : name, $"struct {name}");
            case "CvQualifiedType":
                CType unqualified = ReadType(Reference(element));
                return unqualified with { Native = unqualified.IsPointer ? $"{unqualified.Native}const" : $"const {unqualified.Native}" };
            case "PointerType" when _elements[Reference(element)].Name == "FunctionType":
                return ReadFunctionPointer(_elements[Reference(element)]);
            case "PointerType":
                CType pointee = ReadType(Reference(element));
                return new CType($"{pointee.Managed}*", pointee.IsPointer ? $"{pointee.Native}*" : $"{pointee.Native} *");
            case "ArrayType":
                CType item = ReadType(Reference(element));
                int length = (int)element.Attribute("max")! + 1;
                return new CType(item.Managed, $"{item.Native}[{length}]", length);
            default:
                throw new GeneratorException($"The interface uses a type that has another size on another platform, or that the bindings have no shape for. Type: {element.Name.LocalName} {Name(element)}.");
        }
    }

    private CType ReadFunctionPointer(XElement function)
    {
        CType returns = ReadType((string)function.Attribute("returns")!);
        ImmutableArray<CType> parameters = [.. function.Elements("Argument").Select(argument => ReadType((string)argument.Attribute("type")!))];
        return new CType(
            $"delegate* unmanaged[Cdecl]<{string.Join(", ", parameters.Append(returns).Select(type => type.Managed))}>",
            $"{returns.Native} (*)({string.Join(", ", parameters.Select(type => type.Native))})");
    }

    private static string Name(XElement element) => (string?)element.Attribute("name") ?? "";

    private static string Reference(XElement element) => (string)element.Attribute("type")!;
}
