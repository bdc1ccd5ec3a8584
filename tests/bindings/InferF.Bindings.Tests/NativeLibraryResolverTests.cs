using System.Runtime.InteropServices;

namespace InferF.Bindings.Tests;

/// <summary>Where the library is searched, and what is said about a wrong one.</summary>
public sealed class NativeLibraryResolverTests
{
    [Fact]
    public void TheHookComesFirstAndTheApplicationDirectoryIsSearched()
    {
        string file = Path.GetTempFileName();
        try
        {
            NativeLibraryResolver.FindLibrary = () => file;
            IReadOnlyList<string> paths = NativeLibraryResolver.CandidatePaths();
            Assert.Equal(file, paths[0]);
            Assert.Contains(Path.Combine(AppContext.BaseDirectory, NativeLibraryResolver.FileName), paths);
            Assert.Contains(paths, path => path.Contains(Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native"), StringComparison.Ordinal));
        }
        finally
        {
            NativeLibraryResolver.FindLibrary = null;
            File.Delete(file);
        }
    }

    [Fact]
    public void AMissingFileNamedByTheHookIsAnErrorThatNamesIt()
    {
        try
        {
            NativeLibraryResolver.FindLibrary = () => "/nowhere/libinferf.so";
            DllNotFoundException exception = Assert.Throws<DllNotFoundException>(() => NativeLibraryResolver.CandidatePaths());
            Assert.Contains("/nowhere/libinferf.so", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            NativeLibraryResolver.FindLibrary = null;
        }
    }

    [Fact]
    public void AVersionMismatchNamesBothVersions()
    {
        Assert.Null(AbiGuard.FindMismatch(3, 3));
        Assert.Contains("version 7", AbiGuard.FindMismatch(7, 3)!.Message, StringComparison.Ordinal);
        Assert.Contains("version 3", AbiGuard.FindMismatch(7, 3)!.Message, StringComparison.Ordinal);
    }
}
