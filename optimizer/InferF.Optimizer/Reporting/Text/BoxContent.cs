using System.Collections.Immutable;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting.Text;

/// <summary>A line of a box before it is wrapped.</summary>
/// <param name="Text">Visible text.</param>
/// <param name="Right">Put at the right edge of the first line.</param>
/// <param name="MaxLines">Most lines it may take.</param>
/// <param name="Indent">Put before continuation lines.</param>
/// <param name="IsRule">True for a horizontal line instead.</param>
internal readonly record struct BoxLine(string Text, string Right = "", int MaxLines = 2, string Indent = "  ", bool IsRule = false)
{
    /// <summary>A horizontal line.</summary>
    public static BoxLine Rule { get; } = new("", IsRule: true);

    /// <summary>Columns it would like to have.</summary>
    public int Width => DisplayText.WidthOf(Text) + (Right.Length > 0 ? Right.Length + 2 : 0);
}

/// <summary>What the box of a node says.</summary>
internal static class BoxContent
{
    private const int MostDescriptionLines = 3;

    // A convolutional network has hundreds of values at one node; the cheap ones of so many are summed up.
    private const int MostValues = 12;

    /// <summary>The lines of a node.</summary>
    public static List<BoxLine> Of(PlanView plan, NodeView node)
    {
        NodeReport report = node.Report;
        List<BoxLine> lines = [new($"{report.Kind} #{report.Node}{(report.IsLazy ? ", lazy" : "")}", Figures.Percent(plan.ShareOf(node)), MaxLines: 1)];
        if (report.Description.Length > 0)
        {
            lines.Add(new BoxLine(DisplayText.Visible(report.Description), MaxLines: MostDescriptionLines));
        }
        lines.Add(new BoxLine(Rows(node)));
        if (report.ReferencedRows is double referenced)
        {
            lines.Add(new BoxLine($"referenced {Figures.Count(referenced)} ({DisplayText.Visible(report.ReferencedRowsSource)})"));
        }
        if (node.Cached is string cached)
        {
            lines.Add(new BoxLine($"cached {cached}"));
        }
        if (node.TuplesOfRows is string tuples)
        {
            lines.Add(new BoxLine($"tuples {tuples}"));
        }
        if (report.EstimatedSeconds > 0 || node.ActualSeconds > 0)
        {
            lines.Add(new BoxLine($"time {Figures.Seconds(report.EstimatedSeconds)}{Actual(node.ActualSeconds, Figures.Seconds)}"));
        }
        if (!node.Values.IsEmpty || node.ActualBytes > 0)
        {
            string actual = node.ActualFlops is double flops && node.ActualBytes is double bytes ? $", actual {Work(flops, bytes)}" : "";
            lines.Add(new BoxLine($"work {Work(node.Flops, node.Bytes)}{actual}"));
        }
        if (!node.Values.IsEmpty)
        {
            lines.Add(BoxLine.Rule);
            AddValues(lines, node.Values);
        }
        return lines;
    }

    /// <summary>The lines of a node that is drawn elsewhere.</summary>
    public static List<BoxLine> Reference(NodeView node) => [new($"{node.Report.Kind} #{node.Report.Node}"), new("drawn below")];

    private static string Rows(NodeView node)
    {
        string estimated = $"rows {Figures.Count(node.Report.EstimatedRows)} ({DisplayText.Visible(node.Report.EstimatedRowsSource)})";
        if (node.Actual is not ActualCounter actual)
        {
            return estimated;
        }
        string deviation = Figures.Deviation(node.Report.EstimatedRows, actual.Rows) is string text ? $", {text}" : "";
        return $"{estimated}, actual {Figures.Count(actual.Rows)}{deviation}";
    }

    private static string Work(double flops, double bytes) => flops > 0 ? $"{Figures.Flops(flops)}, {Figures.Bytes(bytes)}" : Figures.Bytes(bytes);

    private static string Actual(double? figure, Func<double, string> format) => figure is double actual ? $", actual {format(actual)}" : "";

    private static void AddValues(List<BoxLine> lines, ImmutableArray<ValueView> values)
    {
        HashSet<ValueView> shown = values.Length <= MostValues ? [.. values] : [.. values.OrderByDescending(CostOf).Take(MostValues - 1)];
        foreach (ValueView value in values.Where(shown.Contains))
        {
            AddValue(lines, $"{DisplayText.Visible(value.Name)}, width {value.Report.Width}", value.Report.EstimatedSeconds, value.Actual?.Milliseconds / 1e3);
        }
        if (shown.Count < values.Length)
        {
            IEnumerable<ValueView> others = values.Where(value => !shown.Contains(value));
            double? actual = others.Any(value => value.Actual is not null) ? others.Sum(value => value.Actual?.Milliseconds / 1e3 ?? 0) : null;
            AddValue(lines, $"and {values.Length - shown.Count} cheaper values", others.Sum(value => value.Report.EstimatedSeconds), actual);
        }
    }

    // An estimate fits at the right edge; with what was measured it gets a line of its own.
    private static void AddValue(List<BoxLine> lines, string name, double estimated, double? actual)
    {
        lines.Add(new BoxLine(name, actual is null ? Figures.Seconds(estimated) : ""));
        if (actual is not null)
        {
            lines.Add(new BoxLine($"  {Figures.Seconds(estimated)}{Actual(actual, Figures.Seconds)}"));
        }
    }

    private static double CostOf(ValueView value) => value.Actual?.Milliseconds / 1e3 ?? value.Report.EstimatedSeconds;
}
