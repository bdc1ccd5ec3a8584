using System.Collections.Immutable;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Reporting;

/// <summary>Finds what two placements of one query compute at different nodes.</summary>
public static class PlacementMoves
{
    /// <summary>The values that are not at the same nodes in both, in the order in which the plans compute them.</summary>
    /// <param name="first">One placement.</param>
    /// <param name="second">Another one; its join tree may differ.</param>
    public static ImmutableArray<PlacementMove> Between(PlacementReport first, PlacementReport second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        Dictionary<string, ImmutableArray<string>> from = PlacesOf(first);
        Dictionary<string, ImmutableArray<string>> to = PlacesOf(second);
        return
        [
            .. from.Keys.Concat(to.Keys.Where(label => !from.ContainsKey(label)))
                .Select(label => new PlacementMove(label, from.GetValueOrDefault(label, []), to.GetValueOrDefault(label, [])))
                .Where(move => !move.From.SequenceEqual(move.To)),
        ];
    }

    private static Dictionary<string, ImmutableArray<string>> PlacesOf(PlacementReport report) =>
        report.Nodes
            .SelectMany(node => node.Values.Select(value => (Label: $"{value.Operator} {value.Label}", Place: PlanView.NameOf(node), value.Value)))
            .OrderBy(entry => entry.Value)
            .GroupBy(entry => entry.Label)
            .ToDictionary(group => group.Key, group => group.Select(entry => entry.Place).Order(StringComparer.Ordinal).ToImmutableArray());
}
