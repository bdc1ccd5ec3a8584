using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Placement;

/// <summary>Partial computations that move together, and where they may go (lowest node first; not moving them means the place of use).</summary>
internal sealed record PlacementUnit(IReadOnlyList<PinKey> Keys, IReadOnlyList<int> Nodes);

/// <summary>Everything a planner may decide for a query.</summary>
internal sealed class PlacementSpace
{
    private readonly RelationalPlan _relations;
    private readonly CostModel _cost;
    private readonly List<PlacementUnit> _units = [];
    private readonly List<MergeKey> _merges = [];
    private readonly HashSet<PinKey> _seen = [];

    /// <summary>Derives the space of an analysed query over a join tree.</summary>
    /// <param name="relations">The join tree.</param>
    /// <param name="query">The analysed models.</param>
    /// <param name="cost">Says for how many rows values are computed at a node.</param>
    public PlacementSpace(RelationalPlan relations, AnalyzedQuery query, CostModel cost)
    {
        (_relations, _cost) = (relations, cost);
        HashSet<ModelValue> visited = [];
        Stack<ModelValue> stack = new(query.Predictions.SelectMany(prediction => prediction.Outputs).Reverse());
        AddValues([.. stack]);
        while (stack.TryPop(out ModelValue? value))
        {
            if (!visited.Add(value))
            {
                continue;
            }
            AddUser(value);
            foreach (ModelValue argument in value.Arguments)
            {
                stack.Push(argument);
            }
        }
    }

    /// <summary>What can be pushed.</summary>
    public IReadOnlyList<PlacementUnit> Units => _units;

    /// <summary>Where partial results of a sum or tree ensemble could be combined on their way.</summary>
    public IReadOnlyList<MergeKey> Merges => _merges;

    private void AddUser(ModelValue user)
    {
        if (user.Operation is not GroupedOperation grouped)
        {
            foreach (IGrouping<TableSet, ModelValue> arguments in user.Arguments.Where(argument => argument.Tables != user.Tables).GroupBy(argument => argument.Tables))
            {
                AddValues([.. arguments]);
            }
            return;
        }
        foreach (TableSet group in grouped.Groups)
        {
            AddUnit([new PinKey(user, group)], group);
            ImmutableArray<ModelValue> inputs = grouped.InputsOf(group);
            if (inputs.Sum(input => (long)input.RowBytes) < _cost.PartialBytes(user, _relations.LowestCovering(group)))
            {
                // Narrow inputs of a wide layer: handing the inputs over costs less than handing the partial result over.
                AddValues(inputs);
            }
        }
        for (int node = 0; node < _relations.Count; node++)
        {
            int top = _relations.SkipFilters(node);
            if (_relations[node] is HashJoinTree && top != _relations.Root && !IsDominated(top) && IsWorthMerging(grouped, top))
            {
                _merges.Add(new MergeKey(user, top));
            }
        }
    }

    /// <summary>
    /// True if the next node up its probe spine has no more rows: whatever is computed or combined at the node is computed or combined there for no more, and read there by the same nodes
    /// for no more.
    /// </summary>
    public bool IsDominated(int node)
    {
        int parent = node == _relations.Root ? -1 : _relations.SkipFilters(_relations.Parent(node));
        return parent >= 0 && _relations.DriverOf(parent) == _relations.DriverOf(node) && _cost.Rows(parent) <= _cost.Rows(node);
    }

    // Two partial results become one; a single one of a sum may be gathered into fewer rows on its way.
    private bool IsWorthMerging(GroupedOperation grouped, int node)
    {
        int below = 0;
        bool shrinks = false;
        foreach (TableSet group in grouped.Groups)
        {
            if (!group.IsEmpty && group.IsSubsetOf(_relations[node].Tables))
            {
                below++;
                shrinks |= _cost.Rows(node) < _cost.Rows(_relations.LowestCovering(group));
            }
        }
        return below >= 2 || below == 1 && shrinks && grouped is SumOperation;
    }

    private void AddValues(IReadOnlyList<ModelValue> values)
    {
        foreach (IGrouping<TableSet, ModelValue> local in values.Where(value => value.Operation is not LoadOperation).Distinct().GroupBy(value => value.Tables))
        {
            AddUnit([.. local.Select(value => new PinKey(value, TableSet.Empty))], local.Key);
        }
    }

    private void AddUnit(List<PinKey> keys, TableSet tables)
    {
        keys.RemoveAll(key => !_seen.Add(key));
        // Constants are there wherever they are used.
        List<int> nodes = tables.IsEmpty ? [] : Path(tables);
        if (keys.Count > 0 && nodes.Count > 0)
        {
            _units.Add(new PlacementUnit(keys, nodes));
        }
    }

    // The lowest node that covers the tables, and all nodes between it and the root that no other node makes useless.
    private List<int> Path(TableSet tables)
    {
        List<int> nodes = [];
        int lowest = _relations.LowestCovering(tables);
        for (int node = lowest; node != _relations.Root; node = _relations.SkipFilters(_relations.Parent(node)))
        {
            if (node == lowest || !IsDominated(node))
            {
                nodes.Add(node);
            }
        }
        return nodes;
    }
}
