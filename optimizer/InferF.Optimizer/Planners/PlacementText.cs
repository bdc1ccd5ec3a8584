using System.Globalization;
using System.Text;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Lowering;
using InferF.Optimizer.Placement;
using InferF.Plan.Query;

namespace InferF.Optimizer.Planners;

/// <summary>Placements as text.</summary>
internal static class PlacementText
{
    /// <summary>Equal for two placements of one query exactly if they compute the same values from the same values at the same nodes.</summary>
    /// <param name="query">The placement, carried out.</param>
    /// <param name="sources">Numbers of the model's values; the same object for all placements that are compared.</param>
    public static string Fingerprint(PlacedQuery query, Dictionary<ModelValue, int> sources)
    {
        StringBuilder text = new();
        foreach (PlacedValue value in query.Values)
        {
            sources.TryAdd(value.Source, sources.Count);
            text.Append(CultureInfo.InvariantCulture, $"{value.Node}:{sources[value.Source]}{(value.IsPartial ? "p" : "")}{value.Tables.Bits:x}");
            if (value.Tree is PlacedTree tree)
            {
                text.Append(CultureInfo.InvariantCulture, $"t{(int)tree.Role}.{tree.FirstFeature}");
            }
            foreach (PlacedValue argument in value.Arguments)
            {
                text.Append(CultureInfo.InvariantCulture, $",{argument.Index}");
            }
            foreach (PlacedTerm term in value.Sum?.Terms ?? [])
            {
                text.Append(CultureInfo.InvariantCulture, $"+{term.Value.Index}.{term.WeightRow}{(term.Weight is null ? "" : "w")}");
            }
            text.Append(';');
        }
        return text.ToString();
    }

    /// <summary>Names what is handed from which node to a node above: <c>Gemm 'fc1' {d} at d, merged at d⋈e</c>; <c>all above the joins</c> for nothing.</summary>
    public static string Describe(PlacedQuery placed, RelationalPlan relations, BoundQuery query)
    {
        List<string> parts = [];
        foreach (PlacedValue value in placed.Values)
        {
            if (value.Escapes && value.Node != relations.Root)
            {
                parts.Add($"{ValueLabels.LabelOf(value, query)} at {string.Join('⋈', relations[value.Node].Tables.Tables().Select(table => query.Tables[table].Alias))}");
            }
        }
        return parts.Count == 0 ? "all above the joins" : string.Join("; ", parts);
    }
}
