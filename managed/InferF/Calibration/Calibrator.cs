using InferF.Optimizer.Cost;

namespace InferF.Calibration;

/// <summary>How thoroughly to measure.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Fewer sizes and samples: seconds instead of most of a minute.</summary>
    public bool Quick { get; init; }

    /// <summary>Told the share that is done, from 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }
}

/// <summary>Measures what this machine can do, in the units of the cost model.</summary>
public static class Calibrator
{
    private const int Rounds = 7;
    private const int QuickRounds = 3;

    /// <summary>Measures with one thread of the engine. The machine should be idle otherwise.</summary>
    /// <param name="options">How thoroughly, or null for the whole measurement.</param>
    /// <param name="cancellation">Stops measuring.</param>
    /// <returns>The constants; nothing is written.</returns>
    public static Task<MachineConstants> MeasureAsync(CalibrationOptions? options = null, CancellationToken cancellation = default)
    {
        bool quick = options?.Quick ?? false;
        return Task.Run(
            () =>
            {
                using InferSession session = InferSession.Open(new InferOptions { Threads = 1, CacheLimit = "0" });
                string source = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"calibrated {DateTime.UtcNow:yyyy-MM-dd}");
                return new CalibrationSuite(session, quick, cancellation).Run(quick ? QuickRounds : Rounds, source, options?.Progress);
            },
            cancellation);
    }
}
