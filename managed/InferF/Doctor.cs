using System.Runtime.InteropServices;
using DuckDB.NET.Data;
using InferF.Calibration;
using InferF.Optimizer.Cost;
using InferF.Runtime;
using Microsoft.ML.OnnxRuntime;

namespace InferF;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Ok">Whether it works.</param>
/// <param name="Detail">Version or figures; if it does not work, why and what to do.</param>
public sealed record DoctorCheck(string Name, bool Ok, string Detail);

/// <summary>Checks that this machine can run InferF, part by part.</summary>
public static class Doctor
{
    /// <summary>Runs every check; none throws.</summary>
    /// <param name="cancellation">Stops between checks.</param>
    public static async Task<IReadOnlyList<DoctorCheck>> RunAsync(CancellationToken cancellation = default)
    {
        List<DoctorCheck> checks = [];
        foreach ((string name, Func<string> look) in Looks())
        {
            cancellation.ThrowIfCancellationRequested();
            checks.Add(await Task.Run(() => Try(name, look), cancellation).ConfigureAwait(false));
        }
        return checks;
    }

    private static IEnumerable<(string Name, Func<string> Look)> Looks()
    {
        yield return ("machine", () => $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20} MiB");
        yield return (".NET", () => RuntimeInformation.FrameworkDescription);
        yield return ("engine", () =>
        {
            using Engine engine = new();
            return $"native library loaded, {engine.MemoryUsage.BytesInUse} bytes in use";
        });
        yield return ("DuckDB", () =>
        {
            using DuckDBConnection connection = new("Data Source=:memory:");
            connection.Open();
            return connection.ServerVersion;
        });
        yield return ("ONNX Runtime", () => $"{OrtEnv.Instance().GetVersionString()} ({string.Join(", ", OrtEnv.Instance().GetAvailableProviders())})");
        yield return ("calibration", () =>
        {
            (MachineConstants machine, string? note) = CalibrationFile.Resolve(null);
            return note is not null
                ? $"built-in constants, because of: {note} Run 'inferf calibrate' to replace it."
                : machine.Source == MachineConstants.Default.Source ? "built-in constants; 'inferf calibrate' measures those of this machine" : $"{machine.Source}, {CalibrationFile.DefaultPath}";
        });
        yield return ("temporary files", () =>
        {
            DirectoryInfo directory = Directory.CreateTempSubdirectory("inferf-doctor-");
            directory.Delete();
            return $"{Path.GetTempPath()} is writable, {new DriveInfo(Path.GetTempPath()).AvailableFreeSpace >> 20} MiB free";
        });
    }

    // Whatever goes wrong is the finding.
    private static DoctorCheck Try(string name, Func<string> look)
    {
        try
        {
            return new DoctorCheck(name, true, look());
        }
        catch (Exception exception)
        {
            return new DoctorCheck(name, false, $"{exception.GetType().Name}: {exception.Message}");
        }
    }
}
