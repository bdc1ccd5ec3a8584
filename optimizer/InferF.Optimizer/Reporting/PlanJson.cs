using System.Text;
using System.Text.Json;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>Plans as JSON for machines. Field names are stable: fields may be added, none is renamed. Numbers that are not finite are null.</summary>
public static class PlanJson
{
    /// <summary>Writes a plan as indented JSON.</summary>
    /// <param name="plan">The plan; counters appear as <c>actual</c> objects.</param>
    public static string Write(ExplainedPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return Write(writer => Write(writer, PlanView.Of(plan)));
    }

    /// <summary>Writes two plans, <c>plans</c>, and what distinguishes them, <c>difference</c>.</summary>
    /// <param name="first">One plan.</param>
    /// <param name="second">The plan it is compared with.</param>
    public static string Write(ExplainedPlan first, ExplainedPlan second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        PlanDifference difference = new(PlanView.Of(first), PlanView.Of(second));
        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("plans");
            Write(writer, difference.First);
            Write(writer, difference.Second);
            writer.WriteEndArray();
            WriteDifference(writer, difference);
            writer.WriteEndObject();
        });
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true }))
        {
            write(writer);
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, PlanView plan)
    {
        PlacementReport report = plan.Report;
        writer.WriteStartObject();
        writer.WriteString("planner", report.Planner);
        writer.WriteString("requested", report.Requested);
        writer.WriteString("reason", report.Reason);
        writer.WriteStartObject("estimatedSeconds");
        foreach ((string planner, double seconds) in report.EstimatedSeconds)
        {
            WriteNumber(writer, planner, seconds);
        }
        writer.WriteEndObject();
        writer.WriteString("costConstants", report.CostConstants);
        writer.WriteStartObject("total");
        WriteNumber(writer, "estimatedSeconds", plan.EstimatedSeconds);
        if (plan.ActualSeconds is double actual)
        {
            WriteNumber(writer, "actualSeconds", actual);
            writer.WriteNumber("spilledBytes", plan.SpilledBytes);
        }
        writer.WriteEndObject();
        WriteArray(writer, "nodes", plan.Nodes, WriteNode);
        WriteArray(writer, "decisions", report.Decisions, WriteDecision);
        WriteArray(writer, "coverage", report.Coverage, WriteCoverage);
        writer.WriteEndObject();
    }

    private static void WriteNode(Utf8JsonWriter writer, NodeView node)
    {
        NodeReport report = node.Report;
        writer.WriteStartObject();
        writer.WriteNumber("id", report.Node);
        writer.WriteString("kind", report.Kind);
        writer.WriteString("description", report.Description);
        WriteArray(writer, "inputs", report.Inputs, static (json, input) => json.WriteNumberValue(input));
        WriteStrings(writer, "tables", report.Tables);
        WriteNumber(writer, "estimatedRows", report.EstimatedRows);
        writer.WriteString("estimatedRowsSource", report.EstimatedRowsSource);
        WriteNumber(writer, "referencedRows", report.ReferencedRows ?? double.NaN);
        writer.WriteString("referencedRowsSource", report.ReferencedRowsSource);
        writer.WriteBoolean("lazy", report.IsLazy);
        WriteNumber(writer, "estimatedSeconds", report.EstimatedSeconds);
        WriteNumber(writer, "relationalSeconds", report.RelationalSeconds);
        WriteNumber(writer, "flops", node.Flops);
        WriteNumber(writer, "bytes", node.Bytes);
        WriteActual(writer, node.Actual);
        if (node.Cached is not null)
        {
            writer.WriteStartObject("cached");
            WriteNumber(writer, "rowBytes", node.CachedRowBytes ?? double.NaN);
            WriteNumber(writer, "valueBytes", node.CachedValueBytes ?? double.NaN);
            writer.WriteEndObject();
        }
        if (node.Tuples is ActualCounter tuples)
        {
            writer.WriteStartObject("tuples");
            WriteNumber(writer, "rows", tuples.RowsIn);
            WriteNumber(writer, "computed", tuples.Rows);
            WriteNumber(writer, "milliseconds", tuples.Milliseconds);
            WriteNumber(writer, "heldBytes", tuples.Bytes);
            writer.WriteEndObject();
        }
        WriteArray(writer, "values", node.Values, WriteValue);
        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, ValueView value)
    {
        ValueReport report = value.Report;
        writer.WriteStartObject();
        writer.WriteNumber("id", report.Value);
        writer.WriteString("operator", report.Operator);
        writer.WriteString("label", report.Label);
        writer.WriteNumber("width", report.Width);
        WriteNumber(writer, "estimatedSeconds", report.EstimatedSeconds);
        WriteNumber(writer, "flops", report.Flops);
        WriteNumber(writer, "bytes", report.Bytes);
        WriteActual(writer, value.Actual);
        writer.WriteEndObject();
    }

    private static void WriteActual(Utf8JsonWriter writer, ActualCounter? counter)
    {
        if (counter is not ActualCounter actual)
        {
            return;
        }
        writer.WriteStartObject("actual");
        writer.WriteNumber("rows", actual.Rows);
        WriteNumber(writer, "milliseconds", actual.Milliseconds);
        writer.WriteNumber("bytes", actual.Bytes);
        writer.WriteNumber("flops", actual.Flops);
        writer.WriteEndObject();
    }

    private static void WriteDecision(Utf8JsonWriter writer, PlanDecision decision)
    {
        writer.WriteStartObject();
        writer.WriteString("when", decision.When);
        writer.WriteString("planner", decision.Planner);
        WriteNumber(writer, "keptSeconds", decision.KeptSeconds);
        WriteNumber(writer, "alternativeSeconds", decision.AlternativeSeconds);
        writer.WriteBoolean("taken", decision.Taken);
        WriteArray(writer, "observed", decision.Observed, static (json, seen) =>
        {
            json.WriteStartObject();
            json.WriteNumber("node", seen.Node);
            json.WriteString("quantity", seen.Quantity);
            WriteNumber(json, "expected", seen.Expected);
            WriteNumber(json, "observed", seen.Observed);
            json.WriteEndObject();
        });
        WriteArray(writer, "moves", decision.Moves, WriteMove);
        writer.WriteEndObject();
    }

    private static void WriteMove(Utf8JsonWriter writer, PlacementMove move)
    {
        writer.WriteStartObject();
        writer.WriteString("label", move.Label);
        WriteStrings(writer, "from", move.From);
        WriteStrings(writer, "to", move.To);
        writer.WriteEndObject();
    }

    private static void WriteCoverage(Utf8JsonWriter writer, OperatorCoverage entry)
    {
        writer.WriteStartObject();
        writer.WriteString("model", entry.Model);
        writer.WriteString("operator", entry.Operator);
        writer.WriteString("form", entry.Form);
        writer.WriteBoolean("pushable", entry.Pushable);
        writer.WriteString("why", entry.Why);
        writer.WriteEndObject();
    }

    private static void WriteDifference(Utf8JsonWriter writer, PlanDifference difference)
    {
        writer.WriteStartObject("difference");
        WritePair(writer, "estimatedSeconds", difference.First.EstimatedSeconds, difference.Second.EstimatedSeconds);
        if (difference.First.ActualSeconds is double first && difference.Second.ActualSeconds is double second)
        {
            WritePair(writer, "actualSeconds", first, second);
        }
        writer.WriteBoolean("sameJoinTree", difference.IsSameJoinTree);
        WriteArray(writer, "moves", difference.Moves, WriteMove);
        writer.WriteEndObject();
    }

    private static void WritePair(Utf8JsonWriter writer, string name, double first, double second)
    {
        writer.WriteStartObject(name);
        WriteNumber(writer, "first", first);
        WriteNumber(writer, "second", second);
        WriteNumber(writer, "ratio", second / first);
        writer.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (T item in items)
        {
            write(writer, item);
        }
        writer.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IEnumerable<string> texts) =>
        WriteArray(writer, name, texts, static (json, text) => json.WriteStringValue(text));

    // JSON has no infinity and no NaN.
    private static void WriteNumber(Utf8JsonWriter writer, string name, double number)
    {
        if (double.IsFinite(number))
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
