using InferF.Cli.Bench.Contenders;

namespace InferF.Cli.Bench.Sweeps;

/// <summary>Where factorization begins to pay.</summary>
internal static class BreakEvenPoint
{
    /// <summary>
    /// The place on the axis where the time with everything at the tables over the time with nothing pushed passes 1 downwards, between two measured points on a straight line in the
    /// logarithms of both.
    /// </summary>
    /// <param name="points">The measurements in the order of the axis.</param>
    public static double? Find(IReadOnlyList<MeasuredPoint> points)
    {
        (double X, double Ratio)[] ratios = [.. from point in points
                                               let leaf = point.Report.Of(ContenderList.Leaf)?.MedianSeconds
                                               let none = point.Report.Of(ContenderList.None)?.MedianSeconds
                                               where leaf is not null && none is not null
                                               select (point.X, leaf.Value / none.Value)];
        for (int i = 1; i < ratios.Length; i++)
        {
            if (ratios[i - 1].Ratio > 1 && ratios[i].Ratio <= 1)
            {
                double share = Math.Log(ratios[i - 1].Ratio) / (Math.Log(ratios[i - 1].Ratio) - Math.Log(ratios[i].Ratio));
                return Math.Exp(Math.Log(ratios[i - 1].X) + share * (Math.Log(ratios[i].X) - Math.Log(ratios[i - 1].X)));
            }
        }
        return null;
    }
}
