using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners.Search;

/// <summary>The placements of a query, each carried out and judged by the full cost model.</summary>
internal sealed class QuerySearchSpace : SearchSpace
{
    // Values placed at most: a bound on planning time for hostile models, far above what real ones need.
    private const long WorkLimit = 2_000_000;

    private readonly RelationalPlan _relations;
    private readonly AnalyzedQuery _query;
    private readonly CostModel _cost;
    private readonly PlacementSpace _space;
    private long _work;

    /// <summary>Lists the decisions of a placement space: its units, then its merges.</summary>
    public QuerySearchSpace(RelationalPlan relations, AnalyzedQuery query, CostModel cost, PlacementSpace space)
    {
        (_relations, _query, _cost, _space) = (relations, query, cost, space);
        Dictionary<ModelValue, int> stages = [];
        int StageOf(ModelValue value)
        {
            stages.TryAdd(value, stages.Count);
            return stages[value];
        }
        Decisions =
        [
            .. space.Units.Select(unit => new Decision(StageOf(unit.Keys[0].Value), [.. unit.Nodes], PathFrom(unit.Nodes[0]), IsMerge: false)),
            .. space.Merges.Select(merge => new Decision(StageOf(merge.Value), [merge.Node], PathFrom(merge.Node), IsMerge: true)),
        ];
    }

    /// <inheritdoc/>
    public override ImmutableArray<Decision> Decisions { get; }

    /// <inheritdoc/>
    public override bool IsExhausted => _work > WorkLimit;

    /// <summary>Grants the next search the full amount of work.</summary>
    public void Restart() => _work = 0;

    /// <inheritdoc/>
    public override double Seconds(ReadOnlySpan<int> decisions)
    {
        PlacedQuery placed = ValuePlacer.Place(_relations, _query, ChoiceOf(decisions));
        _work += placed.Values.Length + 1;
        return _cost.Seconds(placed);
    }

    /// <summary>The placement that some decisions mean.</summary>
    public PlacementChoice ChoiceOf(ReadOnlySpan<int> decisions)
    {
        PlacementChoice choice = new();
        for (int u = 0; u < _space.Units.Count; u++)
        {
            if (decisions[u] > 0)
            {
                foreach (PinKey key in _space.Units[u].Keys)
                {
                    choice.Pins[key] = _space.Units[u].Nodes[decisions[u] - 1];
                }
            }
        }
        for (int m = 0; m < _space.Merges.Count; m++)
        {
            if (decisions[_space.Units.Count + m] > 0)
            {
                choice.Merges.Add(_space.Merges[m]);
            }
        }
        return choice;
    }

    /// <summary>The decisions that a placement means; of computations that move together the first one counts.</summary>
    public int[] DecisionsOf(PlacementChoice choice) =>
    [
        .. _space.Units.Select(unit => choice.Pins.TryGetValue(unit.Keys[0], out int node) ? unit.Nodes.ToList().IndexOf(node) + 1 : 0),
        .. _space.Merges.Select(merge => choice.Merges.Contains(merge) ? 1 : 0),
    ];

    private ImmutableArray<int> PathFrom(int node)
    {
        ImmutableArray<int>.Builder path = ImmutableArray.CreateBuilder<int>();
        for (; node != _relations.Root; node = _relations.SkipFilters(_relations.Parent(node)))
        {
            path.Add(node);
        }
        path.Add(_relations.Root);
        return path.ToImmutable();
    }
}
