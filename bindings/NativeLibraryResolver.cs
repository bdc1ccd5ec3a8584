using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace InferF.Bindings;

/// <summary>Finds the shared library of the engine.</summary>
/// <remarks>
/// Order: the user's hook, the file named by the environment variable <c>INFERF_LIBRARY</c>, the directory of the application, the directory
/// of this assembly, <c>runtimes/RID/native</c> below either, and at last the operating system's own search.
/// </remarks>
public static class NativeLibraryResolver
{
    /// <summary>Environment variable that names the library file.</summary>
    public const string EnvironmentVariable = "INFERF_LIBRARY";

    private const string LibraryName = "inferf";

    /// <summary>The user's hook: returns the path of the library file, or null to go on searching. Set it before the first use of the engine.</summary>
    public static Func<string?>? FindLibrary { get; set; }

    /// <summary>Name of the library file on this operating system.</summary>
    public static string FileName =>
        OperatingSystem.IsWindows() ? "inferf.dll" : OperatingSystem.IsMacOS() ? "libinferf.dylib" : "libinferf.so";

    /// <summary>Every path that is tried, in order, before the operating system's own search.</summary>
    /// <exception cref="DllNotFoundException">The hook or the environment variable names a file that does not exist.</exception>
    public static IReadOnlyList<string> CandidatePaths()
    {
        var paths = new List<string>();
        AddChosenByUser(paths, FindLibrary?.Invoke(), $"{nameof(NativeLibraryResolver)}.{nameof(FindLibrary)}");
        AddChosenByUser(paths, Environment.GetEnvironmentVariable(EnvironmentVariable), $"the environment variable {EnvironmentVariable}");
        foreach (string directory in Directories())
        {
            paths.Add(Path.Combine(directory, FileName));
            paths.Add(Path.Combine(directory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName));
        }
        return [.. paths.Distinct()];
    }

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "The resolver must be in place before the first import of this assembly is bound.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryResolver).Assembly, Resolve);

    private static void AddChosenByUser(List<string> paths, string? path, string origin)
    {
        if (string.IsNullOrEmpty(path))
        {
            return;
        }
        // A wrong explicit choice is an error: silently running another library would be worse.
        paths.Add(File.Exists(path) ? path : throw new DllNotFoundException($"The engine library does not exist. It was named by {origin}: {path}."));
    }

    // AppContext.BaseDirectory stands in for the assembly's directory where the assembly has no file of its own (single-file applications).
    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An empty location is handled.")]
    private static IEnumerable<string> Directories()
    {
        yield return AppContext.BaseDirectory;
        string location = typeof(NativeLibraryResolver).Assembly.Location;
        if (location.Length > 0)
        {
            yield return Path.GetDirectoryName(location)! + Path.DirectorySeparatorChar;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != LibraryName)
        {
            return 0;
        }
        var message = new StringBuilder($"The engine library could not be loaded. Runtime identifier: {RuntimeInformation.RuntimeIdentifier}. Tried:");
        foreach (string path in CandidatePaths())
        {
            if (!File.Exists(path))
            {
                message.Append($"\n  {path}: does not exist");
                continue;
            }
            try
            {
                return NativeLibrary.Load(path);
            }
            catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
            {
                message.Append($"\n  {path}: {exception.Message}");
            }
        }
        if (NativeLibrary.TryLoad(LibraryName, assembly, searchPath, out nint handle))
        {
            return handle;
        }
        message.Append($"\n  {LibraryName}: not found by the operating system");
        message.Append($"\nBuild the native library, install the package for this runtime identifier, or set {EnvironmentVariable}.");
        throw new DllNotFoundException(message.ToString());
    }
}
