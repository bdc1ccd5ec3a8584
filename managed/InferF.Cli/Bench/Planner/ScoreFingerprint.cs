using Apache.Arrow;

namespace InferF.Cli.Bench.Planner;

/// <summary>
/// What is kept of a run's result to compare it with another run's, whose rows may come in another order: rows and sums of scores, in buckets by
/// a hash of the row's number.
/// </summary>
internal sealed class ScoreFingerprint
{
    /// <summary>
    /// Largest difference of two sums over the number of rows or the sum of absolute scores, whichever is more. Scores are of the order of 1 and
    /// differ by reassociated sums of at most some hundred terms, about 1e-6 each and of either sign; a wrong row differs by about 1.
    /// </summary>
    public const double Tolerance = 1e-4;

    private const int Buckets = 1024;

    private readonly long[] _rows = new long[Buckets];
    private readonly double[] _sums = new double[Buckets];
    private readonly double[] _absolutes = new double[Buckets];

    /// <summary>Rows seen.</summary>
    public long Rows => _rows.Sum();

    /// <summary>Adds a batch: its first column has the numbers of the rows, its last one the scores.</summary>
    public void Add(RecordBatch batch)
    {
        IArrowArray numbers = batch.Column(0);
        ReadOnlySpan<float> scores = ((FloatArray)batch.Column(batch.ColumnCount - 1)).Values;
        for (int i = 0; i < batch.Length; i++)
        {
            long number = numbers is Int32Array narrow ? narrow.Values[i] : ((Int64Array)numbers).Values[i];
            // Fibonacci hashing: the high bits of a product with 2^64 over the golden ratio.
            int bucket = (int)((ulong)number * 0x9E3779B97F4A7C15 >> 54);
            _rows[bucket]++;
            _sums[bucket] += scores[i];
            _absolutes[bucket] += Math.Abs(scores[i]);
        }
    }

    /// <summary>Compares with another run's.</summary>
    /// <returns>Largest difference over what is tolerated; more than 1 means that the results differ. Infinite for other rows or NaN on one side only.</returns>
    public double DifferenceOverTolerance(ScoreFingerprint other)
    {
        double worst = 0;
        for (int i = 0; i < Buckets; i++)
        {
            if (_rows[i] != other._rows[i])
            {
                return double.PositiveInfinity;
            }
            double scale = Math.Max(1, Math.Max(_rows[i], Math.Max(_absolutes[i], other._absolutes[i])));
            double difference = Math.Abs(_sums[i] - other._sums[i]) / (scale * Tolerance);
            bool bothAreNaN = double.IsNaN(_sums[i]) && double.IsNaN(other._sums[i]);
            worst = Math.Max(worst, bothAreNaN ? 0 : double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }
        return worst;
    }
}
