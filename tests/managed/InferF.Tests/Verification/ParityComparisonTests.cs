using InferF.Plan.Model;
using InferF.Verification;

namespace InferF.Tests.Verification;

public sealed class ParityComparisonTests
{
    private static readonly ModelOutput[] s_outputs =
    [
        new("score", new InputExpr(0, ElementType.Float32, 2)),
        new("label", new InputExpr(1, ElementType.Int64, 1)),
        new("text", new InputExpr(2, ElementType.String, 1)),
    ];

    [Fact]
    public void EqualRowsInAnyOrderAgree()
    {
        ParityReport report = Compare(Rows([(2, [3f, 4f], 7, "b"), (1, [1f, 2f], 5, "a")]));
        Assert.True(report.Ok, report.ToText());
        Assert.Equal((2, 0.0, 0.0), (report.Rows, report.MaxAbsError, report.MaxErrorOverBound));
    }

    [Fact]
    public void ErrorsWithinTheBoundAreReportedButAgree()
    {
        ParityReport report = Compare(Rows([(1, [1f, 2.005f], 5, "a"), (2, [3f, 4f], 7, "b")]));
        Assert.True(report.Ok, report.ToText());
        Assert.Equal(0.005, report.MaxAbsError, 1e-6);
        Assert.Equal(0.5, report.MaxErrorOverBound, 1e-4);
    }

    [Theory]
    [InlineData("missing row")]
    [InlineData("other row")]
    [InlineData("two bounds")]
    [InlineData("not a number")]
    [InlineData("infinity")]
    [InlineData("label")]
    [InlineData("text")]
    public void EveryKindOfDifferenceIsFound(string kind)
    {
        List<(long, float[], long, string)> rows = [(1, [1f, 2f], 5, "a"), (2, [3f, 4f], 7, "b")];
        string expected;
        switch (kind)
        {
            case "missing row":
                rows.RemoveAt(1);
                expected = "1 rows, expected 2";
                break;
            case "other row":
                rows[1] = (3, [3f, 4f], 7, "b");
                expected = "row (3), expected (2)";
                break;
            case "two bounds":
                rows[1] = (2, [3f, 4.02f], 7, "b");
                expected = "'score'[1] of row (2)";
                break;
            case "not a number":
                rows[0] = (1, [float.NaN, 2f], 5, "a");
                expected = "'score'[0] of row (1): NaN, expected 1";
                break;
            case "infinity":
                rows[0] = (1, [float.PositiveInfinity, 2f], 5, "a");
                expected = "'score'[0] of row (1)";
                break;
            case "label":
                rows[0] = (1, [1f, 2f], 6, "a");
                expected = "'label'[0] of row (1): 6, expected 5";
                break;
            default:
                rows[1] = (2, [3f, 4f], 7, "c");
                expected = "'text'[0] of row (2): c, expected b";
                break;
        }
        ParityReport report = Compare(Rows(rows));
        Assert.False(report.Ok);
        Assert.Contains(expected, report.Failure, StringComparison.Ordinal);
        Assert.Contains("FAILED", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void NotANumberAndInfinitiesEqualThemselvesOnly()
    {
        float[] special = [float.NaN, float.NegativeInfinity];
        Assert.True(Compare(Rows([(1, special, 5, "a")]), Rows([(1, special, 5, "a")], bound: 0.01f)).Ok);
        Assert.False(Compare(Rows([(1, [1f, float.NegativeInfinity], 5, "a")]), Rows([(1, special, 5, "a")], bound: 0.01f)).Ok);
        Assert.False(Compare(Rows([(1, [float.NaN, float.PositiveInfinity], 5, "a")]), Rows([(1, special, 5, "a")], bound: 0.01f)).Ok);
    }

    [Fact]
    public void AnInfiniteBoundAllowsAnything() =>
        Assert.True(Compare(Rows([(1, [1f, float.NaN], 5, "a")]), Rows([(1, [float.PositiveInfinity, 2f], 5, "a")], bound: float.PositiveInfinity)).Ok);

    [Fact]
    public void UncertainLabelsAndTextsMayDiffer()
    {
        ScoredRows expected = Rows([(1, [1f, 2f], 5, "a"), (2, [3f, 4f], 7, "b")], bound: 0.01f, uncertain: [true, false]);
        Assert.True(Compare(Rows([(1, [1f, 2f], 6, "z"), (2, [3f, 4f], 7, "b")]), expected).Ok);
        Assert.False(Compare(Rows([(1, [1f, 2f], 7, "z"), (2, [3f, 4f], 7, "b")]), expected).Ok);
        Assert.False(Compare(Rows([(1, [1f, 2f], 5, "a"), (2, [3f, 4f], 8, "b")]), expected).Ok);
    }

    [Fact]
    public void JsonCarriesInfiniteRatios()
    {
        ParityReport report = Compare(Rows([(1, [1f, 2f], 5, "a")]), Rows([(1, [1f, 3f], 5, "a")], bound: 0));
        Assert.False(report.Ok);
        Assert.Contains("\"max_error_over_bound\":\"Infinity\"", report.ToJson(), StringComparison.Ordinal);
    }

    private static ParityReport Compare(ScoredRows actual, ScoredRows? expected = null) =>
        new ParityComparison(s_outputs).Run(actual, expected ?? Rows([(1, [1f, 2f], 5, "a"), (2, [3f, 4f], 7, "b")], bound: 0.01f), "auto");

    private static ScoredRows Rows(IReadOnlyList<(long Key, float[] Scores, long Label, string Text)> rows, float? bound = null, bool[]? uncertain = null)
    {
        ScoredRows result = new(1);
        result.Add(
            [.. rows.Select(r => r.Key)],
            rows.Count,
            [rows.SelectMany(r => r.Scores).ToArray(), rows.Select(r => r.Label).ToArray(), rows.Select(r => r.Text).ToArray()],
            bound is null ? null : [Enumerable.Repeat(bound.Value, rows.Count * 2).ToArray(), uncertain?.Select(u => u ? 1.0 : 0).ToArray(), null],
            bound is null ? null : [null, null, uncertain]);
        return result;
    }
}
