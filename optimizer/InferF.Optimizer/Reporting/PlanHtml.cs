using InferF.Optimizer.Reporting.Html;

namespace InferF.Optimizer.Reporting;

/// <summary>Plans as one self-contained HTML page: no network, no other file; it reads without scripts, in light and dark, and on paper.</summary>
public static class PlanHtml
{
    /// <summary>Writes a page with one plan.</summary>
    /// <param name="plan">The plan.</param>
    public static string Write(ExplainedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return PlanPage.Write([PlanView.Of(plan)], PlanJson.Write(plan));
    }

    /// <summary>Writes a page with two plans side by side.</summary>
    /// <param name="first">One plan.</param>
    /// <param name="second">The plan it is compared with.</param>
    public static string Write(ExplainedPlan first, ExplainedPlan second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return PlanPage.Write([PlanView.Of(first), PlanView.Of(second)], PlanJson.Write(first, second));
    }
}
