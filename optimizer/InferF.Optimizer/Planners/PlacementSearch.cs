using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;
using InferF.Optimizer.Planners.Problem;
using InferF.Optimizer.Planners.Search;

namespace InferF.Optimizer.Planners;

/// <summary>The planners: ways through one space of placements under one cost function (<c>optimizer/docs/Planners.md</c>).</summary>
internal sealed class PlacementSearch
{
    /// <summary>The planner <c>exhaustive</c> refuses queries with more placements.</summary>
    public const int MostPlacements = 10_000;

    // How far the problem's seconds may be from the full model's for its optimum to count as one of the full model.
    private const double Agreement = 1e-7;

    private readonly RelationalPlan _relations;
    private readonly AnalyzedQuery _query;
    private readonly CostModel _cost;
    private readonly PlacementSpace _space;
    private readonly QuerySearchSpace _search;
    private readonly double _joinSeconds;
    private JudgedPlacement? _none;
    private JudgedPlacement? _leaf;
    private JudgedPlacement? _greedy;

    /// <summary>Prepares the space of a query.</summary>
    public PlacementSearch(RelationalPlan relations, AnalyzedQuery query, CostModel cost)
    {
        (_relations, _query, _cost) = (relations, query, cost);
        _space = new PlacementSpace(relations, query, cost);
        _search = new QuerySearchSpace(relations, query, cost, _space);
        _joinSeconds = cost.JoinSeconds();
    }

    /// <summary>Everything that may be decided.</summary>
    public PlacementSpace Space => _space;

    /// <summary>Runs a planner.</summary>
    /// <returns>What was tried, <c>none</c> first; the last one is the planner's placement, except that of <see cref="PlannerKind.Auto"/>, which is the first of the cheapest.</returns>
    public ImmutableArray<JudgedPlacement> Run(PlannerKind kind) => kind switch
    {
        PlannerKind.None => [None()],
        PlannerKind.Leaf => [None(), Leaf()],
        PlannerKind.Greedy => [None(), Greedy()],
        PlannerKind.Genetic => [None(), Genetic(new GeneticOptions())],
        PlannerKind.Exhaustive => [None(), Exhaustive(MostPlacements)],
        PlannerKind.Exact or PlannerKind.Joint => [None(), Exact() with { Planner = PlannerKinds.NameOf(kind) }],
        _ => [None(), Leaf(), Exact()],
    };

    /// <summary>Everything at the root.</summary>
    public JudgedPlacement None() => _none ??= Judge("none", new PlacementChoice());

    /// <summary>Everything at the lowest node that covers it; partial results are merged on the way where the model says it pays.</summary>
    public JudgedPlacement Leaf() => _leaf ??= Judged("leaf", space => DescentSearch.DescendMerges(space, space.Lowest()).Decisions);

    /// <summary>Steepest descent from <see cref="None"/> over (subset of partial computations, node).</summary>
    public JudgedPlacement Greedy() => _greedy ??= Judged("greedy", space => DescentSearch.Descend(space, space.None()).Decisions);

    /// <summary>Genetic search.</summary>
    public JudgedPlacement Genetic(GeneticOptions options) => Judged("genetic", space => GeneticSearch.Search(space, options).Decisions);

    /// <summary>The cheapest of all placements.</summary>
    /// <exception cref="InferFException">There are more than <paramref name="limit"/>.</exception>
    public JudgedPlacement Exhaustive(int limit) => Judged("exhaustive", space => ExhaustiveSearch.Search(space, limit).Decisions);

    /// <summary>The optimum of the query in numbers. Where the numbers are not the whole truth, the best of it, of the other planners and of a descent from it by the full model.</summary>
    public JudgedPlacement Exact()
    {
        ProblemBuilder builder = new(_relations, _query, _cost, _space);
        (ImmutableArray<StagePlacement> placements, bool isOptimal) = ProblemSolver.Solve(builder.Problem);
        JudgedPlacement exact = Judge("exact", builder.ChoiceOf(placements));
        double predicted = builder.Problem.Seconds(placements) + builder.FixedSeconds + _joinSeconds;
        bool agrees = Math.Abs(predicted - exact.Seconds) <= Agreement * exact.Seconds;
        if (isOptimal && builder.IsFaithful && agrees)
        {
            return exact;
        }
        JudgedPlacement polished = Judged("exact", space => DescentSearch.Descend(space, space.DecisionsOf(exact.Choice)).Decisions);
        return new[] { exact, polished, None(), Leaf(), Greedy() }.MinBy(placement => placement.Seconds)! with { Planner = "exact" };
    }

    /// <summary>Every placement that differs from all others in what is computed where, <see cref="None"/> first.</summary>
    /// <exception cref="InferFException">The space has more than <paramref name="limit"/> placements.</exception>
    public List<JudgedPlacement> Enumerate(int limit)
    {
        List<JudgedPlacement> all = [];
        HashSet<string> known = [];
        Dictionary<ModelValue, int> sources = [];
        ExhaustiveSearch.ForEach(_search, limit, decisions =>
        {
            JudgedPlacement judged = Judge("enumerated", _search.ChoiceOf(decisions));
            if (known.Add(PlacementText.Fingerprint(judged.Values, sources)))
            {
                all.Add(judged);
            }
        });
        return all;
    }

    /// <summary>Carries a placement out and asks what it costs.</summary>
    public JudgedPlacement Judge(string planner, PlacementChoice choice)
    {
        PlacedQuery values = ValuePlacer.Place(_relations, _query, choice);
        return new JudgedPlacement(planner, choice, values, _cost.Seconds(values) + _joinSeconds);
    }

    private JudgedPlacement Judged(string planner, Func<QuerySearchSpace, int[]> search)
    {
        _search.Restart();
        return Judge(planner, _search.ChoiceOf(search(_search)));
    }
}
