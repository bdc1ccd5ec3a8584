using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting.Html;

/// <summary>The page around the trees. Its content security policy allows its own style and script and nothing else, no network at all.</summary>
internal static class PlanPage
{
    private static readonly string s_style = Resource("PlanPage.css");
    private static readonly string s_script = Resource("PlanPage.js");

    /// <summary>A page with one plan, or with two and their difference.</summary>
    /// <param name="plans">One or two plans.</param>
    /// <param name="json">The same as JSON, embedded for programs.</param>
    public static string Write(ImmutableArray<PlanView> plans, string json)
    {
        HtmlText html = new();
        html.Markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Markup($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{HashOf(s_style)}'; script-src '{HashOf(s_script)}'; base-uri 'none'; form-action 'none'\">\n")
            .Markup("<meta name=\"viewport\" content=\"width=device-width\">\n<title>InferF plan: ").Text(string.Join(" / ", plans.Select(plan => plan.Report.Planner)))
            .Markup("</title>\n<style>").Markup(s_style).Markup("</style>\n</head>\n<body>\n<h1>What runs where</h1>\n")
            .Markup("<p class=\"faint\">Each box is a node of the join tree; the probe side is below its join, the build side to the right. Inside are the model's operators computed on its rows. ")
            .Markup("The stronger the colour, the larger its part of the time. Times are seconds of one thread, actual ones summed over threads.</p>\n")
            .Markup("<div class=\"tools\" hidden><button id=\"expand\">Expand all</button><button id=\"collapse\">Collapse all</button></div>\n");
        if (plans.Length == 2)
        {
            AddDifference(html, new PlanDifference(plans[0], plans[1]));
        }
        html.Markup("<main class=\"plans\">\n");
        foreach (PlanView plan in plans)
        {
            AddPlan(html, plan);
        }
        html.Markup("</main>\n");
        AddCoverage(html, plans[0].Report.Coverage);
        // Utf8JsonWriter escapes <, > and &, so that no text in it can end the element.
        html.Markup("<script type=\"application/json\" id=\"plan\">").Markup(json).Markup("</script>\n")
            .Markup("<script>").Markup(s_script).Markup("</script>\n</body>\n</html>\n");
        return html.ToString();
    }

    private static void AddPlan(HtmlText html, PlanView plan)
    {
        PlacementReport report = plan.Report;
        html.Markup("<section class=\"plan\">\n<h2>Planner ").Text(report.Planner);
        if (report.Requested != report.Planner)
        {
            html.Markup(" <small>requested ").Text(report.Requested).Markup("</small>");
        }
        html.Markup("</h2>\n<p>").Text(report.Reason).Markup("</p>\n<p><strong>").Text($"Estimated {Figures.Seconds(plan.EstimatedSeconds)}");
        if (plan.ActualSeconds is double actual)
        {
            html.Text($", actual {Figures.Seconds(actual)}");
        }
        html.Markup("</strong> <span class=\"faint\">constants: ").Text(report.CostConstants).Markup("</span>");
        if (report.EstimatedSeconds.Count > 1)
        {
            html.Markup(" <span class=\"faint\">")
                .Text($"(tried: {string.Join(", ", report.EstimatedSeconds.OrderBy(entry => entry.Value).Select(entry => $"{entry.Key} {Figures.Seconds(entry.Value)}"))})").Markup("</span>");
        }
        html.Markup("</p>\n");
        foreach (PlanDecision decision in report.Decisions)
        {
            AddDecision(html, plan, decision);
        }
        HtmlTree.Add(html, plan);
        html.Markup("</section>\n");
    }

    private static void AddDecision(HtmlText html, PlanView plan, PlanDecision decision)
    {
        html.Markup("<div class=\"decision\"><p><strong>Decision ").Text(decision.When).Markup("</strong> (").Text(decision.Planner).Markup("): ")
            .Text($"{Figures.Seconds(decision.KeptSeconds)} as it was, {Figures.Seconds(decision.AlternativeSeconds)} otherwise: {(decision.Taken ? "the alternative was taken" : "kept")}")
            .Markup("</p>\n");
        if (!decision.Observed.IsEmpty)
        {
            html.Markup("<table>\n<tr><th>observed</th><th></th><th>expected</th><th>observed</th><th></th></tr>\n");
            foreach (PlanObservation seen in decision.Observed)
            {
                html.Row(plan.NameOf(seen.Node), seen.Quantity, Figures.Count(seen.Expected), Figures.Count(seen.Observed), Figures.Deviation(seen.Expected, seen.Observed));
            }
            html.Markup("</table>\n");
        }
        AddMoves(html, decision.Moves);
        html.Markup("</div>\n");
    }

    private static void AddDifference(HtmlText html, PlanDifference difference)
    {
        html.Markup("<section class=\"difference\">\n<h2>Difference</h2>\n<table>\n<tr><th></th><th>").Text(difference.First.Report.Planner)
            .Markup("</th><th>").Text(difference.Second.Report.Planner).Markup("</th></tr>\n");
        foreach ((string name, double? first, double? second, Func<double, string> format) in difference.Totals())
        {
            if (first is not null || second is not null)
            {
                html.Row(name, first is double one ? format(one) : "", second is double other ? format(other) : "");
            }
        }
        html.Markup("</table>\n");
        if (!difference.IsSameJoinTree)
        {
            html.Markup("<p>The join trees differ.</p>\n");
        }
        AddMoves(html, difference.Moves);
        html.Markup("</section>\n");
    }

    private static void AddMoves(HtmlText html, ImmutableArray<PlacementMove> moves)
    {
        if (moves.IsEmpty)
        {
            return;
        }
        html.Markup("<details><summary>").Text(moves.Length == 1 ? "1 value at another node" : $"{moves.Length} values at other nodes").Markup("</summary>\n<table>\n");
        foreach (PlacementMove move in moves)
        {
            html.Markup("<tr><td class=\"words\">").Text(move.Label).Markup("</td><td class=\"words\">").Text(string.Join(", ", move.From))
                .Markup("</td><td class=\"words\">&rarr; ").Text(move.To.IsEmpty ? "nowhere" : string.Join(", ", move.To)).Markup("</td></tr>\n");
        }
        html.Markup("</table></details>\n");
    }

    private static void AddCoverage(HtmlText html, ImmutableArray<OperatorCoverage> coverage)
    {
        if (coverage.IsEmpty)
        {
            return;
        }
        html.Markup("<details class=\"coverage\"><summary>Operators of the model</summary>\n<table>\n<tr><th>model</th><th>operator</th><th>form</th><th>can run below joins</th><th>why</th></tr>\n");
        foreach (OperatorCoverage entry in coverage)
        {
            html.Markup("<tr>");
            foreach (string text in (string[])[entry.Model, entry.Operator, entry.Form, entry.Pushable ? "yes" : "no", entry.Why])
            {
                html.Markup("<td class=\"words\">").Text(text).Markup("</td>");
            }
            html.Markup("</tr>\n");
        }
        html.Markup("</table></details>\n");
    }

    // https://www.w3.org/TR/CSP3/, "hash-source": base64 of the SHA-256 of the element's text.
    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static string Resource(string name)
    {
        using Stream stream = typeof(PlanPage).Assembly.GetManifestResourceStream($"InferF.Optimizer.Reporting.Html.{name}")
            ?? throw new InvalidOperationException($"The assembly lacks its resource {name}.");
        using StreamReader reader = new(stream, Encoding.UTF8);
        // An HTML parser turns CR LF into LF before it compares hashes.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
