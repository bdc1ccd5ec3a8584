using System.Globalization;
using System.Xml.Linq;
using InferF.Cli.Bench.Report.Html;

namespace InferF.Cli.Tests.Bench.Report;

/// <summary>Plots: everything inside, in order, escaped.</summary>
public sealed class ChartTests
{
    [Theory]
    [InlineData(7.3, new[] { 0, 2, 4, 6, 8.0 })]
    [InlineData(0.05, new[] { 0, 0.01, 0.02, 0.03, 0.04, 0.05 })]
    [InlineData(50.0, new[] { 0, 10, 20, 30, 40, 50.0 })]
    public void LinearTicksAreRound(double most, double[] expected) => Assert.Equal(expected, new AxisScale([0.01, most], false).Ticks.Select(tick => Math.Round(tick, 9)));

    [Fact]
    public void LogarithmicTicksArePowersOfTen()
    {
        AxisScale scale = new([0.02, 3, 100], true);
        Assert.Equal([0.01, 0.1, 1, 10, 100], scale.Ticks.Select(tick => Math.Round(tick, 9)));
        Assert.Equal(0, scale.At(0.01), 9);
        Assert.Equal(0.5, scale.At(1), 9);
        Assert.Equal(1, scale.At(100), 9);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.25, "0.25")]
    [InlineData(1000, "1 k")]
    [InlineData(5e6, "5 M")]
    [InlineData(2e-5, "2e-5")]
    public void Labels(double value, string expected) => Assert.Equal(expected, AxisScale.Label(value));

    [Fact]
    public void PointsLieInsideLargerValuesHigher()
    {
        XElement svg = Chart.Lines("t", "x", "y", [("one", [(1, 0.5), (100, 30)]), ("two", [(1, 2), (100, 2)])]);
        (double X, double Y)[] dots = [.. svg.Descendants().Where(e => e.Name.LocalName == "circle").Select(e => (Number(e, "cx"), Number(e, "cy")))];
        Assert.Equal(4, dots.Length);
        Assert.All(dots, dot => Assert.True(dot.X is >= 0 and <= 620 && dot.Y is >= 0 and <= 320));
        Assert.True(dots[0].X < dots[1].X && dots[0].Y > dots[1].Y);
        Assert.Equal(dots[2].Y, dots[3].Y);
        Assert.Equal(2, svg.Descendants().Count(e => e.Name.LocalName == "polyline"));
    }

    [Fact]
    public void BarsAreProportional()
    {
        XElement svg = Chart.Bars("t", [("a", 1, "1 s"), ("b", 4, "4 s")]);
        double[] widths = [.. svg.Descendants().Where(e => e.Name.LocalName == "rect").Select(e => Number(e, "width"))];
        Assert.Equal(4, widths[1] / widths[0], 0.05);
    }

    [Fact]
    public void TextIsEscapedAndNothingIsDrawnFromNothing()
    {
        Assert.DoesNotContain("<script", Chart.Bars(Reports.Hostile, [(Reports.Hostile, 0, Reports.Hostile)]).ToString(), StringComparison.Ordinal);
        Assert.Empty(Chart.Lines("t", "x", "y", []).Elements());
    }

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
