using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners;

/// <summary>A placement with its values and its modelled cost.</summary>
internal sealed record JudgedPlacement(string Planner, PlacementChoice Choice, PlacedQuery Values, double Seconds);

/// <summary>The planners: ways through one space of placements under one cost function (<c>optimizer/docs/Planners.md</c>).</summary>
internal sealed class PlacementSearch(RelationalPlan relations, AnalyzedQuery query, CostModel cost)
{
    // A move must pay at least this fraction of the total, so that rounding cannot keep the descent going.
    private const double LeastGain = 1e-9;

    // Values placed in one search at most: a bound on planning time for hostile models, far above what real ones need.
    private const long WorkLimit = 2_000_000;

    private readonly PlacementSpace _space = new(relations, query);
    private long _work;

    /// <summary>Everything at the root.</summary>
    public JudgedPlacement None() => Judge("none", new PlacementChoice());

    /// <summary>Everything at the lowest node that covers it; partial results are merged on the way where the model says it pays.</summary>
    public JudgedPlacement Leaf()
    {
        PlacementChoice choice = new();
        foreach (PlacementUnit unit in _space.Units)
        {
            Pin(choice, unit, unit.Nodes[0]);
        }
        _work = 0;
        return Descend(Judge("leaf", choice), placement => MergeMoves(placement.Choice));
    }

    /// <summary>Steepest descent from <see cref="None"/> over (subset of partial computations, node).</summary>
    public JudgedPlacement Greedy()
    {
        _work = 0;
        return Descend(None() with { Planner = "greedy" }, placement => Moves(placement.Choice));
    }

    private JudgedPlacement Descend(JudgedPlacement current, Func<JudgedPlacement, IEnumerable<PlacementChoice>> neighbours)
    {
        while (true)
        {
            JudgedPlacement best = current;
            foreach (PlacementChoice neighbour in neighbours(current))
            {
                JudgedPlacement judged = Judge(current.Planner, neighbour);
                best = judged.Seconds < best.Seconds ? judged : best;
                if (_work > WorkLimit)
                {
                    return best;
                }
            }
            if (best.Seconds >= current.Seconds * (1 - LeastGain))
            {
                return current;
            }
            current = best;
        }
    }

    private IEnumerable<PlacementChoice> Moves(PlacementChoice current)
    {
        foreach (PlacementUnit unit in _space.Units)
        {
            int? now = current.Pins.TryGetValue(unit.Keys[0], out int pin) ? pin : null;
            foreach (int node in unit.Nodes)
            {
                if (node != now)
                {
                    PlacementChoice moved = current.Copy();
                    Pin(moved, unit, node);
                    yield return moved;
                    if (MergedAbove(moved, unit, node) is PlacementChoice merged)
                    {
                        yield return merged;
                    }
                }
            }
            if (now is not null)
            {
                PlacementChoice unpinned = current.Copy();
                foreach (PinKey key in unit.Keys)
                {
                    unpinned.Pins.Remove(key);
                }
                yield return unpinned;
            }
        }
        foreach (PlacementChoice together in SubtreeMoves(current))
        {
            yield return together;
        }
        foreach (PlacementChoice merged in MergeMoves(current))
        {
            yield return merged;
        }
    }

    // The same move with the partial result added to others of its sum at every inner node on its way: often only both together pay.
    private PlacementChoice? MergedAbove(PlacementChoice moved, PlacementUnit unit, int node)
    {
        List<MergeKey> onTheWay = [.. _space.Merges.Where(merge =>
            ReferenceEquals(merge.Value, unit.Keys[0].Value) && merge.Node != node && relations.IsUnder(node, merge.Node) && !moved.Merges.Contains(merge))];
        if (onTheWay.Count == 0)
        {
            return null;
        }
        PlacementChoice merged = moved.Copy();
        merged.Merges.UnionWith(onTheWay);
        return merged;
    }

    // Everything not yet pushed that a node covers, pushed to that node (inner nodes) or below it (each to its lowest node) in one step:
    // gains that appear only together, e.g. a tower of layers over a build side.
    private IEnumerable<PlacementChoice> SubtreeMoves(PlacementChoice current)
    {
        for (int node = 0; node < relations.Count; node++)
        {
            foreach (bool lowest in (bool[])[false, true])
            {
                List<PlacementUnit> units = [.. _space.Units.Where(unit =>
                    !current.Pins.ContainsKey(unit.Keys[0]) && (lowest ? relations.IsUnder(unit.Nodes[0], node) : unit.Nodes.Contains(node)))];
                if (units.Count < 2)
                {
                    continue;
                }
                PlacementChoice moved = current.Copy();
                foreach (PlacementUnit unit in units)
                {
                    Pin(moved, unit, lowest ? unit.Nodes[0] : node);
                }
                yield return moved;
            }
        }
    }

    private IEnumerable<PlacementChoice> MergeMoves(PlacementChoice current)
    {
        if (current.Pins.Count == 0)
        {
            yield break;
        }
        foreach (MergeKey merge in _space.Merges)
        {
            PlacementChoice toggled = current.Copy();
            if (!toggled.Merges.Remove(merge))
            {
                toggled.Merges.Add(merge);
            }
            yield return toggled;
        }
    }

    private static void Pin(PlacementChoice choice, PlacementUnit unit, int node)
    {
        foreach (PinKey key in unit.Keys)
        {
            choice.Pins[key] = node;
        }
    }

    private JudgedPlacement Judge(string planner, PlacementChoice choice)
    {
        PlacedQuery values = ValuePlacer.Place(relations, query, choice);
        _work += values.Values.Length + 1;
        return new JudgedPlacement(planner, choice, values, cost.Seconds(values) + cost.JoinSeconds());
    }
}
