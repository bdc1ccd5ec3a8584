using System.Runtime.InteropServices;

namespace InferF.Runtime;

/// <summary>Finds the ONNX Runtime library of the application, so that the engine and the application's own code share one.</summary>
internal static class OnnxRuntimeLibrary
{
    private static string FileName =>
        OperatingSystem.IsWindows() ? "onnxruntime.dll" : OperatingSystem.IsMacOS() ? "libonnxruntime.dylib" : "libonnxruntime.so";

    // Packages name their folders by the portable identifier, which RuntimeInformation.RuntimeIdentifier is not in every build of .NET.
    private static string PortableIdentifier
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    /// <summary>The file that an import of "onnxruntime" by the application would load: beside the application, in its folder for this platform, or where
    /// the host that started it looks for native libraries. Null if there is none.</summary>
    public static string? Find() => Directories().Select(directory => Path.Combine(directory, FileName)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Directories()
    {
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", PortableIdentifier, "native");
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        foreach (string directory in searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return directory;
        }
    }
}
