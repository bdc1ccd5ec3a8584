namespace InferF.Cli.Bench;

/// <summary>Scores by row number; NaN where there is no row. One thread may write a number, any thread others.</summary>
/// <param name="slots">One more than the largest number.</param>
internal sealed class ScoredRows(long slots)
{
    private readonly float[] _scores = new float[slots];
    private long _count;

    /// <summary>The scores by row number.</summary>
    public ReadOnlySpan<float> Scores => _scores;

    /// <summary>Rows noted.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _scores.AsSpan().Fill(float.NaN);
        _count = 0;
    }

    /// <summary>Notes scores of rows.</summary>
    public void Add(ReadOnlySpan<int> numbers, ReadOnlySpan<float> scores)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            _scores[numbers[i]] = scores[i];
        }
        Interlocked.Add(ref _count, numbers.Length);
    }

    /// <summary>Notes scores of rows whose numbers have two parts.</summary>
    public void Add(ReadOnlySpan<int> numbers, int stride, ReadOnlySpan<int> others, int otherStride, ReadOnlySpan<float> scores)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            _scores[numbers[i] * (long)stride + others[i] * (long)otherStride] = scores[i];
        }
        Interlocked.Add(ref _count, numbers.Length);
    }

    /// <summary>Largest difference to other scores; infinite if a row is there on one side only.</summary>
    /// <exception cref="InferFException">The numbers of rows differ.</exception>
    public double Difference(ScoredRows other)
    {
        if (Count != other.Count)
        {
            throw new InferFException(InferFErrorCode.Internal, $"Contenders disagree on the number of rows: {Count} and {other.Count}.");
        }
        double worst = 0;
        for (int i = 0; i < _scores.Length; i++)
        {
            double difference = Math.Abs(_scores[i] - other._scores[i]);
            if (!double.IsNaN(difference))
            {
                worst = Math.Max(worst, difference);
            }
            else if (float.IsNaN(_scores[i]) != float.IsNaN(other._scores[i]))
            {
                return double.PositiveInfinity;
            }
        }
        return worst;
    }
}
