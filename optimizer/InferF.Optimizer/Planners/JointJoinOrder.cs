using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners;

/// <summary>
/// Orders the joins of the streamed block together with the placement of the query's most expensive sum or tree ensemble (<see cref="JointProgram"/>). Without
/// one that has a part over a single table of the block, or with too many tables, joins are ordered by their own cost.
/// </summary>
internal sealed class JointJoinOrder : JoinOrder
{
    private readonly CardinalityEstimator _estimator;
    private readonly MachineConstants _machine;
    private readonly IJoinCost _cost;
    private readonly JoinOrder _fallback;
    private readonly RowWork _work;
    private readonly List<ModelValue> _stages;

    /// <summary>Prepares for an analysed query.</summary>
    /// <param name="query">The models of the query.</param>
    /// <param name="estimator">Row counts.</param>
    /// <param name="machine">What the machine can do.</param>
    public JointJoinOrder(AnalyzedQuery query, CardinalityEstimator estimator, MachineConstants machine)
    {
        (_estimator, _machine) = (estimator, machine);
        _cost = new MachineJoinCost(machine);
        _fallback = Cheapest(_cost);
        _work = new RowWork(estimator, machine);
        _stages = StagesOf(query);
    }

    /// <summary>The sum or tree ensemble that was placed with the joins; null if there was none.</summary>
    public ModelValue? Stage { get; private set; }

    /// <summary>The inner-joined tables below each node at which the stage's partial results are to be combined.</summary>
    public ImmutableArray<TableSet> Active { get; private set; } = [];

    /// <inheritdoc/>
    public override JoinOrderNode Order(JoinGraph graph, bool isStreamed)
    {
        if (!isStreamed || graph.Count > JointProblem.MostTables)
        {
            return _fallback.Order(graph, isStreamed);
        }
        JointProblem? problem = null;
        double most = 0;
        foreach (ModelValue stage in _stages)
        {
            JointProblem candidate = ProblemOf(stage, graph);
            double seconds = Enumerable.Range(0, graph.Count).Sum(vertex => candidate.RawSeconds(vertex, inOrder: false));
            if (seconds > most)
            {
                (problem, most, Stage) = (candidate, seconds, stage);
            }
        }
        if (problem is null)
        {
            return _fallback.Order(graph, isStreamed);
        }
        JointSolution solution = JointProgram.SolveWithPreferredDriver(problem);
        Active = [.. solution.Active.Select(vertices => vertices.Tables().Aggregate(TableSet.Empty, (set, vertex) => set | TableSet.Of(graph.TableOf(vertex))))];
        return solution.Order;
    }

    /// <summary>
    /// The placement that was chosen, on the tree that was built: every part of the stage at the lowest node above it that combines, and combined results handed
    /// on. What else the query computes stays at the root; a search may start from here.
    /// </summary>
    /// <param name="relations">The tree that <see cref="JoinTreeBuilder"/> built with this order.</param>
    public PlacementChoice ChoiceOn(RelationalPlan relations)
    {
        PlacementChoice choice = new();
        if (Stage?.Operation is not GroupedOperation grouped)
        {
            return choice;
        }
        List<int> active = [.. Active.Select(relations.LowestCovering).Where(node => node != relations.Root).Order()];
        foreach (TableSet group in grouped.Groups.Where(group => !group.IsEmpty))
        {
            int lowest = active.FindIndex(node => group.IsSubsetOf(relations[node].Tables));
            if (lowest >= 0)
            {
                choice.Pins[new PinKey(Stage, group)] = active[lowest];
            }
        }
        foreach (int node in active.Where(node => relations.Inputs(node).Count == 2 || active.Exists(below => below != node && relations.IsUnder(below, node))))
        {
            choice.Merges.Add(new MergeKey(Stage, node));
        }
        return choice;
    }

    private JointProblem ProblemOf(ModelValue stage, JoinGraph graph)
    {
        GroupedOperation grouped = (GroupedOperation)stage.Operation;
        double width = grouped is TreeOperation trees ? trees.MaskWords : stage.Width;
        double bytes = width * (grouped is TreeOperation ? sizeof(long) : grouped is SumOperation { IsNarrow: true } ? PlacedValue.NarrowBytes : ModelValue.ElementBytes(stage.Type));
        ImmutableArray<JointTable>.Builder tables = ImmutableArray.CreateBuilder<JointTable>(graph.Count);
        for (int vertex = 0; vertex < graph.Count; vertex++)
        {
            TableSet group = TableSet.Of(graph.TableOf(vertex));
            JointTable table = grouped.Groups.Contains(group) ? _work.OfGroup(stage, grouped, group) : default;
            tables.Add(table with { Rows = _estimator.RowsOf(graph.TableOf(vertex)) });
        }
        return new JointProblem(
            tables.MoveToImmutable(),
            graph,
            _cost,
            bytes,
            bytes * _machine.SecondsPerStoredByte,
            width * (grouped is TreeOperation ? _machine.SecondsPerMaskWord : _machine.AddedElement.At(width)),
            tableBytes => _machine.GatherSeconds(tableBytes, bytes) / bytes);
    }

    private static List<ModelValue> StagesOf(AnalyzedQuery query)
    {
        List<ModelValue> stages = [];
        HashSet<ModelValue> visited = [];
        Stack<ModelValue> pending = new(query.Predictions.SelectMany(prediction => prediction.Outputs).Reverse());
        while (pending.TryPop(out ModelValue? value))
        {
            if (visited.Add(value))
            {
                if (value.Operation is GroupedOperation { Groups.Length: > 1 })
                {
                    stages.Add(value);
                }
                foreach (ModelValue argument in value.Arguments)
                {
                    pending.Push(argument);
                }
            }
        }
        return stages;
    }
}
