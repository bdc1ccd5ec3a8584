using System.Globalization;
using System.Xml.Linq;

namespace InferF.Cli.Bench.Report.Html;

/// <summary>Plots as SVG elements (SVG 1.1) that a page contains; colours come from the page's style by class.</summary>
internal static class Chart
{
    private const int Width = 620;
    private const int Height = 320;
    private const int Left = 70;
    private const int Right = 170;
    private const int Top = 16;
    private const int Bottom = 52;
    private const int PlotWidth = Width - Left - Right;
    private const int PlotHeight = Height - Top - Bottom;
    private const int BarHeight = 22;
    private const int BarLabelWidth = 150;
    private const int LegendLine = 18;
    private const int Colours = 6;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>Lines over two axes.</summary>
    /// <param name="title">What it shows, for those who do not see it.</param>
    /// <param name="xTitle">What the horizontal axis shows.</param>
    /// <param name="yTitle">What the vertical axis shows.</param>
    /// <param name="lines">Name and points of every line; x positive.</param>
    public static XElement Lines(string title, string xTitle, string yTitle, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines)
    {
        (double X, double Y)[] all = [.. lines.SelectMany(line => line.Points)];
        XElement svg = Root(title, Width, Height);
        if (all.Length == 0)
        {
            return svg;
        }
        AxisScale x = new([.. all.Select(point => point.X)], IsWide(all.Select(point => point.X)));
        AxisScale y = new([.. all.Select(point => point.Y)], IsWide(all.Select(point => point.Y)));
        double XOf(double value) => Left + x.At(value) * PlotWidth;
        double YOf(double value) => Top + (1 - y.At(value)) * PlotHeight;
        foreach (double tick in y.Ticks)
        {
            svg.Add(Line(Left, YOf(tick), Left + PlotWidth, YOf(tick), "grid"), Text(Left - 6, YOf(tick) + 4, AxisScale.Label(tick), "tick end"));
        }
        foreach (double tick in x.Ticks)
        {
            svg.Add(Line(XOf(tick), Top, XOf(tick), Top + PlotHeight, "grid"), Text(XOf(tick), Top + PlotHeight + 16, AxisScale.Label(tick), "tick middle"));
        }
        svg.Add(
            Text(Left + PlotWidth / 2.0, Height - 14, xTitle, "axis middle"),
            Upright(16, Top + PlotHeight / 2.0, yTitle));
        for (int i = 0; i < lines.Count; i++)
        {
            string colour = $"c{i % Colours}";
            string points = string.Join(' ', lines[i].Points.OrderBy(point => point.X).Select(point => $"{Number(XOf(point.X))},{Number(YOf(point.Y))}"));
            svg.Add(new XElement(s_svg + "polyline", new XAttribute("class", $"line {colour}"), new XAttribute("points", points)));
            foreach ((double X, double Y) point in lines[i].Points)
            {
                svg.Add(new XElement(
                    s_svg + "circle", new XAttribute("class", $"dot {colour}"), new XAttribute("cx", Number(XOf(point.X))), new XAttribute("cy", Number(YOf(point.Y))), new XAttribute("r", "3.5"),
                    new XElement(s_svg + "title", $"{lines[i].Name}: {AxisScale.Label(point.X)}, {AxisScale.Label(point.Y)}")));
            }
            double legend = Top + 8 + i * LegendLine;
            svg.Add(Rectangle(Left + PlotWidth + 14, legend - 5, 12, 10, $"bar {colour}"), Text(Left + PlotWidth + 32, legend + 4, lines[i].Name, "legend"));
        }
        return svg;
    }

    /// <summary>Horizontal bars from 0.</summary>
    /// <param name="title">What it shows, for those who do not see it.</param>
    /// <param name="bars">Name, length and text of every bar.</param>
    public static XElement Bars(string title, IReadOnlyList<(string Name, double Value, string Text)> bars)
    {
        XElement svg = Root(title, Width, bars.Count * BarHeight + 8);
        double most = bars.Count == 0 ? 0 : bars.Max(bar => bar.Value);
        double room = Width - BarLabelWidth - Right;
        for (int i = 0; i < bars.Count; i++)
        {
            double top = 4 + i * BarHeight;
            double length = most > 0 ? bars[i].Value / most * room : 0;
            svg.Add(
                Text(BarLabelWidth - 8, top + 15, bars[i].Name, "tick end"),
                Rectangle(BarLabelWidth, top + 3, Math.Max(1, length), BarHeight - 6, i == 0 ? "bar c0" : "bar other"),
                Text(BarLabelWidth + length + 8, top + 15, bars[i].Text, "legend"));
        }
        return svg;
    }

    // More than a factor of twenty apart: a straight line would hide the small ones.
    private static bool IsWide(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return all.Min() > 0 && all.Max() / all.Min() > 20;
    }

    private static XElement Root(string title, int width, int height) => new(
        s_svg + "svg",
        new XAttribute("viewBox", $"0 0 {width} {height}"),
        new XAttribute("role", "img"),
        new XAttribute("aria-label", title));

    private static XElement Line(double x1, double y1, double x2, double y2, string style) => new(
        s_svg + "line", new XAttribute("class", style), new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)), new XAttribute("x2", Number(x2)), new XAttribute("y2", Number(y2)), "");

    private static XElement Rectangle(double x, double y, double width, double height, string style) => new(
        s_svg + "rect", new XAttribute("class", style), new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("width", Number(width)), new XAttribute("height", Number(height)), "");

    private static XElement Text(double x, double y, string text, string style) =>
        new(s_svg + "text", new XAttribute("class", style), new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), text);

    // Read from below.
    private static XElement Upright(double x, double y, string text)
    {
        XElement element = Text(0, 0, text, "axis middle");
        element.SetAttributeValue("transform", $"translate({Number(x)} {Number(y)}) rotate(-90)");
        return element;
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
