using System.Globalization;

namespace InferF.Cli.Bench.Report.Html;

/// <summary>Maps values to a length, linearly from 0 or by logarithm.</summary>
internal sealed class AxisScale
{
    // Round steps: at most this many intervals.
    private const int MostTicks = 6;

    private readonly double _from;
    private readonly double _to;

    /// <summary>A scale on which all values have a place.</summary>
    /// <param name="values">Finite; positive if logarithmic.</param>
    /// <param name="isLogarithmic">Whether equal ratios are equally far apart.</param>
    public AxisScale(IReadOnlyCollection<double> values, bool isLogarithmic)
    {
        IsLogarithmic = isLogarithmic;
        double most = values.Count == 0 ? 1 : values.Max();
        if (isLogarithmic)
        {
            (_from, _to) = (Math.Floor(Math.Log10(values.Min()) + 1e-9), Math.Ceiling(Math.Log10(most) - 1e-9));
            _to = Math.Max(_to, _from + 1);
            Ticks = [.. Enumerable.Range((int)_from, (int)(_to - _from) + 1).Select(power => Math.Pow(10, power))];
        }
        else
        {
            double step = RoundStep(most <= 0 ? 1 : most);
            int count = Math.Max(1, (int)Math.Ceiling(most / step - 1e-9));
            (_from, _to) = (0, count * step);
            Ticks = [.. Enumerable.Range(0, count + 1).Select(i => i * step)];
        }
    }

    /// <summary>Whether equal ratios are equally far apart.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>Values to mark.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Where a value lies, from 0 to 1.</summary>
    public double At(double value) => ((IsLogarithmic ? Math.Log10(value) : value) - _from) / (_to - _from);

    /// <summary>Text of a tick.</summary>
    public static string Label(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e6:0.##} M"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{value / 1e3:0.##} k"),
        >= 1e-3 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("0.#e-0", CultureInfo.InvariantCulture),
    };

    // 1, 2 or 5 times a power of ten.
    private static double RoundStep(double most)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(most / MostTicks)));
        return power * new[] { 1, 2, 5, 10 }.First(factor => most / (power * factor) <= MostTicks);
    }
}
