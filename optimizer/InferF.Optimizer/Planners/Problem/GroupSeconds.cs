using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;

namespace InferF.Optimizer.Planners.Problem;

/// <summary>The seconds that make up a sum or a tree ensemble. All of them come from the cost model: what a value costs is asked by describing that value.</summary>
internal sealed class GroupSeconds(StageBuilder builder, CostModel cost, ModelValue value, int useNode)
{
    /// <summary>What the final result costs beside its terms: bias and activation, or the weights of the exit leaves.</summary>
    public double Finish() => value.Operation is SumOperation sum
        ? Seconds(useNode, new PlacedSum([], sum.Bias, sum.Activation, sum.Alpha))
        : Seconds(useNode, Tree(TreeRole.Score), []) + Untested();

    /// <summary>The terms of one group at a node, and adding them to others there unless the group is alone.</summary>
    public double Group(TableSet group, int at, bool isAlone)
    {
        double seconds = builder.AvailableSeconds(value.Operation is GroupedOperation grouped ? grouped.InputsOf(group) : [], at);
        if (value.Operation is TreeOperation trees)
        {
            TreeGroup part = trees.Part(group);
            seconds += Seconds(at, new PlacedTree(TreeRole.Mask, trees.Grouped, part.FirstFeature, part.Tests), []);
            return isAlone ? seconds : seconds + MaskSeconds(at, at == useNode);
        }
        ImmutableArray<SumTerm> terms = [.. ((SumOperation)value.Operation).Terms.Where(term => term.Value.Tables == group)];
        // The value of a term without a weight is the partial result itself.
        return isAlone && terms is [{ Weight: null }]
            ? seconds
            : seconds + cost.TermsSeconds(terms, value.Width, at);
    }

    /// <summary>What an accumulator of several groups costs beside its terms.</summary>
    public double Accumulator(int at) => value.Operation is TreeOperation ? Seconds(at, Tree(TreeRole.Intersection), []) : 0;

    /// <summary>Adding one accumulator that arrives to the others.</summary>
    public double Arrival(int at, bool isFinal) => value.Operation is TreeOperation ? MaskSeconds(at, isFinal) : cost.TermSeconds(value.Width, value.Width, false, at);

    /// <summary>Everything at the place of use, undivided.</summary>
    public double Whole()
    {
        int at = useNode;
        if (value.Operation is TreeOperation trees)
        {
            return builder.AvailableSeconds([trees.Whole], at) + Seconds(at, new PlacedTree(TreeRole.Traversal, trees.WholeEnsemble), []) + Untested();
        }
        SumOperation sum = (SumOperation)value.Operation;
        return Finish()
            + sum.Wholes.Sum(whole => builder.AvailableSeconds([whole.Value], at) + cost.TermsSeconds([new SumTerm(whole.Value, whole.Weight, 0, -1)], value.Width, at))
            + builder.AvailableSeconds(sum.Terms.Where(term => term.Whole < 0).Select(term => term.Value), at)
            + cost.TermsSeconds(sum.Terms.Where(term => term.Whole < 0), value.Width, at);
    }

    // Columns without a test are read all the same, to be checked for NULL.
    private double Untested() => ((TreeOperation)value.Operation).Untested.Sum(load => builder.AvailableSeconds([load], useNode));

    private PlacedTree Tree(TreeRole role) => new(role, ((TreeOperation)value.Operation).Grouped);

    // One more mask among those of an intersection or of the scores.
    private double MaskSeconds(int at, bool isFinal)
    {
        PlacedTree tree = Tree(isFinal ? TreeRole.Score : TreeRole.Intersection);
        PlacedValue mask = Stub(at, Tree(TreeRole.Mask), []);
        return Seconds(at, tree, [mask]) - Seconds(at, tree, []);
    }

    private double Seconds(int at, PlacedTree tree, ImmutableArray<PlacedValue> arguments) => cost.Cost(Stub(at, tree, arguments)).Seconds;

    private double Seconds(int at, PlacedSum sum) => cost.Cost(new PlacedValue { Index = 0, Node = at, Source = value, Tables = value.Tables, Sum = sum }).Seconds;

    private PlacedValue Stub(int at, PlacedTree tree, ImmutableArray<PlacedValue> arguments) =>
        new() { Index = 0, Node = at, Source = value, Tables = value.Tables, Tree = tree, Arguments = arguments };
}
