using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Analysis;

/// <summary>Collects, per model operator, the form of its result and whether (and why) it can run below a join.</summary>
internal sealed class CoverageReport(BoundQuery query)
{
    private readonly List<OperatorCoverage> _entries = [];
    private readonly Dictionary<(string Model, string Operator), int> _index = [];

    /// <summary>Records one expression; expressions of one model operator share an entry.</summary>
    public void Add(string model, TensorExpr expression, ImmutableArray<BlockForm> arguments, BlockForm form)
    {
        if (expression is InputExpr || expression.Origin.Length == 0)
        {
            return;
        }
        (bool pushable, string why) = Explain(arguments, form);
        OperatorCoverage entry = new(model, expression.Origin, Describe(form), pushable, why);
        if (!_index.TryGetValue((model, expression.Origin), out int position))
        {
            _index.Add((model, expression.Origin), _entries.Count);
            _entries.Add(entry);
            return;
        }
        OperatorCoverage earlier = _entries[position];
        _entries[position] = earlier.Pushable && !pushable ? earlier with { Form = entry.Form } : entry;
    }

    /// <summary>What was collected, in model order.</summary>
    public ImmutableArray<OperatorCoverage> ToImmutable() => [.. _entries];

    private (bool Pushable, string Why) Explain(ImmutableArray<BlockForm> arguments, BlockForm form)
    {
        TableSet all = TableSet.First(query.Tables.Length);
        if (all.Count == 1)
        {
            return (false, "The query has no join to push below.");
        }
        if (form is SumForm sum)
        {
            int groups = sum.Terms.Select(term => term.Value.Tables).Distinct().Count();
            return groups > 1
                ? (true, $"Splits into one partial sum per table ({groups}); each can be computed below the joins and added above.")
                : (!sum.Tables.Equals(all), $"Depends on {Names(sum.Tables)} only.");
        }
        ConcatForm concat = (ConcatForm)form;
        if (concat.Blocks is [{ Operation: TreeOperation trees }])
        {
            return (true, $"Splits into one leaf mask per table ({trees.Groups.Length}); each can be computed below the joins, and scores come from their intersection.");
        }
        if (concat.Blocks.Length > 1)
        {
            return (true, "Works column block by column block; each block can be computed below the joins.");
        }
        if (concat.Tables != all)
        {
            return (true, $"Depends on {Names(concat.Tables)} only, so it can run once per row of that side.");
        }
        return arguments.Any(argument => argument is SumForm)
            ? (false, "Needs the finished sum of all tables; its argument is pushable.")
            : (false, "Needs all tables at once, or can fail on a row's data, so it runs above the joins.");
    }

    private string Describe(BlockForm form) => form switch
    {
        SumForm sum => $"Sum{{{string.Join("; ", sum.Terms.Select(term => term.Value.Tables).Distinct().Select(Names))}}}",
        ConcatForm { Blocks: [{ Operation: TreeOperation trees }] } => $"Mask{{{string.Join("; ", trees.Groups.Select(Names))}}}",
        ConcatForm { Blocks.Length: > 1 } concat => $"Concat[{string.Join("; ", concat.Blocks.Select(block => Names(block.Tables)))}]",
        _ => $"Local({Names(form.Tables)})",
    };

    private string Names(TableSet tables) => string.Join(", ", tables.Tables().Select(table => query.Tables[table].Alias));
}
