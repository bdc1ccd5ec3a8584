using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Planners;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;

namespace InferF.Optimizer;

/// <summary>
/// A plan that can be decided a second time, when the engine has joined the build sides and counted their rows, and before it has computed any value. Immutable.
/// </summary>
public sealed class PlannedQuery
{
    // A second plan must be better than the first by this fraction of its modelled time: it has to be sent to the engine.
    private const double LeastGain = 1e-3;

    // An observed number is worth telling, and deciding again, if it differs from the estimate by this factor.
    private const double TellingFactor = 1.25;

    // Queries that are expected to be over sooner are not worth a sample and a second plan, which take about a millisecond.
    private const double LeastSeconds = 20e-3;

    private readonly PlanningContext _context;
    private readonly PlannerKind _kind;
    private readonly ImmutableArray<JudgedPlacement> _tried;
    private readonly JudgedPlacement _chosen;

    internal PlannedQuery(PlanningContext context, PlannerKind kind)
    {
        (_context, _kind) = (context, kind);
        (_tried, _chosen) = context.Run(kind);
        Plan = context.Write(_chosen, _tried, PlannerKinds.NameOf(kind));
    }

    /// <summary>The plan, decided by statistics.</summary>
    public PhysicalPlan Plan { get; }

    /// <summary>
    /// False if nothing could come of a second decision: there is no prediction or no build side, or the planner's name says what is pushed whatever it costs.
    /// </summary>
    public bool CanDecideAgain =>
        _kind is not (PlannerKind.None or PlannerKind.Leaf)
        && !_context.Query.Predictions.IsEmpty
        && Enumerable.Range(0, _context.Relations.Count).Any(node => !_context.Relations.IsStreamed(node));

    /// <summary>False if the query is expected to be over in some 20 milliseconds of one thread.</summary>
    public bool IsWorthDecidingAgain => _chosen.Seconds >= LeastSeconds;

    /// <summary>Decides again. The join tree stays as it is: it has been executed.</summary>
    /// <param name="observations">What the engine counted.</param>
    /// <returns>
    /// A plan whose report has both decisions, and whose fragment is that of <see cref="Plan"/> (the same object) unless another placement is cheaper by the
    /// numbers observed.
    /// </returns>
    public PhysicalPlan DecideAgain(IReadOnlyList<NodeObservation> observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        PlanningContext observed = _context.WithRows(ObservationReader.Apply(_context.Relations, _context.Tree, observations));
        ImmutableArray<PlanObservation> differences = Differences(observed);
        PlanDecision first = new(PlanDecision.BeforeBuild, _chosen.Planner, _tried[0].Seconds, _chosen.Seconds, [], Taken: !ReferenceEquals(_chosen, _tried[0]));
        if (differences.IsEmpty)
        {
            PlanDecision same = new(PlanDecision.AfterBuild, _chosen.Planner, _chosen.Seconds, _chosen.Seconds, [], Taken: false);
            return Plan with { Report = Plan.Report with { Decisions = [first, same] } };
        }
        JudgedPlacement kept = observed.Search.Judge(_chosen.Planner, _chosen.Choice);
        (ImmutableArray<JudgedPlacement> tried, JudgedPlacement best) = observed.Run(_kind);
        bool isBetter = best.Seconds < kept.Seconds * (1 - LeastGain);
        PhysicalPlan again = observed.Write(isBetter ? best : kept, tried, PlannerKinds.NameOf(_kind));
        // Values may stay where they are and yet be computed on first reference now, or no longer.
        bool isSame = again.Fragment.Equals(Plan.Fragment);
        PlanDecision second = new(PlanDecision.AfterBuild, best.Planner, kept.Seconds, best.Seconds, differences, Taken: !isSame)
        {
            Moves = isSame ? [] : PlacementMoves.Between(Plan.Report, again.Report),
        };
        PlacementReport report = again.Report with { Decisions = [first, second] };
        return isSame ? Plan with { Report = report } : again with { Report = report };
    }

    private ImmutableArray<PlanObservation> Differences(PlanningContext observed)
    {
        ImmutableArray<PlanObservation>.Builder differences = ImmutableArray.CreateBuilder<PlanObservation>();
        void Compare(int node, string quantity, double expected, double seen)
        {
            if (Math.Max(expected, 1) > TellingFactor * Math.Max(seen, 1) || Math.Max(seen, 1) > TellingFactor * Math.Max(expected, 1))
            {
                differences.Add(new PlanObservation(node, quantity, expected, seen));
            }
        }
        for (int node = 0; node < _context.Relations.Count; node++)
        {
            Compare(node, "rows", _context.Relations[node].Rows, observed.Relations[node].Rows);
            if (_context.Relations[node] is HashJoinTree expected && observed.Relations[node] is HashJoinTree seen)
            {
                Compare(node, "referenced rows of the build side", expected.ReferencedRows, seen.ReferencedRows);
            }
        }
        return differences.ToImmutable();
    }
}
