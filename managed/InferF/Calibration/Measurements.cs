namespace InferF.Calibration;

/// <summary>
/// A list of things to measure, repeated in turn rather than one after the other, so that a machine that is busy for a second disturbs one sample of
/// many things instead of all samples of one. What counts of short samples is the fastest: other load only ever adds time. Long ones have the time of other
/// processes subtracted, by a share that may be too large: of them the median counts.
/// </summary>
internal sealed class Measurements
{
    private readonly List<(string Name, Func<double> Sample)> _tasks = [];
    private readonly HashSet<string> _long = [];
    private readonly Dictionary<string, List<double>> _samples = [];

    /// <summary>Seconds of a thing that was measured.</summary>
    public double this[string name] => _long.Contains(name) ? _samples[name].Order().ElementAt(_samples[name].Count / 2) : _samples[name].Min();

    /// <summary>Adds something to measure.</summary>
    /// <param name="name">What results are asked for by; unique.</param>
    /// <param name="sample">Measures it once and returns seconds per unit.</param>
    /// <param name="isLong">Whether a sample takes longer than the system leaves a process alone.</param>
    public void Add(string name, Func<double> sample, bool isLong = false)
    {
        if (isLong)
        {
            _long.Add(name);
        }
        _samples.Add(name, []);
        _tasks.Add((name, sample));
    }

    /// <summary>Measures everything.</summary>
    /// <param name="rounds">Samples of each thing, at least one; a round before them is not counted.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellation">Stops between samples.</param>
    public void Run(int rounds, IProgress<double>? progress, CancellationToken cancellation)
    {
        for (int round = 0; round <= rounds; round++)
        {
            for (int task = 0; task < _tasks.Count; task++)
            {
                cancellation.ThrowIfCancellationRequested();
                double seconds = _tasks[task].Sample();
                if (round > 0)
                {
                    _samples[_tasks[task].Name].Add(seconds);
                }
                progress?.Report((round + (double)(task + 1) / _tasks.Count) / (rounds + 1));
            }
        }
    }
}
