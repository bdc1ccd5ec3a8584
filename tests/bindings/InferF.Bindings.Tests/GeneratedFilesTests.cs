using InferF.Bindings.Generator;

namespace InferF.Bindings.Tests;

/// <summary>The committed bindings are what the header leads to.</summary>
public sealed class GeneratedFilesTests
{
    private static readonly string s_repository = GeneratedFiles.FindRepository(AppContext.BaseDirectory);

    [Fact]
    public void CommittedFilesAreWhatTheHeaderLeadsTo() => Assert.Empty(new GeneratedFiles(s_repository).FindDifferences());

    [Fact]
    public void AChangedHeaderIsNoticed()
    {
        string copy = Directory.CreateTempSubdirectory("inferf-generator-").FullName;
        try
        {
            CopyDirectory("native/include/inferf", copy);
            CopyDirectory("bindings/Generated", copy);
            CopyDirectory("tests/bindings/Generated", copy);
            var files = new GeneratedFiles(copy);
            Assert.Empty(files.FindDifferences());

            string header = Path.Combine(copy, "native/include/inferf/inferf.h");
            File.WriteAllText(header, File.ReadAllText(header).Replace("int64_t flops;", "int32_t flops;", StringComparison.Ordinal));
            File.WriteAllText(Path.Combine(copy, "bindings/Generated/stale.cs"), "");
            IReadOnlyList<string> differences = files.FindDifferences();
            Assert.Contains(differences, difference => difference.Contains("inferf_counter.cs", StringComparison.Ordinal));
            Assert.Contains(differences, difference => difference.Contains("stale.cs", StringComparison.Ordinal));

            files.Write();
            Assert.Empty(files.FindDifferences());
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public void AHeaderThatDoesNotCompileIsAnError()
    {
        string copy = Directory.CreateTempSubdirectory("inferf-generator-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(copy, "native/include/inferf"));
            File.WriteAllText(Path.Combine(copy, "native/include/inferf/inferf.h"), "int broken(;");
            GeneratorException exception = Assert.Throws<GeneratorException>(() => new GeneratedFiles(copy).FindDifferences());
            Assert.Contains("castxml could not read", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Theory]
    [InlineData("typedef struct s { long value; } s;")]
    [InlineData("enum named { A, B };")]
    public void ADeclarationWithoutAFixedWidthIsAnError(string declaration)
    {
        string copy = Directory.CreateTempSubdirectory("inferf-generator-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(copy, "native/include/inferf"));
            File.WriteAllText(Path.Combine(copy, "native/include/inferf/inferf.h"), declaration);
            Assert.Throws<GeneratorException>(() => new GeneratedFiles(copy).FindDifferences());
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void CopyDirectory(string relative, string target)
    {
        Directory.CreateDirectory(Path.Combine(target, relative));
        foreach (string file in Directory.EnumerateFiles(Path.Combine(s_repository, relative)))
        {
            File.Copy(file, Path.Combine(target, relative, Path.GetFileName(file)));
        }
    }
}
