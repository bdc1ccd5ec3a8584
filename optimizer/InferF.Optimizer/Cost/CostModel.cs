using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Placement;
using InferF.Plan.Model;
using InferF.Plan.Query;

namespace InferF.Optimizer.Cost;

/// <summary>Estimated work of one value over all rows of its node.</summary>
/// <param name="Seconds">Modelled time of one thread.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Bytes">Bytes of inputs gathered and of results stored.</param>
internal readonly record struct ValueCost(double Seconds, double Flops, double Bytes);

/// <summary>
/// The one cost function of all planners: compute c_F·flops·|n|, plus raw columns read, plus hand-over of results from lower nodes, B·|n|·γ(|a|·B, B),
/// plus results stored. Formulas, symbols and units: <c>docs/COST.md</c>.
/// </summary>
internal sealed class CostModel(RelationalPlan relations, MachineConstants machine)
{
    private readonly LazyRows _lazy = new(relations);

    /// <summary>What the machine can do.</summary>
    public MachineConstants Machine => machine;

    /// <summary>Modelled seconds of the joins and filters, the same for every placement.</summary>
    public double JoinSeconds()
    {
        double seconds = 0;
        for (int node = 0; node < relations.Count; node++)
        {
            seconds += NodeSeconds(node);
        }
        return seconds;
    }

    /// <summary>Modelled seconds of one join or filter, without the values computed there.</summary>
    public double NodeSeconds(int node) => relations[node] switch
    {
        HashJoinTree join => JoinCost.Seconds(join, machine),
        FilterTree filter => filter.Input.Rows * machine.SecondsPerElement + filter.Rows * filter.Tables.Count * machine.SecondsPerCarriedId,
        _ => 0,
    };

    /// <summary>Modelled seconds of all values of a placement.</summary>
    public double Seconds(PlacedQuery query) => query.Values.Sum(value => Cost(value).Seconds);

    /// <summary>Cost of one value.</summary>
    public ValueCost Cost(PlacedValue value)
    {
        double rows = Rows(value.Node);
        double seconds = 0;
        double flops = 0;
        double bytes = 0;
        if (value.Sum is PlacedSum sum)
        {
            foreach (PlacedTerm term in sum.Terms)
            {
                Read(term.Value, value.Node, ref seconds, ref bytes);
                flops += TermFlops(term.Value.Width, value.Width, term.Weight is not null);
                seconds += term.Weight is null
                    ? TermSeconds(term.Value.Width, value.Width, isWeighted: false, value.Node)
                    : SegmentsOf(term.Value).Sum(width => TermSeconds(width, value.Width, isWeighted: true, value.Node));
            }
            flops += (sum.Bias is null ? 0 : value.Width) + ActivationFlops(sum) * value.Width;
            seconds += rows * value.Width * ActivationSeconds(sum);
        }
        else
        {
            foreach (PlacedValue argument in value.Arguments)
            {
                Read(argument, value.Node, ref seconds, ref bytes);
            }
            if (value.Tree is PlacedTree tree)
            {
                flops = TreeCost.Flops(tree);
                seconds += rows * TreeCost.Seconds(tree, value, machine);
            }
            else if (value.Source.Operation is LoadOperation load)
            {
                seconds += LoadSeconds(load, value.Source.Type, value.Node);
                bytes += rows * load.Features.Sum(feature => feature.Width) * ModelValue.ElementBytes(value.Source.Type);
            }
            else
            {
                (flops, double rowSeconds) = value.Source.Operation is ApplyOperation apply
                    ? OperatorCost.PerRow(apply.Template, machine)
                    : (0, value.Width * machine.SecondsPerElement);
                seconds += rows * rowSeconds;
            }
        }
        if (value.Escapes)
        {
            bytes += rows * value.RowBytes;
            seconds += StoreSeconds(value.Node, value.RowBytes);
        }
        return new ValueCost(seconds, flops * rows, bytes);
    }

    /// <summary>Rows for which values are computed at a node, at least 1: all of them, or at a lazy node those that are expected to be referenced and what claiming them costs.</summary>
    public double Rows(int node) => _lazy.Computed(node, relations[node].Rows);

    /// <summary>True if values of a build-side node are computed when a probe row first refers to them, because few of its rows are referenced.</summary>
    public bool IsLazy(int node) => _lazy.IsLazy(node);

    /// <summary>The lazy nodes at which a placement stores values.</summary>
    public ImmutableArray<int> LazyNodes(PlacedQuery query) =>
        [.. query.Values.Where(value => value.Escapes && IsLazy(value.Node)).Select(value => value.Node).Distinct().Order()];

    /// <summary>
    /// Hand-over: rows of a result of node <paramref name="from"/> are gathered at random by the rows of <paramref name="to"/>, except along a probe
    /// spine, where they come in order and from the cache. At a lazy node each reading row also looks whether the value is there.
    /// </summary>
    public double HandOverSeconds(int from, int to, double rowBytes)
    {
        if (from == to)
        {
            return 0;
        }
        double tableBytes = relations.DriverOf(from) == relations.DriverOf(to) ? 0 : Rows(from) * rowBytes;
        double check = IsLazy(from) ? machine.SecondsPerLazyCheck : 0;
        return Rows(to) * (machine.GatherSeconds(tableBytes, rowBytes) + check);
    }

    /// <summary>Storing a result of so many bytes per row for a later node.</summary>
    public double StoreSeconds(int node, double rowBytes) => Rows(node) * rowBytes * machine.SecondsPerStoredByte;

    /// <summary>One term of a sum over the rows of a node: a product with a weight matrix, or the addition of a finished partial result.</summary>
    public double TermSeconds(int inputWidth, int width, bool isWeighted, int node) =>
        Rows(node) * TermFlops(inputWidth, width, isWeighted) * (isWeighted ? machine.SecondsPerFlop(inputWidth, width) : machine.AddedElement.At(width));

    /// <summary>Raw columns read into a matrix at a node.</summary>
    public double LoadSeconds(LoadOperation load, ElementType type, int node)
    {
        int driver = relations.DriverOf(node);
        double perRow = 0;
        foreach (Feature feature in load.Features)
        {
            int table = feature.Column.Table;
            perRow += LoadCost.Seconds(feature.Width, ModelValue.ElementBytes(type), relations.RowsOfTable(table), table == driver, machine);
        }
        return Rows(node) * perRow;
    }

    private void Read(PlacedValue argument, int node, ref double seconds, ref double bytes)
    {
        if (argument.Node != node)
        {
            bytes += Rows(node) * argument.RowBytes;
            seconds += HandOverSeconds(argument.Node, node, argument.RowBytes);
        }
    }

    // The engine multiplies what it reads in place piece by piece, each with its rows of the weights: concatenated values, and array columns of one load.
    private static IEnumerable<int> SegmentsOf(PlacedValue value)
    {
        switch (value.Source.Operation)
        {
            case ConcatOperation when !value.Arguments.IsEmpty:
                return value.Arguments.SelectMany(SegmentsOf);
            case LoadOperation load:
                int copied = load.Features.Where(feature => !LoadCost.IsInPlace(feature.Width)).Sum(feature => feature.Width);
                return load.Features.Select(feature => feature.Width).Where(LoadCost.IsInPlace).Concat(copied > 0 ? [copied] : []);
            default:
                return [value.Width];
        }
    }

    private static double TermFlops(int inputWidth, int width, bool isWeighted) => isWeighted ? 2.0 * inputWidth * width : width;

    private static double ActivationFlops(PlacedSum sum) => sum.Activation switch
    {
        Plan.Proto.Activation.None => 0,
        Plan.Proto.Activation.Sigmoid or Plan.Proto.Activation.Tanh => OperatorCost.TranscendentalFlops,
        _ => 1,
    };

    // Bias and ReLU are applied in registers before a sum is written; the rates of products contain them.
    private double ActivationSeconds(PlacedSum sum) => sum.Activation is Plan.Proto.Activation.Sigmoid or Plan.Proto.Activation.Tanh ? machine.SecondsPerTranscendental : 0;
}
