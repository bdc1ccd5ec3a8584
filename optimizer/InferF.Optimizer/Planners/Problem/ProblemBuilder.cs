using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners.Problem;

/// <summary>
/// Reduces a query to a <see cref="PlacementProblem"/> and brings placements back. The stages of the problem are the sums, tree ensembles and movable values whose place of use is the root; what lies
/// inside of them is solved by <see cref="StageBuilder"/> for every node.
/// </summary>
internal sealed class ProblemBuilder
{
    private readonly RelationalPlan _relations;
    private readonly StageBuilder _stages;
    private readonly List<ModelValue> _values = [];
    private readonly Dictionary<ModelValue, int> _readers = [];
    private readonly HashSet<ModelValue> _rootLoads = [];
    private readonly HashSet<ModelValue> _outputs;
    private bool _isTree = true;

    /// <summary>Builds the problem of a query.</summary>
    public ProblemBuilder(RelationalPlan relations, AnalyzedQuery query, CostModel cost, PlacementSpace space)
    {
        _relations = relations;
        _stages = new StageBuilder(relations, cost, space);
        _outputs = [.. query.Predictions.SelectMany(prediction => prediction.Outputs)];
        CollectStages();
        ImmutableArray<SharedLoad> loads = CollectSharedLoads();
        Problem = new PlacementProblem([.. _values.Select(Stage)], loads);
    }

    /// <summary>The query in numbers.</summary>
    public PlacementProblem Problem { get; }

    /// <summary>Seconds of what is computed at the root whatever is chosen, without joins.</summary>
    public double FixedSeconds { get; private set; }

    /// <summary>False if some value is used in several stages, or a stage inside of another does not fit the dynamic programme: then the numbers are an approximation.</summary>
    public bool IsFaithful => _isTree && _stages.IsExact;

    /// <summary>The placement of the query that a placement of the problem means.</summary>
    public PlacementChoice ChoiceOf(ImmutableArray<StagePlacement> placements)
    {
        PlacementChoice choice = new();
        for (int s = 0; s < _values.Count; s++)
        {
            ModelValue value = _values[s];
            StageProblem stage = Problem.Stages[s];
            if (!_stages.IsMovable(value))
            {
                _stages.Write(value, stage, placements[s], choice);
                continue;
            }
            int node = placements[s].TermNodes[0];
            if (node != stage.Nodes.Root)
            {
                choice.Pins[new PinKey(value, TableSet.Empty)] = stage.Nodes.Ids[node];
            }
            _stages.Write(value, stage.Nodes.Ids[node], choice);
        }
        return choice;
    }

    private StageProblem Stage(ModelValue value) => _stages.IsMovable(value)
        ? _stages.ValueStage(value, _relations.Root, _readers.GetValueOrDefault(value), _outputs.Contains(value))
        : _stages.GroupedStage(value, _relations.Root);

    // Walks what is computed at the root whatever is chosen, and stops at what can be placed.
    private void CollectStages()
    {
        HashSet<ModelValue> visited = [];
        Stack<ModelValue> stack = new(_outputs.Reverse());
        while (stack.TryPop(out ModelValue? value))
        {
            if (!visited.Add(value))
            {
                continue;
            }
            if (_stages.IsMovable(value))
            {
                _values.Add(value);
                continue;
            }
            FixedSeconds += _outputs.Contains(value) ? _stages.StoreSeconds(value, _relations.Root) : 0;
            IEnumerable<ModelValue> arguments = value.Arguments;
            if (value.Operation is GroupedOperation)
            {
                _values.Add(value);
                // What a term reads is a part of its stage, unless it is computed at the root in any case.
                arguments = arguments.Where(IsFixed);
            }
            else if (value.Operation is ConcatOperation { Whole: ModelValue whole } && !value.Arguments.Any(_stages.IsMovable))
            {
                arguments = [whole];
            }
            else
            {
                FixedSeconds += _stages.OperatorSeconds(value, _relations.Root);
                _rootLoads.UnionWith(value.Operation is LoadOperation ? [value] : []);
                // An undivided matrix is computed in another way if a part of it comes from below.
                _isTree &= value.Operation is not ConcatOperation { Whole: not null };
            }
            foreach (ModelValue argument in arguments.Distinct())
            {
                _readers[argument] = _readers.GetValueOrDefault(argument) + 1;
                stack.Push(argument);
                if (IsFixed(argument) || _stages.IsMovable(argument))
                {
                    _stages.CountedElsewhere.Add(argument);
                }
            }
        }
    }

    private bool IsFixed(ModelValue value) => !value.Tables.IsEmpty && _relations.LowestCovering(value.Tables) == _relations.Root;

    private ImmutableArray<SharedLoad> CollectSharedLoads()
    {
        Dictionary<ModelValue, List<TermRef>> users = [];
        HashSet<ModelValue> owned = [.. _rootLoads];
        for (int s = 0; s < _values.Count; s++)
        {
            ModelValue value = _values[s];
            ImmutableArray<ImmutableArray<ModelValue>> terms = value.Operation is GroupedOperation grouped && !_stages.IsMovable(value)
                ? [.. grouped.Groups.Select(grouped.InputsOf)]
                : [[value]];
            for (int t = 0; t < terms.Length; t++)
            {
                Collect(terms[t], new TermRef(s, t), users, owned);
            }
            if (value.Operation is TreeOperation trees)
            {
                owned.UnionWith(trees.Untested);
            }
        }
        List<SharedLoad> shared = [];
        foreach ((ModelValue load, List<TermRef> terms) in users)
        {
            _isTree &= !owned.Contains(load);
            if (terms.Count > 1)
            {
                double[] seconds = [.. Enumerable.Range(0, _relations.Count).Select(node => load.Tables.IsSubsetOf(_relations[node].Tables) ? _stages.OperatorSeconds(load, node) : 0)];
                shared.Add(new SharedLoad(seconds, [.. terms]));
            }
        }
        _stages.SharedLoads.UnionWith(users.Where(entry => entry.Value.Count > 1).Select(entry => entry.Key));
        return [.. shared];
    }

    // The raw columns of a term. Every other value must belong to one term alone, and so must the columns of terms with something movable inside.
    private void Collect(ImmutableArray<ModelValue> inputs, TermRef term, Dictionary<ModelValue, List<TermRef>> users, HashSet<ModelValue> owned)
    {
        bool isMovable = _stages.IsMovable(_values[term.Stage]);
        ModelValue[] own = [.. inputs.Where(input => isMovable || !_stages.CountedElsewhere.Contains(input))];
        bool isLocal = own.All(input => _stages.IsLocal(input) && (isMovable || !_stages.IsMovable(input)));
        foreach (ModelValue value in StageBuilder.Closure(own, _stages.CountedElsewhere))
        {
            if (value.Tables.IsEmpty)
            {
                continue;
            }
            if (isLocal && value.Operation is LoadOperation)
            {
                if (!users.TryGetValue(value, out List<TermRef>? terms))
                {
                    users.Add(value, terms = []);
                }
                terms.Add(term);
            }
            else
            {
                _isTree &= owned.Add(value);
            }
        }
        // Inside of a term that is not local, two users of one value are counted twice.
        if (!isLocal)
        {
            HashSet<ModelValue> closure = StageBuilder.Closure(own, _stages.CountedElsewhere);
            _isTree &= closure.SelectMany(value => value.Arguments.Distinct()).Where(value => !value.Tables.IsEmpty && closure.Contains(value)).GroupBy(value => value).All(uses => uses.Count() == 1);
        }
    }
}
