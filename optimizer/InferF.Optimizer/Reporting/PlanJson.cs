using System.Text;
using System.Text.Json;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>A plan as JSON for machines. Field names are stable: fields may be added, none is renamed.</summary>
public static class PlanJson
{
    /// <summary>Writes a plan as indented JSON.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="actuals">Counters of a run of it, or null; they appear as <c>actual</c> objects.</param>
    public static string Write(PhysicalPlan plan, IReadOnlyList<ActualCounter>? actuals = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true }))
        {
            Write(writer, plan, actuals);
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes a plan as one JSON object into a larger document.</summary>
    /// <param name="writer">Where to; positioned at a value.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="actuals">Counters of a run of it, or null.</param>
    public static void Write(Utf8JsonWriter writer, PhysicalPlan plan, IReadOnlyList<ActualCounter>? actuals = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(plan);
        PlacementReport report = plan.Report;
        Dictionary<(ActualKind, int), ActualCounter> counters = (actuals ?? []).GroupBy(a => (a.Kind, a.Id)).ToDictionary(g => g.Key, g => g.Last());
        writer.WriteStartObject();
        writer.WriteString("planner", report.Planner);
        writer.WriteString("requested", report.Requested);
        writer.WriteString("reason", report.Reason);
        writer.WriteStartObject("estimatedSeconds");
        foreach ((string planner, double seconds) in report.EstimatedSeconds)
        {
            writer.WriteNumber(planner, seconds);
        }
        writer.WriteEndObject();
        writer.WriteStartArray("nodes");
        foreach (NodeReport node in report.Nodes)
        {
            WriteNode(writer, node, counters);
        }
        writer.WriteEndArray();
        writer.WriteStartArray("coverage");
        foreach (OperatorCoverage entry in report.Coverage)
        {
            writer.WriteStartObject();
            writer.WriteString("model", entry.Model);
            writer.WriteString("operator", entry.Operator);
            writer.WriteString("form", entry.Form);
            writer.WriteBoolean("pushable", entry.Pushable);
            writer.WriteString("why", entry.Why);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter writer, NodeReport node, Dictionary<(ActualKind, int), ActualCounter> counters)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", node.Node);
        writer.WriteString("kind", node.Kind);
        writer.WriteString("description", node.Description);
        writer.WriteStartArray("inputs");
        foreach (int input in node.Inputs)
        {
            writer.WriteNumberValue(input);
        }
        writer.WriteEndArray();
        writer.WriteNumber("estimatedRows", node.EstimatedRows);
        writer.WriteString("estimatedRowsSource", node.EstimatedRowsSource);
        writer.WriteNumber("flops", node.Values.Sum(value => value.Flops));
        writer.WriteNumber("bytes", node.Values.Sum(value => value.Bytes));
        WriteActual(writer, counters, ActualKind.Node, node.Node);
        writer.WriteStartArray("values");
        foreach (ValueReport value in node.Values)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", value.Value);
            writer.WriteString("operator", value.Operator);
            writer.WriteString("label", value.Label);
            writer.WriteNumber("width", value.Width);
            writer.WriteNumber("flops", value.Flops);
            writer.WriteNumber("bytes", value.Bytes);
            WriteActual(writer, counters, ActualKind.Value, value.Value);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteActual(Utf8JsonWriter writer, Dictionary<(ActualKind, int), ActualCounter> counters, ActualKind kind, int id)
    {
        if (!counters.TryGetValue((kind, id), out ActualCounter actual))
        {
            return;
        }
        writer.WriteStartObject("actual");
        writer.WriteNumber("rows", actual.Rows);
        writer.WriteNumber("milliseconds", actual.Milliseconds);
        writer.WriteNumber("bytes", actual.Bytes);
        writer.WriteNumber("flops", actual.Flops);
        writer.WriteEndObject();
    }
}
