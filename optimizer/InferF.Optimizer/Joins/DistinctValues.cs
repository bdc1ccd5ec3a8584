namespace InferF.Optimizer.Joins;

/// <summary>How many distinct values are expected in a part of the rows.</summary>
internal static class DistinctValues
{
    /// <summary>
    /// Distinct values among rows chosen at random without repetition, D·(1 − (1 − r/N)^(N/D)): Yao, "Approximating block accesses in database
    /// organizations", CACM 20(4), 1977, with the hypergeometric term in its usual approximation. Exact for keys: D = N gives r.
    /// </summary>
    /// <param name="distinct">D: distinct values among all rows.</param>
    /// <param name="allRows">N: all rows.</param>
    /// <param name="chosenRows">r: rows chosen.</param>
    public static double AmongChosenRows(double distinct, double allRows, double chosenRows) =>
        distinct <= 0 || chosenRows <= 0 ? 0
        : chosenRows >= allRows ? distinct
        : Math.Max(Math.Min(1, chosenRows), Math.Min(chosenRows, distinct * (1 - Math.Pow(1 - (chosenRows / allRows), Math.Max(1, allRows / distinct)))));

    /// <summary>
    /// Distinct values hit by draws with repetition, N·(1 − (1 − 1/N)^refs): Cardenas, "Analysis and performance of inverted data base structures",
    /// CACM 18(5), 1975.
    /// </summary>
    /// <param name="values">N: values that may be drawn.</param>
    /// <param name="draws">Number of draws.</param>
    public static double HitByDraws(double values, double draws) =>
        values <= 0 || draws <= 0 ? 0
        : values <= 1 ? values
        : Math.Min(draws, -values * double.ExpM1(draws * double.LogP1(-1 / values)));
}
