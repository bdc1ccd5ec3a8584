using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Placement;

/// <summary>Partial computations that move together, and where they may go (lowest node first; not moving them means the place of use).</summary>
internal sealed record PlacementUnit(IReadOnlyList<PinKey> Keys, IReadOnlyList<int> Nodes);

/// <summary>Everything a planner may decide for a query.</summary>
internal sealed class PlacementSpace
{
    private readonly RelationalPlan _relations;
    private readonly List<PlacementUnit> _units = [];
    private readonly List<MergeKey> _merges = [];
    private readonly HashSet<PinKey> _seen = [];

    /// <summary>Derives the space of an analysed query over a join tree.</summary>
    public PlacementSpace(RelationalPlan relations, AnalyzedQuery query)
    {
        _relations = relations;
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

    /// <summary>Where partial results of a sum could be added up on their way.</summary>
    public IReadOnlyList<MergeKey> Merges => _merges;

    private void AddUser(ModelValue user)
    {
        if (user.Operation is not SumOperation sum)
        {
            foreach (IGrouping<TableSet, ModelValue> arguments in user.Arguments.Where(argument => argument.Tables != user.Tables).GroupBy(argument => argument.Tables))
            {
                AddValues([.. arguments]);
            }
            return;
        }
        foreach (TableSet group in sum.Groups)
        {
            AddUnit([new PinKey(user, group)], group);
            List<ModelValue> inputs = [.. sum.Terms.Where(term => term.Value.Tables == group).Select(term => term.Value)];
            if (inputs.Sum(input => input.Width) < user.Width)
            {
                // Narrow inputs of a wide layer: handing the inputs over costs less than handing the partial sum over.
                AddValues(inputs);
            }
        }
        if (sum.Groups.Length < 2)
        {
            return;
        }
        for (int node = 0; node < _relations.Count; node++)
        {
            if (_relations[node] is HashJoinTree && !_relations.IsStreamed(node) && sum.Groups.Count(group => !group.IsEmpty && group.IsSubsetOf(_relations[node].Tables)) >= 2)
            {
                _merges.Add(new MergeKey(user, _relations.SkipFilters(node)));
            }
        }
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

    // From the lowest node that covers the tables up to, but without, the first node of the probe spine; a set whose lowest node is on the
    // spine has that one alternative to the root: it pays where joins above multiply rows, the root where they drop rows.
    private List<int> Path(TableSet tables)
    {
        List<int> nodes = [];
        int node = _relations.LowestCovering(tables);
        if (node == _relations.Root)
        {
            return nodes;
        }
        nodes.Add(node);
        while (!_relations.IsStreamed(node) && !_relations.IsStreamed(node = _relations.SkipFilters(_relations.Parent(node))))
        {
            nodes.Add(node);
        }
        return nodes;
    }
}
