using System.Collections.Immutable;
using System.Text;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;
using InferF.Runtime;

namespace InferF;

/// <summary>What a query is going to do or has done: the join tree, the model's operators placed on it, estimates and actual figures.</summary>
public sealed class PlanReport
{
    /// <summary>Columns of text output unless told otherwise.</summary>
    public const int DefaultWidth = PlanPrinter.DefaultWidth;

    private readonly ExplainedPlan _explained;

    internal PlanReport(PhysicalPlan plan, ImmutableArray<OperatorCounter>? counters, long spilledBytes = 0)
    {
        Plan = plan;
        _explained = new ExplainedPlan(plan.Report, counters?.Select(c => new ActualCounter(
            ToKind(c.Kind), c.Id, c.RowsOut, c.Nanoseconds / 1e6, c.Bytes, c.Flops, c.RowsIn)).ToArray())
        {
            SpilledBytes = spilledBytes,
        };
    }

    /// <summary>The plan.</summary>
    public PhysicalPlan Plan { get; }

    /// <summary>A tree of boxes for people: the planner's decision, then the joins with the model's operators on them.</summary>
    /// <param name="width">Most columns a line takes; at least 61.</param>
    /// <param name="ascii">Draws with ASCII characters only.</param>
    public string ToText(int width = DefaultWidth, bool ascii = false) => PlanPrinter.Print(_explained, width, ascii);

    /// <summary>JSON with stable field names; <c>docs/EXPLAIN.md</c> lists them.</summary>
    public string ToJson() => PlanJson.Write(_explained);

    /// <summary>A Mermaid flowchart, for Markdown.</summary>
    public string ToMermaid() => PlanMermaid.Write(_explained);

    /// <summary>One HTML page that needs nothing else: no network, no other file.</summary>
    public string ToHtml() => PlanHtml.Write(_explained);

    /// <summary>Writes <see cref="ToHtml"/> to a file, replacing it if it exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops writing.</param>
    public Task SaveHtmlAsync(string path, CancellationToken cancellation = default) => SaveAsync(path, ToHtml(), cancellation);

    /// <summary>Puts this plan beside another one of the same query, e.g. by another planner.</summary>
    /// <param name="other">The plan to compare with.</param>
    public PlanComparison Compare(PlanReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new PlanComparison(_explained, other._explained);
    }

    private static ActualKind ToKind(CounterKind kind) => kind switch
    {
        CounterKind.Node => ActualKind.Node,
        CounterKind.Value => ActualKind.Value,
        CounterKind.CachedRows => ActualKind.CachedRows,
        CounterKind.CachedValues => ActualKind.CachedValues,
        _ => ActualKind.Tuples,
    };

    internal static Task SaveAsync(string path, string text, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.WriteAllTextAsync(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellation);
    }
}
