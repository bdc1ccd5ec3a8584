using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;
using InferF.Plan.Model;

namespace InferF.Optimizer.Planners.Problem;

/// <summary>
/// Seconds of model values at relational nodes, and the stages of a query as <see cref="StageProblem"/>s. A stage inside a value (the first layer of a tower that can run on a build side) is solved for every node at which the
/// value may be computed; what is above sees only the seconds.
/// </summary>
internal sealed class StageBuilder
{
    // Differences below this fraction are rounding.
    private const double Rounding = 1e-12;

    private readonly RelationalPlan _relations;
    private readonly CostModel _cost;
    private readonly Dictionary<PinKey, IReadOnlyList<int>> _nodes = [];
    private readonly ILookup<ModelValue, int> _merges;
    private readonly Dictionary<ModelValue, bool> _isLocal = [];
    private readonly Dictionary<(ModelValue Value, int Node), (double Seconds, int Pin)> _available = [];
    private readonly Dictionary<(ModelValue Value, int Node), double> _computed = [];
    private readonly Dictionary<(ModelValue Value, int Node), (StageProblem Stage, StagePlacement Placement)> _solved = [];

    /// <summary>Prepares for a placement space.</summary>
    public StageBuilder(RelationalPlan relations, CostModel cost, PlacementSpace space)
    {
        (_relations, _cost) = (relations, cost);
        foreach (PlacementUnit unit in space.Units)
        {
            foreach (PinKey key in unit.Keys)
            {
                // A dominated lowest node is in the space only for the planner that pushes everything down.
                _nodes.Add(key, [.. unit.Nodes.Where(node => !space.IsDominated(node))]);
            }
        }
        _merges = space.Merges.ToLookup(merge => merge.Value, merge => merge.Node);
    }

    /// <summary>True while every stage met fits the dynamic programme.</summary>
    public bool IsExact { get; private set; } = true;

    /// <summary>Raw columns whose seconds are counted elsewhere, because several terms read them.</summary>
    public HashSet<ModelValue> SharedLoads { get; } = [];

    /// <summary>Values that are computed at the root in any case, or that are stages of their own.</summary>
    public HashSet<ModelValue> CountedElsewhere { get; } = [];

    /// <summary>True if the value is computed from raw columns without anything that could be placed on its own.</summary>
    public bool IsLocal(ModelValue value)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (!_isLocal.TryGetValue(value, out bool isLocal))
        {
            isLocal = value.Operation is not GroupedOperation && value.Arguments.All(argument => IsLocal(argument) && !IsMovable(argument));
            _isLocal.Add(value, isLocal);
        }
        return isLocal;
    }

    /// <summary>True if the space offers nodes for the finished value.</summary>
    public bool IsMovable(ModelValue value) => _nodes.ContainsKey(new PinKey(value, TableSet.Empty));

    /// <summary>The values that some values are computed from, they included, without what else is counted elsewhere.</summary>
    public static HashSet<ModelValue> Closure(IEnumerable<ModelValue> values, HashSet<ModelValue> without)
    {
        HashSet<ModelValue> closure = [.. values];
        Stack<ModelValue> stack = new(closure);
        while (stack.TryPop(out ModelValue? value))
        {
            foreach (ModelValue argument in value.Arguments)
            {
                if (!without.Contains(argument) && closure.Add(argument))
                {
                    stack.Push(argument);
                }
            }
        }
        return closure;
    }

    /// <summary>A movable value as a stage of one term, used at a node.</summary>
    /// <param name="value">The value.</param>
    /// <param name="at">The place of use.</param>
    /// <param name="readers">How many values read it there.</param>
    /// <param name="isOutput">Whether it is a result of the query, which is stored wherever it is computed.</param>
    public StageProblem ValueStage(ModelValue value, int at, int readers, bool isOutput)
    {
        StageNodes nodes = NodesOf(at, [new PinKey(value, TableSet.Empty)], []);
        double[] seconds = new double[nodes.Count];
        double[] store = new double[nodes.Count];
        double[] handOver = new double[nodes.Count * nodes.Count];
        for (int node = 0; node < nodes.Count; node++)
        {
            seconds[node] = ComputeSeconds(value, nodes.Ids[node]);
            store[node] = _cost.StoreSeconds(nodes.Ids[node], value.RowBytes);
            handOver[node * nodes.Count + nodes.Root] = readers * _cost.HandOverSeconds(nodes.Ids[node], at, value.RowBytes);
        }
        seconds[nodes.Root] += isOutput ? store[nodes.Root] : 0;
        return new StageProblem(nodes, [0], seconds, store, handOver);
    }

    /// <summary>A sum or tree ensemble as a stage, used at a node.</summary>
    public StageProblem GroupedStage(ModelValue value, int at)
    {
        GroupedOperation operation = (GroupedOperation)value.Operation;
        ImmutableArray<TableSet> groups = operation.Groups;
        StageNodes nodes = NodesOf(at, [.. groups.Select(group => new PinKey(value, group))], _merges[value]);
        int count = nodes.Count;
        GroupSeconds parts = new(this, _cost, value, at);
        int[] lowest = [.. groups.Select(group => LowestOf(nodes, new PinKey(value, group)))];
        double[] seconds = new double[groups.Length * count];
        double[] store = new double[count];
        double[] handOver = new double[count * count];
        bool[] hasInputsBelow = new bool[groups.Length];
        double atRoot = parts.Finish();
        double constant = atRoot;
        for (int g = 0; g < groups.Length; g++)
        {
            for (int node = lowest[g]; node >= 0; node = nodes.Parents[node])
            {
                bool isAlone = node != nodes.Root && lowest.Count(other => nodes.IsUnder(other, node)) == 1;
                seconds[g * count + node] = parts.Group(groups[g], nodes.Ids[node], isAlone);
            }
            hasInputsBelow[g] = operation.InputsOf(groups[g]).Any(input => Available(input, at).Pin != at);
            atRoot += seconds[g * count + nodes.Root];
        }
        for (int from = 0; from < nodes.Root; from++)
        {
            bool isAlone = lowest.Count(other => nodes.IsUnder(other, from)) == 1;
            store[from] = _cost.StorePartialSeconds(value, nodes.Ids[from]) + (isAlone ? 0 : parts.Accumulator(nodes.Ids[from]));
            for (int to = nodes.Parents[from]; to >= 0; to = nodes.Parents[to])
            {
                handOver[from * count + to] = _cost.HandOverSeconds(nodes.Ids[from], nodes.Ids[to], _cost.PartialBytes(value, nodes.Ids[from])) + parts.Arrival(nodes.Ids[to], to == nodes.Root);
            }
        }
        // The undivided matrix loads what the terms share with other stages, too.
        IEnumerable<ModelValue> inputs = groups.SelectMany(group => operation.InputsOf(group)).Where(input => !CountedElsewhere.Contains(input));
        double shared = Closure(inputs, CountedElsewhere).Where(SharedLoads.Contains).Sum(load => ValueSeconds(load, at));
        double whole = parts.Whole() - shared;
        bool isAdditive = Math.Abs(whole - atRoot) <= Rounding * (atRoot + shared);
        return new StageProblem(nodes, lowest, seconds, store, handOver)
        {
            Constant = constant, Unpushed = isAdditive ? double.NaN : whole, HasInputsBelow = hasInputsBelow, LeastArriving = operation is SumOperation ? 1 : 2,
        };
    }

    /// <summary>Seconds of storing a value at a node.</summary>
    public double StoreSeconds(ModelValue value, int at) => _cost.StoreSeconds(at, value.RowBytes);

    /// <summary>Seconds of having values at a node that depend on the same tables.</summary>
    public double AvailableSeconds(IEnumerable<ModelValue> values, int at)
    {
        List<ModelValue> all = [.. values.Where(value => !CountedElsewhere.Contains(value))];
        return all.TrueForAll(value => IsLocal(value) && !IsMovable(value)) ? LocalSeconds(all, at) : all.Sum(value => Available(value, at).Seconds);
    }

    /// <summary>Seconds of computing a value at a node, its inputs wherever that is cheapest.</summary>
    public double ComputeSeconds(ModelValue value, int at)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (!_computed.TryGetValue((value, at), out double seconds))
        {
            seconds = value.Operation is GroupedOperation ? Solved(value, at).Seconds
                : IsLocal(value) ? LocalSeconds([value], at)
                : UsesWhole(value, at) is ModelValue whole ? ComputeSeconds(whole, at)
                : OperatorSeconds(value, at) + value.Arguments.Distinct().Sum(argument => Available(argument, at).Seconds);
            _computed.Add((value, at), seconds);
        }
        return seconds;
    }

    /// <summary>Writes into a placement what <see cref="ComputeSeconds"/> assumed for a value computed at a node.</summary>
    public void Write(ModelValue value, int at, PlacementChoice choice)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (value.Operation is GroupedOperation)
        {
            Solved(value, at);
            (StageProblem stage, StagePlacement placement) = _solved[(value, at)];
            Write(value, stage, placement, choice);
        }
        else if (!IsLocal(value) && UsesWhole(value, at) is null)
        {
            WriteInputs(value.Arguments, at, choice);
        }
    }

    /// <summary>Writes the placement of a stage made by <see cref="GroupedStage"/>.</summary>
    public void Write(ModelValue value, StageProblem stage, StagePlacement placement, PlacementChoice choice)
    {
        GroupedOperation operation = (GroupedOperation)value.Operation;
        for (int g = 0; g < operation.Groups.Length; g++)
        {
            int node = placement.TermNodes[g];
            if (node != stage.Nodes.Root)
            {
                choice.Pins[new PinKey(value, operation.Groups[g])] = stage.Nodes.Ids[node];
            }
            WriteInputs(operation.InputsOf(operation.Groups[g]), stage.Nodes.Ids[node], choice);
        }
        for (int node = 0; node < stage.Nodes.Root; node++)
        {
            if (placement.Merges[node])
            {
                choice.Merges.Add(new MergeKey(value, stage.Nodes.Ids[node]));
            }
        }
    }

    /// <summary>Seconds of an operator by itself, its inputs being at hand.</summary>
    public double OperatorSeconds(ModelValue value, int at) => SharedLoads.Contains(value) ? 0 : ValueSeconds(value, at);

    private double ValueSeconds(ModelValue value, int at)
    {
        PlacedTree? tree = value.Operation is ApplyOperation { Template: TreeEnsembleExpr trees } ? new PlacedTree(TreeRole.Traversal, trees.Ensemble) : null;
        return _cost.Cost(new PlacedValue { Index = 0, Node = at, Source = value, Tables = value.Tables, Tree = tree }).Seconds;
    }

    private void WriteInputs(IEnumerable<ModelValue> inputs, int at, PlacementChoice choice)
    {
        foreach (ModelValue input in inputs.Distinct().Where(input => !CountedElsewhere.Contains(input)))
        {
            int pin = Available(input, at).Pin;
            if (pin != at)
            {
                choice.Pins[new PinKey(input, TableSet.Empty)] = pin;
            }
            Write(input, pin, choice);
        }
    }

    // The undivided matrix is computed in one piece unless a part of it comes from below.
    private ModelValue? UsesWhole(ModelValue value, int at) =>
        value.Operation is ConcatOperation { Whole: ModelValue whole } && value.Arguments.All(argument => Available(argument, at).Pin == at) ? whole : null;

    private (double Seconds, int Pin) Available(ModelValue value, int at)
    {
        if (CountedElsewhere.Contains(value))
        {
            return (0, at);
        }
        if (_available.TryGetValue((value, at), out (double Seconds, int Pin) best))
        {
            return best;
        }
        best = (ComputeSeconds(value, at), at);
        if (_nodes.TryGetValue(new PinKey(value, TableSet.Empty), out IReadOnlyList<int>? nodes))
        {
            foreach (int node in nodes)
            {
                if (node != at && _relations.IsUnder(node, at))
                {
                    double seconds = ComputeSeconds(value, node) + _cost.StoreSeconds(node, value.RowBytes) + _cost.HandOverSeconds(node, at, value.RowBytes);
                    best = seconds < best.Seconds ? (seconds, node) : best;
                }
            }
        }
        _available.Add((value, at), best);
        return best;
    }

    private (double Seconds, StagePlacement Placement) Solved(ModelValue value, int at)
    {
        if (!_solved.TryGetValue((value, at), out (StageProblem Stage, StagePlacement Placement) solved))
        {
            StageProblem stage = GroupedStage(value, at);
            StagePlacement? best = StageProgramme.Solve(stage);
            IsExact &= best is not null && stage.IsExact;
            solved = (stage, best ?? StagePlacement.None(stage));
            _solved.Add((value, at), solved);
        }
        return (solved.Stage.Seconds(solved.Placement), solved.Placement);
    }

    private double LocalSeconds(IEnumerable<ModelValue> values, int at) => Closure(values, CountedElsewhere).Sum(value => OperatorSeconds(value, at));

    private static int LowestOf(StageNodes nodes, IReadOnlyList<int>? ids)
    {
        int lowest = ids is null or [] ? -1 : Array.IndexOf(nodes.Ids, ids[0]);
        return lowest < 0 ? nodes.Root : lowest;
    }

    private int LowestOf(StageNodes nodes, PinKey key) => LowestOf(nodes, _nodes.GetValueOrDefault(key));

    // The nodes strictly below `at` that the space offers for some computations, as a tree.
    private StageNodes NodesOf(int at, IReadOnlyList<PinKey> keys, IEnumerable<int> merges)
    {
        HashSet<int> mergeable = [.. merges];
        SortedSet<int> candidates = [.. mergeable];
        foreach (PinKey key in keys)
        {
            candidates.UnionWith(_nodes.GetValueOrDefault(key) ?? []);
        }
        candidates.RemoveWhere(node => node == at || !_relations.IsUnder(node, at));
        int[] ids = [.. candidates, at];
        int[] parents = new int[ids.Length];
        for (int node = 0; node < ids.Length; node++)
        {
            parents[node] = node + 1;
            while (parents[node] < ids.Length && !_relations.IsUnder(ids[node], ids[parents[node]]))
            {
                parents[node]++;
            }
        }
        parents[^1] = -1;
        return new StageNodes(parents, [.. ids.Select(_cost.Rows)], [.. ids.Select(_relations.DriverOf)], [.. ids.Select(mergeable.Contains)], ids);
    }
}
