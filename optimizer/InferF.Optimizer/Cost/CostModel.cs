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
    // Smaller results find memory that the process has touched before.
    private const double ReusedBytes = 1 << 20;

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
                    : ProductSeconds(SegmentsOf(term.Value), value.Width, value.Node) + UnrequestedSeconds(term.Value.Source, value.Width, value.Node);
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
            else if (value.IsNarrow)
            {
                seconds += rows * value.Width * machine.SecondsPerElement;
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

    /// <summary>
    /// Storing a result of so many bytes per row for a later node. What a build side stores is memory that is touched for the first time, all of it even if
    /// few of its rows are computed, because it comes in large pages.
    /// </summary>
    public double StoreSeconds(int node, double rowBytes)
    {
        double written = Rows(node) * rowBytes * machine.SecondsPerStoredByte;
        double touched = Math.Max(1, relations[node].Rows) * rowBytes;
        return relations.IsStreamed(node) || touched <= ReusedBytes ? written : written + touched * machine.SecondsPerFreshByte;
    }

    /// <summary>Bytes of one row of a partial result of a sum or tree ensemble at a node.</summary>
    public double PartialBytes(ModelValue value, int node) => value.Operation switch
    {
        TreeOperation trees => trees.MaskWords * (double)sizeof(long),
        SumOperation { IsNarrow: true } when !relations.IsStreamed(node) => value.Width * (double)PlacedValue.NarrowBytes,
        _ => value.RowBytes,
    };

    /// <summary>Storing a partial result for a later node, and narrowing it if that is what is stored.</summary>
    public double StorePartialSeconds(ModelValue value, int node) => StoreSeconds(node, PartialBytes(value, node))
        + (value.Operation is SumOperation { IsNarrow: true } && !relations.IsStreamed(node) ? Rows(node) * value.Width * machine.SecondsPerElement : 0);

    /// <summary>One term of a sum over the rows of a node: a product with a weight matrix, or the addition of a finished partial result.</summary>
    public double TermSeconds(int inputWidth, int width, bool isWeighted, int node) =>
        Rows(node) * TermFlops(inputWidth, width, isWeighted) * (isWeighted ? machine.SecondsPerFlop(inputWidth, width) : machine.AddedElement.At(width));

    /// <summary>The terms of a sum that are computed together at a node, as they are multiplied there: adjacent raw columns become one product.</summary>
    /// <param name="terms">In order.</param>
    /// <param name="width">Of the sum.</param>
    /// <param name="node">Where.</param>
    public double TermsSeconds(IEnumerable<SumTerm> terms, int width, int node)
    {
        double seconds = 0;
        List<Feature> run = [];
        SumTerm last = default;
        void Finish()
        {
            seconds += run.Count == 0 ? 0 : ProductSeconds(SegmentsOf(run), width, node);
            run.Clear();
        }
        foreach (SumTerm term in terms)
        {
            bool continues = run.Count > 0 && term.Value.Operation is LoadOperation && term.Weight is not null && ReferenceEquals(term.Weight, last.Weight)
                && term.WeightRow == last.WeightRow + last.Value.Width && CanMerge(last.Value, term.Value);
            if (!continues)
            {
                Finish();
            }
            if (term.Weight is not null && term.Value.Operation is LoadOperation load)
            {
                run.AddRange(load.Features);
            }
            else
            {
                seconds += term.Weight is null ? TermSeconds(term.Value.Width, width, isWeighted: false, node) : ProductSeconds(SegmentsOf(term.Value), width, node);
            }
            if (term.Weight is not null)
            {
                seconds += UnrequestedSeconds(term.Value, width, node);
            }
            last = term;
        }
        Finish();
        return seconds;
    }

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

    private double UnrequestedSeconds(ModelValue source, int width, int node)
    {
        switch (source.Operation)
        {
            case ConcatOperation { Whole: ModelValue whole }:
                return UnrequestedSeconds(whole, width, node);
            case ConcatOperation:
                return source.Arguments.Sum(argument => UnrequestedSeconds(argument, width, node));
            case LoadOperation load:
                int bytes = ModelValue.ElementBytes(source.Type);
                int driver = relations.DriverOf(node);
                return Rows(node) * load.Features
                    .Where(feature => feature.Column.Table != driver)
                    .Sum(feature => LoadCost.UnrequestedSeconds(feature.Width, bytes, relations.RowsOfTable(feature.Column.Table), width, machine));
            default:
                return 0;
        }
    }

    private double ProductSeconds(IEnumerable<int> segments, int width, int node) => segments.Sum(segment => TermSeconds(segment, width, isWeighted: true, node));

    // The engine multiplies what it reads in place piece by piece, each with its rows of the weights: concatenated values, and array columns of one load.
    private static IEnumerable<int> SegmentsOf(PlacedValue value) => value.Source.Operation switch
    {
        ConcatOperation when !value.Arguments.IsEmpty => value.Arguments.SelectMany(SegmentsOf),
        LoadOperation load => SegmentsOf(load.Features),
        _ => [value.Width],
    };

    // The same of a value none of whose arguments is computed elsewhere.
    private static IEnumerable<int> SegmentsOf(ModelValue value) => value.Operation switch
    {
        ConcatOperation { Whole: ModelValue whole } => SegmentsOf(whole),
        ConcatOperation => value.Arguments.SelectMany(SegmentsOf),
        LoadOperation load => SegmentsOf(load.Features),
        _ => [value.Width],
    };

    // Scalars are copied into one matrix; those of several tables are counted apart, so that parts of a sum cost the same together and alone.
    private static IEnumerable<int> SegmentsOf(IEnumerable<Feature> features)
    {
        int copied = 0;
        int table = -1;
        foreach (Feature feature in features)
        {
            bool isInPlace = LoadCost.IsInPlace(feature.Width);
            if (copied > 0 && (isInPlace || feature.Column.Table != table))
            {
                yield return copied;
                copied = 0;
            }
            if (isInPlace)
            {
                yield return feature.Width;
            }
            else
            {
                copied += feature.Width;
            }
            table = feature.Column.Table;
        }
        if (copied > 0)
        {
            yield return copied;
        }
    }

    private static bool CanMerge(ModelValue left, ModelValue right) => left.Type == right.Type
        && left.Operation is LoadOperation a && right.Operation is LoadOperation b && a.Nulls == b.Nulls && a.NullConstant.Equals(b.NullConstant);

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
