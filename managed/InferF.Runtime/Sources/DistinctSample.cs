namespace InferF.Runtime.Sources;

/// <summary>How many distinct values a column has, from a sample of its rows.</summary>
internal static class DistinctSample
{
    /// <summary>
    /// The first-order jackknife estimate d / (1 − (1 − n/N)·f₁/n): Haas, Naughton, Seshadri, Stokes, "Sampling-Based Estimation of the Number of Distinct
    /// Values of an Attribute", VLDB 1995, estimator D_uj1. It is kept within what the sample leaves possible, d … (d − f₁) + f₁·N/n: Charikar, Chaudhuri,
    /// Motwani, Narasayya, "Towards Estimation Error Guarantees for Distinct Values", PODS 2000, §4.
    /// </summary>
    /// <param name="allRows">N: rows of the table that are not NULL.</param>
    /// <param name="sampledRows">n: rows of the sample that are not NULL.</param>
    /// <param name="distinct">d: distinct values in the sample.</param>
    /// <param name="once">f₁: values that occur once in the sample.</param>
    public static double Estimate(double allRows, double sampledRows, double distinct, double once)
    {
        if (sampledRows <= 0 || distinct <= 0)
        {
            return 0;
        }
        double fraction = Math.Clamp(sampledRows / Math.Max(allRows, sampledRows), 0, 1);
        double remaining = 1 - ((1 - fraction) * once / sampledRows);
        double estimate = distinct / Math.Max(remaining, double.Epsilon);
        return Math.Round(Math.Clamp(estimate, distinct, Math.Max(distinct, distinct - once + (once / fraction))));
    }
}
