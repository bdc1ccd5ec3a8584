using InferF.Optimizer.Reporting.Text;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>A plan as text for people: what was decided and why, then the join tree as boxes with the model's operators in them.</summary>
public static class PlanPrinter
{
    /// <summary>Columns of the output unless told otherwise.</summary>
    public const int DefaultWidth = 100;

    private const int MostMoves = 20;

    /// <summary>Prints a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="width">Most columns a line takes; at least 61, the width of two boxes.</param>
    /// <param name="ascii">Draws with ASCII characters only; other characters in names become question marks.</param>
    /// <returns>Lines separated by <c>\n</c>, the last one ended by it, too.</returns>
    public static string Print(ExplainedPlan plan, int width = DefaultWidth, bool ascii = false)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Finish(Lines(PlanView.Of(plan), Math.Max(BoxTree.NarrowestDrawing, width)), ascii);
    }

    /// <summary>Prints two plans of one query, side by side if they fit, and what differs.</summary>
    /// <param name="first">One plan.</param>
    /// <param name="second">The plan it is compared with.</param>
    /// <param name="width">Most columns a line takes; at least 61.</param>
    /// <param name="ascii">Draws with ASCII characters only.</param>
    public static string Print(ExplainedPlan first, ExplainedPlan second, int width = DefaultWidth, bool ascii = false)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        width = Math.Max(BoxTree.NarrowestDrawing, width);
        PlanView left = PlanView.Of(first);
        PlanView right = PlanView.Of(second);
        int half = (width - 3) / 2;
        int needed = Math.Max(BoxTree.NarrowestDrawing, Math.Max(BoxTree.NarrowestWidthOf(left), BoxTree.NarrowestWidthOf(right)));
        List<string> lines = half >= needed
            ? SideBySide(Lines(left, half), Lines(right, half), half)
            : [.. Lines(left, width), "", new string('─', width), "", .. Lines(right, width)];
        lines.AddRange(["", new string('─', width), "", .. DifferenceText.Lines(new PlanDifference(left, right), width)]);
        return Finish(lines, ascii);
    }

    /// <summary>Values at other nodes, one line each: label: from → to.</summary>
    internal static IEnumerable<string> MoveLines(IReadOnlyCollection<PlacementMove> moves, int width, string indent)
    {
        foreach (PlacementMove move in moves.Take(MostMoves))
        {
            foreach (string line in DisplayText.Wrap(
                $"{indent}{DisplayText.Visible(move.Label)}: {Places(move.From)} -> {Places(move.To)}", width, maxLines: 3, indent + "  "))
            {
                yield return line;
            }
        }
        if (moves.Count > MostMoves)
        {
            yield return $"{indent}and {moves.Count - MostMoves} more";
        }
    }

    private static string Places(IReadOnlyCollection<string> places) =>
        places.Count == 0 ? "nowhere" : string.Join(", ", places.CountBy(place => place).Select(entry => DisplayText.Visible(entry.Key) + (entry.Value > 1 ? $" ({entry.Value} times)" : "")));

    private static List<string> Lines(PlanView plan, int width)
    {
        PlacementReport report = plan.Report;
        string requested = report.Requested == report.Planner ? "" : $" (requested {DisplayText.Visible(report.Requested)})";
        List<string> lines = DisplayText.Wrap($"planner {DisplayText.Visible(report.Planner)}{requested}: {DisplayText.Visible(report.Reason)}", width, maxLines: 6, "  ");
        if (report.EstimatedSeconds.Count > 1)
        {
            string seconds = string.Join(", ", report.EstimatedSeconds.OrderBy(entry => entry.Value).Select(entry => $"{DisplayText.Visible(entry.Key)} {Figures.Seconds(entry.Value)}"));
            lines.AddRange(DisplayText.Wrap($"estimated: {seconds}", width, maxLines: 6, "  "));
        }
        lines.AddRange(report.Decisions.SelectMany(decision => DecisionLines(plan, decision, width)));
        lines.Add("");
        lines.AddRange(BoxTree.Draw(plan, width));
        lines.Add("");
        string actual = plan.ActualSeconds is double measured ? $", actual {Figures.Seconds(measured)} summed over threads" : "";
        lines.AddRange(DisplayText.Wrap($"total: estimated {Figures.Seconds(plan.EstimatedSeconds)} (constants: {DisplayText.Visible(report.CostConstants)}){actual}", width, indent: "  "));
        if (plan.SpilledBytes > 0)
        {
            lines.Add($"spilled: {Figures.Bytes(plan.SpilledBytes)} written to disk, because build sides exceed the memory limit");
        }
        return lines;
    }

    private static IEnumerable<string> DecisionLines(PlanView plan, PlanDecision decision, int width)
    {
        string outcome = decision.Taken ? "the alternative was taken" : "kept";
        List<string> lines = DisplayText.Wrap(
            $"decision {DisplayText.Visible(decision.When)} ({DisplayText.Visible(decision.Planner)}): "
            + $"{Figures.Seconds(decision.KeptSeconds)} as it was, {Figures.Seconds(decision.AlternativeSeconds)} otherwise: {outcome}",
            width,
            maxLines: 3,
            "  ");
        foreach (PlanObservation seen in decision.Observed)
        {
            string deviation = Figures.Deviation(seen.Expected, seen.Observed) is string text ? $", {text}" : "";
            lines.AddRange(DisplayText.Wrap(
                $"  {DisplayText.Visible(plan.NameOf(seen.Node))}: {DisplayText.Visible(seen.Quantity)} {Figures.Count(seen.Observed)}, expected {Figures.Count(seen.Expected)}{deviation}",
                width,
                maxLines: 2,
                "    "));
        }
        return lines.Concat(MoveLines(decision.Moves, width, "  "));
    }

    private static List<string> SideBySide(List<string> left, List<string> right, int half)
    {
        List<string> lines = [];
        for (int i = 0; i < Math.Max(left.Count, right.Count); i++)
        {
            string beside = i < left.Count ? left[i] : "";
            string padding = new(' ', half - DisplayText.WidthOf(beside));
            lines.Add($"{beside}{padding} │ {(i < right.Count ? right[i] : "")}".TrimEnd());
        }
        return lines;
    }

    private static string Finish(List<string> lines, bool ascii)
    {
        string text = string.Join('\n', lines) + "\n";
        return ascii ? AsciiText.Of(text) : text;
    }
}
