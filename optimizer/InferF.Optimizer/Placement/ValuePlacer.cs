using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Placement;

/// <summary>
/// Carries out a placement: turns the DAG of model values into the list of values of the plan. The cost model judges this list and the
/// plan writer writes it, so that what is estimated is what runs.
/// </summary>
internal sealed partial class ValuePlacer
{
    private readonly RelationalPlan _relations;
    private readonly ValueFactory _factory;
    private readonly PlacementChoice _choice;
    private readonly List<PlacedValue> _values = [];
    private readonly Dictionary<(ModelValue Value, int Node), PlacedValue> _placed = [];
    private readonly Dictionary<PlacedValue, PlacedValue> _narrowed = [];

    private ValuePlacer(RelationalPlan relations, ValueFactory factory, PlacementChoice choice) => (_relations, _factory, _choice) = (relations, factory, choice);

    /// <summary>Places everything the outputs need.</summary>
    /// <param name="relations">The join tree.</param>
    /// <param name="query">The analysed models.</param>
    /// <param name="choice">The placement.</param>
    public static PlacedQuery Place(RelationalPlan relations, AnalyzedQuery query, PlacementChoice choice)
    {
        ValuePlacer placer = new(relations, query.Factory, choice);
        ImmutableArray<ImmutableArray<PlacedValue>> outputs =
            [.. query.Predictions.Select(prediction => prediction.Outputs.Select(output => placer.At(output, relations.Root)).ToImmutableArray())];
        foreach (PlacedValue output in outputs.SelectMany(prediction => prediction))
        {
            output.Escapes = true;
        }
        return new PlacedQuery([.. placer._values], outputs);
    }

    // The value as it can be read at `node`: from the lower node where it is pinned, otherwise computed here.
    private PlacedValue At(ModelValue value, int node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int computedAt = PinBelow(new PinKey(value, TableSet.Empty), node);
        PlacedValue placed = Compute(value, computedAt);
        placed.Escapes |= placed.Node != node;
        return placed;
    }

    private int PinBelow(PinKey key, int node) => _choice.Pins.TryGetValue(key, out int pin) && _relations.IsUnder(pin, node) ? pin : node;

    private bool IsPinnedBelow(ModelValue value, int node) => PinBelow(new PinKey(value, TableSet.Empty), node) != node;

    private PlacedValue Compute(ModelValue value, int node)
    {
        if (_placed.TryGetValue((value, node), out PlacedValue? known))
        {
            return known;
        }
        PlacedValue placed = value.Operation switch
        {
            SumOperation sum => FinalSum(value, sum, node),
            TreeOperation trees => FinalTrees(value, trees, node),
            ApplyOperation { Template: TreeEnsembleExpr trees } => Traversal(value, value.Arguments[0], trees.Ensemble, node),
            ConcatOperation { Whole: ModelValue whole } when !value.Arguments.Any(argument => IsPinnedBelow(argument, node)) => At(whole, node),
            _ => Emit(value, node, [.. value.Arguments.Select(argument => At(argument, node))], null, value.Tables),
        };
        _placed.Add((value, node), placed);
        return placed;
    }

    private PlacedValue Emit(
        ModelValue source, int node, ImmutableArray<PlacedValue> arguments, PlacedSum? sum, TableSet tables, bool isPartial = false, PlacedTree? tree = null)
    {
        PlacedValue placed = new()
        {
            Index = _values.Count, Node = node, Source = source, Arguments = arguments, Sum = sum, Tree = tree, Tables = tables, IsPartial = isPartial,
        };
        _values.Add(placed);
        return placed;
    }

    // Makes the partial results that are pinned below `node`, and combines them where the placement says. Returns those that arrive at `node`, and the
    // groups that are left to it. `makePartial` combines what arrives at a node with the groups pinned there.
    private (List<PlacedValue> Arriving, List<TableSet> Own) Partials(
        ModelValue value, GroupedOperation operation, int node, Func<int, List<TableSet>, List<PlacedValue>, PlacedValue> makePartial)
    {
        List<PlacedValue> pending = [];
        List<TableSet> own = [];
        SortedDictionary<int, List<TableSet>> below = [];
        foreach (TableSet group in operation.Groups)
        {
            int pin = PinBelow(new PinKey(value, group), node);
            if (pin == node)
            {
                own.Add(group);
                continue;
            }
            if (!below.TryGetValue(pin, out List<TableSet>? groups))
            {
                below.Add(pin, groups = []);
            }
            groups.Add(group);
        }
        foreach (MergeKey merge in _choice.Merges)
        {
            if (ReferenceEquals(merge.Value, value) && merge.Node != node && _relations.IsUnder(merge.Node, node))
            {
                below.TryAdd(merge.Node, []);
            }
        }
        // Children have smaller numbers than their parents, so partial results arrive before they are merged.
        foreach ((int pin, List<TableSet> groups) in below)
        {
            bool merges = _choice.Merges.Contains(new MergeKey(value, pin));
            List<PlacedValue> arriving = merges ? [.. pending.Where(partial => _relations.IsUnder(partial.Node, pin))] : [];
            // A single partial sum is gathered into the rows of this node: it may have fewer of them than the node that made it.
            if (groups.Count == 0 && arriving.Count < (operation is SumOperation ? 1 : 2))
            {
                continue;
            }
            pending.RemoveAll(arriving.Contains);
            pending.Add(makePartial(pin, groups, arriving));
        }
        return (pending, own);
    }

    private PlacedValue FinalSum(ModelValue value, SumOperation sum, int node)
    {
        (List<PlacedValue> arriving, List<TableSet> own) =
            Partials(value, sum, node, (pin, groups, partials) => PartialSum(value, sum, pin, groups, partials));
        ImmutableArray<PlacedTerm> terms = [.. arriving.Select(partial => Handed(value, sum, partial, node)), .. OwnTerms(sum, own, node)];
        return Emit(value, node, [], new PlacedSum(terms, sum.Bias, sum.Activation, sum.Alpha), value.Tables);
    }

    private PlacedValue PartialSum(ModelValue value, SumOperation sum, int node, List<TableSet> groups, List<PlacedValue> arriving)
    {
        ImmutableArray<PlacedTerm> terms = [.. arriving.Select(partial => Handed(value, sum, partial, node)), .. OwnTerms(sum, groups, node)];
        if (arriving.Count == 0 && terms is [{ Weight: null } only])
        {
            return only.Value;
        }
        TableSet tables = terms.Aggregate(TableSet.Empty, (set, term) => set | term.Value.Tables);
        return Emit(value, node, [], new PlacedSum(terms, null, Proto.Activation.None, 0), tables, isPartial: true);
    }

    private PlacedTerm Handed(ModelValue value, SumOperation sum, PlacedValue partial, int node)
    {
        PlacedValue handed = sum.IsNarrow && partial.Node != node && !_relations.IsStreamed(partial.Node) ? Narrowed(value, partial) : partial;
        handed.Escapes |= partial.Node != node;
        return new PlacedTerm(handed, null, 0);
    }

    private PlacedValue Narrowed(ModelValue value, PlacedValue partial)
    {
        if (!_narrowed.TryGetValue(partial, out PlacedValue? narrowed))
        {
            narrowed = new PlacedValue
            {
                Index = _values.Count, Node = partial.Node, Source = value, Arguments = [partial], Tables = partial.Tables, IsPartial = true, IsNarrow = true,
            };
            _values.Add(narrowed);
            _narrowed.Add(partial, narrowed);
        }
        return narrowed;
    }

    // The terms of some groups, computed at `node`: undivided products where all of their parts are here, otherwise adjacent loads as one.
    private List<PlacedTerm> OwnTerms(SumOperation sum, List<TableSet> groups, int node)
    {
        List<SumTerm> own = [.. sum.Terms.Where(term => groups.Contains(term.Value.Tables))];
        List<PlacedTerm> placed = [];
        bool[] wholeDone = new bool[sum.Wholes.Length];
        bool[] wholeHere = new bool[sum.Wholes.Length];
        for (int i = 0; i < wholeHere.Length; i++)
        {
            wholeHere[i] = sum.Terms.All(term => term.Whole != i || groups.Contains(term.Value.Tables) && !IsPinnedBelow(term.Value, node));
        }
        for (int i = 0; i < own.Count; i++)
        {
            SumTerm term = own[i];
            if (term.Whole >= 0 && wholeHere[term.Whole])
            {
                if (!wholeDone[term.Whole])
                {
                    wholeDone[term.Whole] = true;
                    placed.Add(new PlacedTerm(At(sum.Wholes[term.Whole].Value, node), sum.Wholes[term.Whole].Weight, 0));
                }
                continue;
            }
            ModelValue value = term.Value;
            while (i + 1 < own.Count && IsNextRows(term, value.Width, own[i + 1]) && _factory.MergeLoads(value, own[i + 1].Value) is ModelValue merged)
            {
                value = merged;
                i++;
            }
            placed.Add(new PlacedTerm(At(value, node), term.Weight, term.WeightRow));
        }
        return placed;
    }

    private static bool IsNextRows(SumTerm term, int width, SumTerm next) =>
        term.Weight is ConstantTensor weight && ReferenceEquals(weight, next.Weight) && next.WeightRow == term.WeightRow + width;
}

/// <summary>The values of a plan and, by prediction and model output, which of them are the results.</summary>
internal sealed record PlacedQuery(ImmutableArray<PlacedValue> Values, ImmutableArray<ImmutableArray<PlacedValue>> Outputs);
