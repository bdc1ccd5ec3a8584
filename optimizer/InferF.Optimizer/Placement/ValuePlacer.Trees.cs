using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;

namespace InferF.Optimizer.Placement;

/// <content>Tree ensembles: masks where a group is computed below the scores, otherwise a walk through the trees.</content>
internal sealed partial class ValuePlacer
{
    private PlacedValue FinalTrees(ModelValue value, TreeOperation trees, int node)
    {
        foreach (ModelValue load in trees.Untested)
        {
            // No value reads it: the engine only checks it for NULL.
            At(load, node);
        }
        (List<PlacedValue> arriving, List<TableSet> own) =
            Partials(value, trees, node, (pin, groups, partials) => PartialMask(value, trees, pin, groups, partials));
        if (arriving.Count == 0)
        {
            return Traversal(value, trees.Whole, trees.WholeEnsemble, node);
        }
        ImmutableArray<PlacedValue> masks = Masks(value, trees, node, own, arriving);
        return Emit(value, node, masks, null, value.Tables, tree: new PlacedTree(TreeRole.Score, trees.Grouped));
    }

    private PlacedValue PartialMask(ModelValue value, TreeOperation trees, int node, List<TableSet> groups, List<PlacedValue> arriving)
    {
        ImmutableArray<PlacedValue> masks = Masks(value, trees, node, groups, arriving);
        if (masks is [PlacedValue only])
        {
            return only;
        }
        TableSet tables = masks.Aggregate(TableSet.Empty, (set, mask) => set | mask.Tables);
        return Emit(value, node, masks, null, tables, isPartial: true, new PlacedTree(TreeRole.Intersection, trees.Grouped));
    }

    // What arrives from below and the masks of some groups computed here.
    private ImmutableArray<PlacedValue> Masks(ModelValue value, TreeOperation trees, int node, List<TableSet> groups, List<PlacedValue> arriving)
    {
        foreach (PlacedValue mask in arriving)
        {
            mask.Escapes |= mask.Node != node;
        }
        List<PlacedValue> masks = [.. arriving];
        foreach (TreeGroup part in groups.Select(trees.Part))
        {
            PlacedTree tree = new(TreeRole.Mask, trees.Grouped, part.FirstFeature, part.Tests);
            masks.Add(Emit(value, node, [At(part.Features, node)], null, part.Tables, isPartial: true, tree));
        }
        return [.. masks];
    }

    private PlacedValue Traversal(ModelValue value, ModelValue features, TreeEnsemble ensemble, int node) =>
        Emit(value, node, [At(features, node)], null, value.Tables, tree: new PlacedTree(TreeRole.Traversal, ensemble));
}
