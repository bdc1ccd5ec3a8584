using System.Text.RegularExpressions;

namespace InferF.Build.Tests;

/// <summary>Rules about what is committed, whatever its language.</summary>
public sealed partial class RepositoryTests
{
    private const long MaximumFileBytes = 3 << 20;

    private static readonly string[] s_sourceExtensions = [".cs", ".cpp", ".h", ".proto", ".cmake"];

    private static readonly string[] s_textExtensions =
        [.. s_sourceExtensions, ".md", ".txt", ".json", ".csproj", ".props", ".targets", ".yaml", ".yml", ".ps1", ".py", ".rsp", ".sql", ".slt"];

    [Fact]
    public void NoLargeFileOutsideSamples()
    {
        IEnumerable<string> large = Repository.TrackedFiles.Where(file => !file.StartsWith("samples/", StringComparison.Ordinal))
            .Where(file => new FileInfo(Repository.FullPath(file)).Length > MaximumFileBytes);

        Assert.Empty(large);
    }

    [Fact]
    public void NoPathOfOneMachine()
    {
        Assert.Empty(Offenders(Repository.Files("", s_textExtensions), MachinePath()));
    }

    [Fact]
    public void NoUnfinishedCode()
    {
        Assert.Empty(Offenders(Repository.Files("", s_sourceExtensions), Unfinished()));
    }

    [Fact]
    public void NoCatchAllFileNames()
    {
        IEnumerable<string> vague = Repository.Files("", ".cs", ".cpp", ".h").Where(file => CatchAllName().IsMatch(Path.GetFileName(file)));

        Assert.Empty(vague);
    }

    [Fact]
    public void SourcesFollowEditorConfig()
    {
        var offenders = new List<string>();
        foreach (string file in Repository.Files("", s_sourceExtensions).Where(file => !file.StartsWith("bindings/Generated/", StringComparison.Ordinal)))
        {
            string text = Repository.Read(file);
            offenders.AddRange(text.Split('\n').Index().Where(line => line.Item.EndsWith(' ') || line.Item.EndsWith('\r') || line.Item.Contains('\t'))
                .Select(line => $"{file}:{line.Index + 1}: trailing blank, carriage return or tab"));
            if (text.Length > 0 && !text.EndsWith('\n'))
            {
                offenders.Add($"{file}: no newline at the end");
            }
        }
        Assert.Empty(offenders);
    }

    [Fact]
    public void RelativeLinksOfDocumentsResolve()
    {
        var broken = new List<string>();
        foreach (string file in Repository.Files("", ".md"))
        {
            foreach (Match link in MarkdownLink().Matches(CodeBlock().Replace(Repository.Read(file), "")))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                    && !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(file)!, Uri.UnescapeDataString(target))))
                {
                    broken.Add($"{file} links to {target}");
                }
            }
        }
        Assert.Empty(broken);
    }

    // This file spells the forbidden patterns and is left out.
    private static IEnumerable<string> Offenders(IEnumerable<string> files, Regex forbidden) =>
        from file in files
        where !file.EndsWith($"/{nameof(RepositoryTests)}.cs", StringComparison.Ordinal)
        from line in Repository.Read(file).Split('\n').Index()
        where forbidden.IsMatch(line.Item)
        select $"{file}:{line.Index + 1}: {line.Item.Trim()}";

    [GeneratedRegex(@"(?<![\w.])/(work|root|home/\w+|Users/\w+|tmp/\w+)/|[A-Z]:\\\\?Users\\")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX)\b|NotImplementedException|(//|#).*\bnot (yet )?implemented\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"(Utils?|Utilities|Helpers?|Common|Misc)(Tests?)?\.(cs|cpp|h)$")]
    private static partial Regex CatchAllName();

    [GeneratedRegex(@"\[[^\]]*\]\(<?([^)\s>]+)>?\)")]
    private static partial Regex MarkdownLink();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
