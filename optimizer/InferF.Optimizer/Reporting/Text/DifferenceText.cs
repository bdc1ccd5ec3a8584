namespace InferF.Optimizer.Reporting.Text;

/// <summary>The table of what distinguishes two plans.</summary>
internal static class DifferenceText
{
    /// <summary>The lines of the table.</summary>
    public static IEnumerable<string> Lines(PlanDifference difference, int width)
    {
        string first = DisplayText.Visible(difference.First.Report.Planner);
        string second = DisplayText.Visible(difference.Second.Report.Planner);
        int column = Math.Clamp(2 + Math.Max(DisplayText.WidthOf(first), DisplayText.WidthOf(second)), 14, 20);
        yield return Row("", first, second, "", column, width);
        foreach ((string name, double? one, double? other, Func<double, string> format) in difference.Totals())
        {
            if (one is null && other is null)
            {
                continue;
            }
            // A ratio of flops or bytes says nothing about which plan is better; of times it does.
            string ratio = name.EndsWith("time", StringComparison.Ordinal) && one is double a && other is double b ? Figures.Ratio(b, a) : "";
            yield return Row(name, one is double x ? format(x) : "", other is double y ? format(y) : "", ratio.Length > 0 ? $"{first} is {ratio}" : "", column, width);
        }
        if (!difference.IsSameJoinTree)
        {
            yield return "the join trees differ";
        }
        yield return difference.Moves.IsEmpty ? "every value is computed at the same node" : $"computed at other nodes, {first} -> {second}:";
        foreach (string line in PlanPrinter.MoveLines(difference.Moves, width, "  "))
        {
            yield return line;
        }
    }

    private static string Row(string name, string first, string second, string remark, int column, int width)
    {
        string Right(string text) => new string(' ', Math.Max(0, column - 2 - DisplayText.WidthOf(DisplayText.Cut(text, column - 2)))) + DisplayText.Cut(text, column - 2);
        return DisplayText.Cut($"{name,-16}  {Right(first)}  {Right(second)}  {remark}".TrimEnd(), width);
    }
}
