using InferF.Cli.Bench;

namespace InferF.Cli.Tests.Bench;

/// <summary>Medians against values computed by hand.</summary>
public sealed class MedianTests
{
    [Theory]
    [InlineData(new[] { 3.0 }, 3.0)]
    [InlineData(new[] { 5.0, 1.0, 3.0 }, 3.0)]
    [InlineData(new[] { 4.0, 1.0, 3.0, 100.0 }, 3.5)]
    public void IsTheMiddle(double[] values, double expected) => Assert.Equal(expected, Median.Of(values));
}
