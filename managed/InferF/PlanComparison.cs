using InferF.Optimizer.Reporting;

namespace InferF;

/// <summary>Two plans of one query and what distinguishes them. Made by <see cref="PlanReport.Compare"/>.</summary>
public sealed class PlanComparison
{
    private readonly ExplainedPlan _first;
    private readonly ExplainedPlan _second;

    internal PlanComparison(ExplainedPlan first, ExplainedPlan second) => (_first, _second) = (first, second);

    /// <summary>Both trees, side by side where the width allows it, and a table of differences.</summary>
    /// <param name="width">Most columns a line takes; at least 61, side by side from 125 on.</param>
    /// <param name="ascii">Draws with ASCII characters only.</param>
    public string ToText(int width = PlanReport.DefaultWidth, bool ascii = false) => PlanPrinter.Print(_first, _second, width, ascii);

    /// <summary>JSON: <c>plans</c>, both as <see cref="PlanReport.ToJson"/> writes them, and <c>difference</c>.</summary>
    public string ToJson() => PlanJson.Write(_first, _second);

    /// <summary>A Mermaid flowchart with a subgraph per plan.</summary>
    public string ToMermaid() => PlanMermaid.Write(_first, _second);

    /// <summary>One HTML page with both trees side by side; it needs nothing else.</summary>
    public string ToHtml() => PlanHtml.Write(_first, _second);

    /// <summary>Writes <see cref="ToHtml"/> to a file, replacing it if it exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops writing.</param>
    public Task SaveHtmlAsync(string path, CancellationToken cancellation = default) => PlanReport.SaveAsync(path, ToHtml(), cancellation);
}
