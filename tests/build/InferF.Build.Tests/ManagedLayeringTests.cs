using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace InferF.Build.Tests;

/// <summary>The layering of the C# projects (docs/ARCHITECTURE.md), read from their project files.</summary>
public sealed partial class ManagedLayeringTests
{
    // Project -> what it may reference. A new project has to be placed here on purpose.
    private static readonly Dictionary<string, string[]> s_allowedReferences = new()
    {
        ["InferF.Plan"] = [],
        ["InferF.Bindings"] = [],
        ["InferF.Bindings.Generator"] = [],
        ["InferF.Frontend"] = ["InferF.Plan"],
        ["InferF.Optimizer"] = ["InferF.Plan"],
        ["InferF.Runtime"] = ["InferF.Bindings", "InferF.Plan"],
        ["InferF"] = ["InferF.Frontend", "InferF.Optimizer", "InferF.Plan", "InferF.Runtime"],
        ["InferF.Cli"] = ["InferF"],
    };

    // Files outside the bindings and the runtime that may import functions of the operating system, with blittable arguments and no pointers.
    // FileFacts: .NET does not tell hard links, devices and pipes apart, and a hostile model could name one as its weight file.
    private static readonly string[] s_operatingSystemImports = ["managed/InferF.Frontend/Models/Onnx/FileFacts.cs"];

    public static TheoryData<string> ProductProjects => [.. Repository.Files("", ".csproj").Where(file => !file.StartsWith("tests/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(ProductProjects))]
    public void ProjectReferencesOnlyLowerLayers(string project)
    {
        string name = Path.GetFileNameWithoutExtension(project);
        Assert.True(s_allowedReferences.ContainsKey(name), $"{project} has no place in the layering.");

        IEnumerable<string> references = XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

        Assert.Empty(references.Except(s_allowedReferences[name]));
    }

    [Fact]
    public void EveryLibraryDocumentsItsPublicMembers()
    {
        foreach (string project in Repository.Files("", ".csproj").Where(file => !file.StartsWith("tests/", StringComparison.Ordinal)))
        {
            XDocument document = XDocument.Parse(Repository.Read(project));
            if (document.Descendants("OutputType").Any(type => type.Value == "Exe"))
            {
                continue;
            }
            Assert.True(document.Descendants("InferFShipped").Any(value => value.Value == "true"), $"{project} does not set InferFShipped.");
            Assert.DoesNotContain("1591", string.Concat(document.Descendants("NoWarn").Select(value => value.Value)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PointersStayInBindingsAndRuntime()
    {
        var offenders = new List<string>();
        foreach (string file in Repository.Files("managed/", ".cs").Concat(Repository.Files("optimizer/", ".cs"))
            .Where(file => !file.StartsWith("managed/InferF.Runtime/", StringComparison.Ordinal)))
        {
            string[] lines = Repository.Read(file).Split('\n');
            offenders.AddRange(lines.Index().Where(line => IsForbidden(file, WithoutCommentAndText(line.Item)))
                .Select(line => $"{file}:{line.Index + 1}: {line.Item.Trim()}"));
        }
        Assert.Empty(offenders);
    }

    // Stands for a stranger's program that installs the package: outside the solution, with no central versions.
    private const string PackageCheck = "tests/package/InferF.Package.Check.csproj";

    [Fact]
    public void PackageVersionsAreCentral()
    {
        IEnumerable<string> pinned = Repository.Files("", ".csproj", ".props", ".targets").Where(file => file is not ("Directory.Packages.props" or PackageCheck))
            .Where(file => XDocument.Parse(Repository.Read(file)).Descendants("PackageReference")
                .Any(reference => reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null));

        Assert.Empty(pinned);
    }

    [Fact]
    public void SolutionListsEveryProject()
    {
        string solution = Repository.Read("InferF.Interop.sln").Replace('\\', '/');

        IEnumerable<string> missing = Repository.Files("", ".csproj").Where(project => project != PackageCheck && !solution.Contains($"\"{project}\"", StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static bool IsForbidden(string file, string code) =>
        PointerWord().IsMatch(code) || (ImportWord().IsMatch(code) && !s_operatingSystemImports.Contains(file));

    private static string WithoutCommentAndText(string line)
    {
        string withoutText = TextLiteral().Replace(line, "\"\"");
        int comment = withoutText.IndexOf("//", StringComparison.Ordinal);
        return comment < 0 ? withoutText : withoutText[..comment];
    }

    [GeneratedRegex(@"\b(unsafe|U?IntPtr)\b")]
    private static partial Regex PointerWord();

    [GeneratedRegex(@"\b(DllImport|LibraryImport)\b")]
    private static partial Regex ImportWord();

    [GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex TextLiteral();
}
