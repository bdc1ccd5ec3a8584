using Apache.Arrow;
using Apache.Arrow.Types;
using InferF.Cli.Bench.Planner;

namespace InferF.Cli.Tests.Bench.Planner;

/// <summary>Wrong results are told from the same ones in another order.</summary>
public sealed class ScoreFingerprintTests
{
    private static readonly float[] s_scores = [.. Enumerable.Range(0, 5000).Select(i => MathF.Sin(i))];

    [Fact]
    public void OrderDoesNotMatter() =>
        Assert.InRange(Of([.. Enumerable.Range(0, 5000).Reverse()], [.. s_scores.Reverse()]).DifferenceOverTolerance(Of([.. Enumerable.Range(0, 5000)], s_scores)), 0, 1e-6);

    [Fact]
    public void RoundingIsTolerated() => Assert.InRange(Changed(i => s_scores[i] * (1 + 1e-6f)), 0, 1);

    [Fact]
    public void OneWrongScoreIsNoticed()
    {
        Assert.True(Changed(i => i == 77 ? s_scores[i] + 0.1f : s_scores[i]) > 1);
        Assert.Equal(double.PositiveInfinity, Changed(i => i == 77 ? float.NaN : s_scores[i]));
    }

    [Fact]
    public void ExchangedScoresAreNoticed() => Assert.True(Changed(i => s_scores[i ^ 1]) > 1);

    [Fact]
    public void AMissingRowIsNoticed() =>
        Assert.Equal(double.PositiveInfinity, Of([.. Enumerable.Range(0, 4999)], s_scores[..4999]).DifferenceOverTolerance(Of([.. Enumerable.Range(0, 5000)], s_scores)));

    private static double Changed(Func<int, float> score)
    {
        int[] numbers = [.. Enumerable.Range(0, 5000)];
        return Of(numbers, s_scores).DifferenceOverTolerance(Of(numbers, [.. numbers.Select(score)]));
    }

    private static ScoreFingerprint Of(int[] numbers, float[] scores)
    {
        ScoreFingerprint fingerprint = new();
        Schema schema = new Schema.Builder().Field(new Field("id", Int32Type.Default, false)).Field(new Field("y", FloatType.Default, false)).Build();
        using RecordBatch batch = new(schema, [new Int32Array.Builder().AppendRange(numbers).Build(), new FloatArray.Builder().AppendRange(scores).Build()], numbers.Length);
        fingerprint.Add(batch);
        Assert.Equal(numbers.Length, fingerprint.Rows);
        return fingerprint;
    }
}
