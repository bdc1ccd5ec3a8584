using System.Globalization;
using System.Reflection;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using InferF.Optimizer.Cost;

namespace InferF.Calibration;

/// <summary>Where the constants of this machine are kept between runs: a small JSON file in the user's cache directory, named after machine and engine version.</summary>
public static class CalibrationFile
{
    /// <summary>What <see cref="InferOptions.Calibration"/> says for the built-in constants.</summary>
    public const string BuiltIn = "default";

    // Far above what is written.
    private const long MostBytes = 1 << 20;

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };
    private static readonly JsonDocumentOptions s_shallow = new() { MaxDepth = 8 };
    private static readonly Lazy<string> s_path = new(FindPath);

    /// <summary>The file that sessions of this machine and version read: <c>inferf/calibration-….json</c> under <c>XDG_CACHE_HOME</c>, <c>~/.cache</c> or the local application data.</summary>
    public static string DefaultPath => s_path.Value;

    /// <summary>Writes constants; another process sees the old file or the new one, never a part.</summary>
    /// <param name="path">Its directory is made if it is missing.</param>
    /// <param name="constants">The constants.</param>
    /// <exception cref="InferFException"><see cref="InferFErrorCode.Source"/>: it cannot be written.</exception>
    public static void Save(string path, MachineConstants constants)
    {
        JsonObject json = MachineConstantsJson.Write(constants);
        json["engine"] = EngineVersion;
        try
        {
            string full = Path.GetFullPath(path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            string partial = $"{full}.{Environment.ProcessId}.{Guid.NewGuid():N}.partial";
            try
            {
                File.WriteAllText(partial, json.ToJsonString(s_indented));
                File.Move(partial, full, overwrite: true);
            }
            catch
            {
                File.Delete(partial);
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InferFException(InferFErrorCode.Source, $"The calibration cannot be written. File '{path}': {exception.Message}", inner: exception);
        }
    }

    /// <summary>Reads constants.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InferFException"><see cref="InferFErrorCode.Source"/>: it cannot be read; <see cref="InferFErrorCode.InvalidData"/>: it holds no constants, or
    /// those of another engine version.</exception>
    public static MachineConstants Load(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MostBytes)
            {
                throw new InferFException(InferFErrorCode.InvalidData, $"The file is too large to be a calibration. File '{path}', bytes {file.Length}, limit {MostBytes}.");
            }
            using JsonDocument document = JsonDocument.Parse(file, s_shallow);
            MachineConstants constants = MachineConstantsJson.Read(document.RootElement);
            string? engine = document.RootElement.TryGetProperty("engine", out JsonElement version) && version.ValueKind == JsonValueKind.String ? version.GetString() : null;
            return engine == EngineVersion
                ? constants
                : throw new InferFException(InferFErrorCode.InvalidData, $"The calibration is of another version of the engine. File '{path}', expected '{EngineVersion}', got '{engine}'.");
        }
        catch (JsonException exception)
        {
            throw new InferFException(InferFErrorCode.InvalidData, $"The calibration is no JSON. File '{path}': {exception.Message}", inner: exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InferFException(InferFErrorCode.Source, $"The calibration cannot be read. File '{path}': {exception.Message}", inner: exception);
        }
    }

    /// <summary>The constants that a session uses, and a note for people if a file of this machine is there but not used. A file that was named must be good; the cache need not.</summary>
    /// <param name="choice">A path, <see cref="BuiltIn"/>, or null for the cache file if there is one.</param>
    /// <exception cref="InferFException">A file that was named cannot be used.</exception>
    internal static (MachineConstants Constants, string? Note) Resolve(string? choice)
    {
        if (choice == BuiltIn)
        {
            return (MachineConstants.Default, null);
        }
        if (choice is not null)
        {
            return (Load(choice), null);
        }
        try
        {
            return File.Exists(DefaultPath) ? (Load(DefaultPath), null) : (MachineConstants.Default, null);
        }
        catch (InferFException exception)
        {
            return (MachineConstants.Default, exception.Message);
        }
    }

    internal static string EngineVersion =>
        typeof(CalibrationFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private static string FindPath()
    {
        string machine = string.Create(CultureInfo.InvariantCulture, $"{ProcessorName()}|{Environment.ProcessorCount}|{EngineVersion}");
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(machine)))[..16];
        return Path.Combine(CacheDirectory(), "inferf", $"calibration-{hash}.json");
    }

    // XDG Base Directory Specification: a relative path in the variable is invalid and ignored.
    private static string CacheDirectory()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache))
        {
            return cache;
        }
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        return OperatingSystem.IsLinux() && home.Length > 0 ? Path.Combine(home, ".cache") : local.Length > 0 ? local : Path.GetTempPath();
    }

    // The brand string of CPUID leaves 0x80000002 … 4 (AMD64 Architecture Programmer's Manual, volume 3, appendix E), or what the system says.
    private static string ProcessorName()
    {
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004)
        {
            return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
        }
        StringBuilder name = new();
        for (uint leaf = 0x80000002; leaf <= 0x80000004; leaf++)
        {
            (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(unchecked((int)leaf), 0);
            foreach (int register in (int[])[eax, ebx, ecx, edx])
            {
                name.Append(Encoding.ASCII.GetString(BitConverter.GetBytes(register)));
            }
        }
        return name.ToString().Trim('\0', ' ');
    }
}
