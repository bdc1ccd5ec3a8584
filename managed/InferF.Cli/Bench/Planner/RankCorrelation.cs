namespace InferF.Cli.Bench.Planner;

/// <summary>Spearman's rank correlation: whether the order of one series is the order of another.</summary>
internal static class RankCorrelation
{
    /// <summary>
    /// Spearman's ρ: Pearson's correlation of the ranks, where equal values share the mean of their ranks (Spearman, "The Proof and Measurement of
    /// Association between Two Things", 1904).
    /// </summary>
    /// <param name="first">One series.</param>
    /// <param name="second">The other, of the same length.</param>
    /// <returns>From −1 to 1, or null if either series has fewer than two different values: then there is no order to compare.</returns>
    public static double? Spearman(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count != second.Count)
        {
            throw new ArgumentException($"The series differ in length: {first.Count} and {second.Count}.", nameof(second));
        }
        double[] a = Ranks(first);
        double[] b = Ranks(second);
        double mean = (first.Count + 1) / 2.0;
        double covariance = 0;
        double varianceA = 0;
        double varianceB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            covariance += (a[i] - mean) * (b[i] - mean);
            varianceA += (a[i] - mean) * (a[i] - mean);
            varianceB += (b[i] - mean) * (b[i] - mean);
        }
        return varianceA == 0 || varianceB == 0 ? null : covariance / Math.Sqrt(varianceA * varianceB);
    }

    /// <summary>Ranks from 1 on; equal values share the mean of the ranks they take together.</summary>
    public static double[] Ranks(IReadOnlyList<double> values)
    {
        int[] order = [.. Enumerable.Range(0, values.Count).OrderBy(i => values[i])];
        double[] ranks = new double[values.Count];
        for (int from = 0; from < order.Length;)
        {
            int to = from;
            while (to < order.Length && values[order[to]] == values[order[from]])
            {
                to++;
            }
            for (int i = from; i < to; i++)
            {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
            from = to;
        }
        return ranks;
    }
}
