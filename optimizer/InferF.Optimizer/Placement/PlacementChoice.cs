using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Placement;

/// <summary>
/// What can be computed below the place where it is used: a whole value (<paramref name="Group"/> empty), or the partial result of the inputs over the tables
/// <paramref name="Group"/> of a sum or tree ensemble.
/// </summary>
internal readonly record struct PinKey(ModelValue Value, TableSet Group);

/// <summary>A sum or tree ensemble whose partial results are combined at an inner node.</summary>
internal readonly record struct MergeKey(ModelValue Value, int Node);

/// <summary>
/// A placement: what is not mentioned is computed where it is used. The empty placement is the unfactorized plan: everything at the root.
/// </summary>
internal sealed class PlacementChoice
{
    /// <summary>Relational node by partial computation.</summary>
    public Dictionary<PinKey, int> Pins { get; } = [];

    /// <summary>Nodes at which partial results are combined on the way to the root.</summary>
    public HashSet<MergeKey> Merges { get; } = [];

    /// <summary>An independent copy.</summary>
    public PlacementChoice Copy()
    {
        PlacementChoice copy = new();
        foreach ((PinKey key, int node) in Pins)
        {
            copy.Pins.Add(key, node);
        }
        copy.Merges.UnionWith(Merges);
        return copy;
    }
}
