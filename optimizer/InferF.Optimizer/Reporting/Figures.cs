using System.Globalization;

namespace InferF.Optimizer.Reporting;

/// <summary>Numbers as people read them: three significant digits and a unit.</summary>
internal static class Figures
{
    // An estimate that is off by less than this is not worth a remark.
    private const double RemarkableFactor = 2;

    private static readonly (double Divisor, string Suffix)[] s_counts = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];

    private static readonly (double Divisor, string Suffix)[] s_seconds = [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")];

    /// <summary>E.g. <c>336.8k</c>; numbers below ten thousand in full.</summary>
    public static string Count(double number)
    {
        if (!double.IsFinite(number))
        {
            return "?";
        }
        if (Math.Abs(number) < 1e4)
        {
            return number.ToString(Math.Abs(number) < 10 ? "0.##" : "0", CultureInfo.InvariantCulture);
        }
        (double divisor, string suffix) = s_counts.First(unit => Math.Abs(number) >= unit.Divisor);
        return Math.Abs(number / divisor) < 1e6 ? Digits(number / divisor) + suffix : number.ToString("0.##e0", CultureInfo.InvariantCulture);
    }

    /// <summary>E.g. <c>12.3 ms</c>.</summary>
    public static string Seconds(double seconds)
    {
        if (!double.IsFinite(seconds))
        {
            return "? s";
        }
        if (Math.Abs(seconds) < 1e-9)
        {
            return "0 s";
        }
        (double divisor, string suffix) = s_seconds.First(unit => Math.Abs(seconds) >= unit.Divisor);
        return Math.Abs(seconds) < 1e6 ? $"{Digits(seconds / divisor)} {suffix}" : seconds.ToString("0.##e0", CultureInfo.InvariantCulture) + " s";
    }

    /// <summary>E.g. <c>102 MB</c>.</summary>
    public static string Bytes(double bytes) => WithUnit(bytes, "B");

    /// <summary>E.g. <c>5.12 Gflop</c>.</summary>
    public static string Flops(double flops) => WithUnit(flops, "flop");

    /// <summary>E.g. <c>42 %</c>.</summary>
    public static string Percent(double share) => share is > 0 and < 0.005 ? "<1 %" : string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");

    /// <summary>How far a count was off, e.g. <c>20.8x fewer</c>; null if it was about right.</summary>
    public static string? Deviation(double expected, double observed)
    {
        // One row more or less says nothing about empty results.
        double ratio = Math.Max(observed, 1) / Math.Max(expected, 1);
        return !double.IsFinite(ratio) || ratio is < RemarkableFactor and > 1 / RemarkableFactor ? null
            : ratio >= 1 ? $"{Count(ratio)}x more" : $"{Count(1 / ratio)}x fewer";
    }

    /// <summary>How the second of two times compares with the first, e.g. <c>3.2 times as fast</c>; empty if one of them is no time.</summary>
    public static string Ratio(double first, double second) => !(first > 0) || !(second > 0) || !double.IsFinite(first / second) ? ""
        : first >= second ? $"{Digits(first / second)} times as fast" : $"{Digits(second / first)} times as slow";

    private static string WithUnit(double number, string unit)
    {
        string count = Count(number);
        return char.IsAsciiLetter(count[^1]) ? $"{count[..^1]} {count[^1]}{unit}" : $"{count} {unit}";
    }

    private static string Digits(double number) => number.ToString(Math.Abs(number) switch { >= 99.95 => "0", >= 9.995 => "0.#", _ => "0.##" }, CultureInfo.InvariantCulture);
}
