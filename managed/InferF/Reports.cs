using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferF;

/// <summary>How much an explanation costs.</summary>
public enum ExplainMode
{
    /// <summary>Plan only.</summary>
    Estimate,
    /// <summary>Plan, run, and show actual rows, time, bytes and flops beside the estimates.</summary>
    Analyze,
}

/// <summary>What predictions are compared with.</summary>
public enum Reference
{
    /// <summary>The same rows joined by DuckDB and scored by ONNX Runtime.</summary>
    OnnxRuntime,
}

/// <summary>Result of comparing a query with a reference, row by row.</summary>
/// <param name="Ok">Every row and every output element agrees within its bound.</param>
/// <param name="Rows">Joined rows compared.</param>
/// <param name="MaxAbsError">Largest |a − b| over all finite output elements.</param>
/// <param name="MaxErrorOverBound">Largest |a − b| divided by the element's error bound; at most 1 when ok.</param>
/// <param name="MaxErrorBound">Largest error bound of an element: how far the query's precision may take it from the reference.</param>
/// <param name="Planner">Planner whose placement was run.</param>
/// <param name="Failure">What disagrees first, if anything does.</param>
public sealed record ParityReport(
    [property: JsonPropertyName("ok")] bool Ok,
    [property: JsonPropertyName("rows")] long Rows,
    [property: JsonPropertyName("max_abs_error")] double MaxAbsError,
    [property: JsonPropertyName("max_error_over_bound")] double MaxErrorOverBound,
    [property: JsonPropertyName("max_error_bound")] double MaxErrorBound,
    [property: JsonPropertyName("planner")] string Planner,
    [property: JsonPropertyName("failure"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Failure)
{
    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>One line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>One line for people.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture,
        $"{(Ok ? "ok" : "FAILED")}: {Rows} rows, planner {Planner}, max |error| {MaxAbsError:G3}, max error/bound {MaxErrorOverBound:G3}, largest bound {MaxErrorBound:G3}{(Failure is null ? "" : $"\n{Failure}")}");
}
