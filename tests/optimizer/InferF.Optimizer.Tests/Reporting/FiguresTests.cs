using InferF.Optimizer.Reporting;

namespace InferF.Optimizer.Tests.Reporting;

public sealed class FiguresTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1.5, "1.5")]
    [InlineData(9999, "9999")]
    [InlineData(12345, "12.3k")]
    [InlineData(336_776, "337k")]
    [InlineData(5e6, "5M")]
    [InlineData(7.25e9, "7.25G")]
    [InlineData(1e30, "1e30")]
    [InlineData(double.NaN, "?")]
    public void CountsAreShort(double number, string text) => Assert.Equal(text, Figures.Count(number));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(3.2e-8, "32 ns")]
    [InlineData(1.234e-5, "12.3 µs")]
    [InlineData(0.0123, "12.3 ms")]
    [InlineData(75.04, "75 s")]
    [InlineData(1e30, "1e30 s")]
    [InlineData(double.PositiveInfinity, "? s")]
    public void SecondsHaveAUnit(double seconds, string text) => Assert.Equal(text, Figures.Seconds(seconds));

    [Theory]
    [InlineData(512, "512 B")]
    [InlineData(102e6, "102 MB")]
    public void BytesHaveAUnit(double bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));

    [Theory]
    [InlineData(1000, 1900, null)]
    [InlineData(1000, 2000, "2x more")]
    [InlineData(1000, 480, "2.08x fewer")]
    [InlineData(0, 1, null)]
    [InlineData(0.2, 0, null)]
    [InlineData(1000, 0, "1000x fewer")]
    [InlineData(double.NaN, 5, null)]
    public void OnlyLargeDeviationsAreRemarked(double expected, double observed, string? text) => Assert.Equal(text, Figures.Deviation(expected, observed));

    [Theory]
    [InlineData(2, 1, "2 times as fast")]
    [InlineData(1, 4, "4 times as slow")]
    [InlineData(0, 4, "")]
    public void TimesAreCompared(double first, double second, string text) => Assert.Equal(text, Figures.Ratio(first, second));

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.001, "<1 %")]
    [InlineData(0.424, "42 %")]
    public void SharesArePercentages(double share, string text) => Assert.Equal(text, Figures.Percent(share));
}
