namespace InferF.Verification.Bounds;

/// <summary>Functions the framework does not have, in double precision.</summary>
internal static class SpecialFunctions
{
    /// <summary>The error function. Series with positive terms (DLMF 7.6.2) up to 6, beyond which the result is ±1 to the last bit.</summary>
    public static double Erf(double x)
    {
        if (!(Math.Abs(x) <= 6))
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }
        double square = x * x;
        double term = x;
        double sum = 0;
        for (int n = 1; sum + term != sum; n++)
        {
            sum += term;
            term *= 2 * square / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-square) * sum;
    }

    /// <summary>log(1 + e^x), without overflow.</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
