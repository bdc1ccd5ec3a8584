using System.Globalization;

namespace InferF.Cli.Bench;

/// <summary>Resident memory of this process, where the operating system is Linux (proc(5): <c>/proc/self/status</c>, <c>/proc/self/clear_refs</c>).</summary>
internal static class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearReferences = "/proc/self/clear_refs";

    // Written to clear_refs, it resets the peak.
    private const string ResetPeak = "5";

    /// <summary>Forgets the peak so far.</summary>
    /// <returns>Resident bytes now, or null if peaks of single runs cannot be measured here.</returns>
    public static long? StartPeak()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }
        try
        {
            File.WriteAllText(ClearReferences, ResetPeak);
            return Read("VmRSS:");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Most resident bytes since <see cref="StartPeak"/>.</summary>
    public static long? Peak() => OperatingSystem.IsLinux() ? Read("VmHWM:") : null;

    private static long? Read(string field)
    {
        string? line = File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
        string? kilobytes = line?[field.Length..].Trim().Split(' ')[0];
        return long.TryParse(kilobytes, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value * 1024 : null;
    }
}
