namespace InferF.Cli.Bench;

/// <summary>Medians of repeated measurements.</summary>
internal static class Median
{
    /// <summary>Middle of the sorted values; the mean of the two middle ones if their number is even.</summary>
    /// <param name="values">At least one.</param>
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
