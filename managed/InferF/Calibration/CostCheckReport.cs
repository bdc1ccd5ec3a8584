using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferF.Calibration;

/// <summary>A placement of a query, predicted and measured.</summary>
/// <param name="Workload">The query.</param>
/// <param name="Planner">The planner that placed it.</param>
/// <param name="PredictedSeconds">By the cost model, one thread.</param>
/// <param name="MeasuredSeconds">Of joins and values, one thread.</param>
public sealed record PlacementTime(
    [property: JsonPropertyName("workload")] string Workload,
    [property: JsonPropertyName("planner")] string Planner,
    [property: JsonPropertyName("predicted_seconds")] double PredictedSeconds,
    [property: JsonPropertyName("measured_seconds")] double MeasuredSeconds)
{
    /// <summary>Predicted over measured.</summary>
    [JsonPropertyName("ratio")]
    public double Ratio => PredictedSeconds / MeasuredSeconds;
}

/// <summary>How well the cost model predicts.</summary>
/// <param name="Source">Where its constants come from.</param>
/// <param name="Placements">Everything that was run.</param>
public sealed record CostCheckReport(
    [property: JsonPropertyName("constants")] string Source,
    [property: JsonPropertyName("placements")] ImmutableArray<PlacementTime> Placements)
{
    // Placements this close in measured time may come in any order.
    private const double SameTime = 0.1;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Spearman's rank correlation of predicted and measured seconds over all placements.</summary>
    [JsonPropertyName("spearman")]
    public double Spearman => RankCorrelation([.. Placements.Select(p => p.PredictedSeconds)], [.. Placements.Select(p => p.MeasuredSeconds)]);

    /// <summary>Of the pairs of placements of one workload whose measured times differ by more than a tenth: the share that is predicted in the right order.</summary>
    [JsonPropertyName("ordered_pairs")]
    public double OrderedPairs
    {
        get
        {
            int right = 0;
            int all = 0;
            foreach (IGrouping<string, PlacementTime> workload in Placements.GroupBy(p => p.Workload))
            {
                foreach (PlacementTime slow in workload)
                {
                    foreach (PlacementTime fast in workload.Where(fast => fast.MeasuredSeconds * (1 + SameTime) < slow.MeasuredSeconds))
                    {
                        all++;
                        right += fast.PredictedSeconds < slow.PredictedSeconds ? 1 : 0;
                    }
                }
            }
            return all == 0 ? 1 : (double)right / all;
        }
    }

    /// <summary>The whole report.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>A table for people.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"workload",-32} {"planner",-8} {"predicted",10} {"measured",10} {"ratio",6}");
        foreach (PlacementTime time in Placements)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{time.Workload,-32} {time.Planner,-8} {time.PredictedSeconds,9:F4}s {time.MeasuredSeconds,9:F4}s {time.Ratio,6:F2}");
        }
        text.Append(CultureInfo.InvariantCulture, $"constants: {Source}; rank correlation {Spearman:F3}; pairs in the right order {OrderedPairs:P0}");
        return text.ToString();
    }

    /// <summary>Pearson's correlation of average ranks (Spearman 1904).</summary>
    internal static double RankCorrelation(IReadOnlyList<double> left, IReadOnlyList<double> right)
    {
        double[] a = Ranks(left);
        double[] b = Ranks(right);
        double mean = (a.Length + 1) / 2.0;
        double covariance = a.Zip(b, (x, y) => (x - mean) * (y - mean)).Sum();
        double spread = Math.Sqrt(a.Sum(x => (x - mean) * (x - mean)) * b.Sum(y => (y - mean) * (y - mean)));
        return spread > 0 ? covariance / spread : 1;
    }

    // Equal values share the mean of their ranks.
    private static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other < value) + (values.Count(other => other == value) + 1) / 2.0)];
}
