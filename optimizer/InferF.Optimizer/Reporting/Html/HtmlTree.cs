using System.Globalization;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting.Html;

/// <summary>The join tree as nested boxes: a probe spine runs down, the build side of each of its joins stands to the right.</summary>
internal static class HtmlTree
{
    private static readonly double[] s_heat = [0.05, 0.2, 0.5];

    /// <summary>Adds the tree of a plan.</summary>
    public static void Add(HtmlText html, PlanView plan)
    {
        html.Markup("<div class=\"tree\" tabindex=\"0\">\n");
        if (plan.Root >= 0)
        {
            AddSpine(html, plan, plan.Root);
        }
        html.Markup("</div>\n");
    }

    private static void AddSpine(HtmlText html, PlanView plan, int top)
    {
        html.Markup("<div class=\"spine\">\n");
        for (int node = top; node >= 0;)
        {
            html.Markup("<div class=\"level\">\n");
            AddNode(html, plan, plan.Nodes[node]);
            var inputs = plan.Nodes[node].Report.Inputs;
            foreach (int build in inputs.Skip(1))
            {
                html.Markup("<div class=\"build\">\n");
                AddSpine(html, plan, build);
                html.Markup("</div>\n");
            }
            html.Markup("</div>\n");
            node = inputs.IsEmpty ? -1 : inputs[0];
        }
        html.Markup("</div>\n");
    }

    private static void AddNode(HtmlText html, PlanView plan, NodeView node)
    {
        NodeReport report = node.Report;
        double share = plan.ShareOf(node);
        html.Markup(string.Create(CultureInfo.InvariantCulture, $"<article class=\"node heat{s_heat.Count(step => share > step)}\" data-node=\"{report.Node}\">\n"))
            .Markup("<header><strong>").Text(report.Kind)
            .Markup("</strong> <span class=\"faint\">").Text(string.Create(CultureInfo.InvariantCulture, $"#{report.Node}")).Markup("</span>");
        if (report.IsLazy)
        {
            html.Markup(" <span class=\"lazy\" title=\"values are computed when a probe row first refers to them\">lazy</span>");
        }
        html.Markup("<span class=\"share\" title=\"part of the plan's time\">").Text(Figures.Percent(share)).Markup("</span></header>\n")
            .Markup(string.Create(
                CultureInfo.InvariantCulture,
                $"<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"all\" width=\"100\" height=\"4\"/><rect class=\"part\" width=\"{100 * share:0.#}\" height=\"4\"/></svg>\n"))
            .Markup("<p class=\"what\">").Text(report.Description).Markup("</p>\n");
        AddFigures(html, plan, node);
        if (!node.Values.IsEmpty)
        {
            html.Markup("<ul class=\"values\">\n");
            foreach (ValueView value in node.Values)
            {
                AddValue(html, plan, value);
            }
            html.Markup("</ul>\n");
        }
        html.Markup("</article>\n");
    }

    private static void AddFigures(HtmlText html, PlanView plan, NodeView node)
    {
        NodeReport report = node.Report;
        html.Markup("<table>\n");
        AddHeadings(html, plan);
        html.Markup("<tr><th>rows</th><td>").Text(Figures.Count(report.EstimatedRows)).Markup(" <span class=\"faint\">").Text(report.EstimatedRowsSource).Markup("</span></td>");
        if (plan.IsAnalyzed)
        {
            html.Markup("<td>").Text(node.Actual is ActualCounter counter ? Figures.Count(counter.Rows) : "");
            if (node.Actual is ActualCounter actual && Figures.Deviation(report.EstimatedRows, actual.Rows) is string deviation)
            {
                html.Markup(" <span class=\"off\">").Text(deviation).Markup("</span>");
            }
            html.Markup("</td>");
        }
        html.Markup("</tr>\n");
        if (report.ReferencedRows is double referenced)
        {
            html.Markup("<tr><th>referenced</th><td>").Text(Figures.Count(referenced)).Markup(" <span class=\"faint\">").Text(report.ReferencedRowsSource).Markup("</span></td></tr>\n");
        }
        if (node.Cached is string cached)
        {
            html.Row("cached", "", cached);
        }
        if (node.TuplesOfRows is string tuples)
        {
            html.Row("tuples", "", tuples);
        }
        AddRow(html, plan, "time", report.EstimatedSeconds, node.ActualSeconds, Figures.Seconds);
        AddRow(html, plan, "flops", node.Flops, node.ActualFlops, Figures.Flops);
        AddRow(html, plan, "bytes", node.Bytes, node.ActualBytes, Figures.Bytes);
        html.Markup("</table>\n");
    }

    private static void AddValue(HtmlText html, PlanView plan, ValueView value)
    {
        ValueReport report = value.Report;
        ActualCounter? actual = value.Actual;
        html.Markup("<li data-value=\"").Text(value.Name).Markup("\"><details><summary>").Text(value.Name)
            .Markup(" <span class=\"faint\">").Text(string.Create(CultureInfo.InvariantCulture, $"width {report.Width}, {Figures.Seconds(report.EstimatedSeconds)}"));
        if (actual is not null)
        {
            html.Text($", actual {Figures.Seconds(actual.Value.Milliseconds / 1e3)}");
        }
        html.Markup("</span></summary>\n<table>\n");
        AddHeadings(html, plan);
        if (actual is not null)
        {
            html.Row("rows", "", Figures.Count(actual.Value.Rows));
        }
        AddRow(html, plan, "time", report.EstimatedSeconds, actual?.Milliseconds / 1e3, Figures.Seconds);
        AddRow(html, plan, "flops", report.Flops, actual?.Flops, Figures.Flops);
        AddRow(html, plan, "bytes", report.Bytes, actual?.Bytes, Figures.Bytes);
        html.Markup("</table></details></li>\n");
    }

    private static void AddHeadings(HtmlText html, PlanView plan) =>
        html.Markup(plan.IsAnalyzed ? "<tr><th></th><th>estimated</th><th>actual</th></tr>\n" : "<tr><th></th><th>estimated</th></tr>\n");

    private static void AddRow(HtmlText html, PlanView plan, string name, double estimated, double? actual, Func<double, string> format)
    {
        string measured = actual is double number ? format(number) : "";
        html.Row(name, plan.IsAnalyzed ? [format(estimated), measured] : [format(estimated)]);
    }
}
