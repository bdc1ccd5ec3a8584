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
/// The one cost function of all planners: compute c_F·flops·|n|, plus raw columns gathered, plus hand-over of results from lower nodes
/// B·|n|·γ(|a|·B). Formulas, symbols and units: <c>optimizer/docs/Cost.md</c>.
/// </summary>
internal sealed class CostModel(RelationalPlan relations, CardinalityEstimator tables, MachineConstants machine)
{
    /// <summary>Modelled seconds of the joins and filters, the same for every placement.</summary>
    public double JoinSeconds()
    {
        double seconds = 0;
        for (int node = 0; node < relations.Count; node++)
        {
            seconds += relations[node] switch
            {
                HashJoinTree join => join.Probe.Rows * machine.SecondsPerProbeRow + join.Build.Rows * machine.SecondsPerBuildRow,
                FilterTree filter => filter.Input.Rows * machine.SecondsPerElement,
                _ => 0,
            };
        }
        return seconds;
    }

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
                Read(term.Value, value.Node, rows, ref seconds, ref bytes);
                double termFlops = term.Weight is null ? value.Width : 2.0 * term.Value.Width * value.Width;
                flops += termFlops;
                seconds += rows * termFlops * (term.Weight is null ? machine.SecondsPerElement : machine.SecondsPerFlop);
            }
            double finisher = (sum.Bias is null ? 0 : value.Width) + ActivationFlops(sum) * value.Width;
            flops += finisher;
            seconds += rows * finisher * machine.SecondsPerElement;
        }
        else
        {
            foreach (PlacedValue argument in value.Arguments)
            {
                Read(argument, value.Node, rows, ref seconds, ref bytes);
            }
            if (value.Source.Operation is LoadOperation load)
            {
                LoadColumns(load, value, rows, ref seconds, ref bytes);
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
            seconds += rows * value.RowBytes * machine.SecondsPerStoredByte;
        }
        return new ValueCost(seconds, flops * rows, bytes);
    }

    private double Rows(int node) => Math.Max(1, relations[node].Rows);

    // Hand-over: rows of a lower node's result are gathered at random, except along a probe spine, where they come in order.
    private void Read(PlacedValue argument, int node, double rows, ref double seconds, ref double bytes)
    {
        if (argument.Node != node)
        {
            double moved = rows * argument.RowBytes;
            double tableBytes = relations.DriverOf(argument.Node) == relations.DriverOf(node) ? 0 : Rows(argument.Node) * argument.RowBytes;
            bytes += moved;
            seconds += moved * machine.Gather(tableBytes);
        }
    }

    private void LoadColumns(LoadOperation load, PlacedValue value, double rows, ref double seconds, ref double bytes)
    {
        int elementBytes = ModelValue.ElementBytes(value.Source.Type);
        foreach (Feature feature in load.Features)
        {
            double cellBytes = feature.Width * (double)elementBytes;
            bytes += rows * cellBytes;
            seconds += rows * feature.Width * machine.SecondsPerColumnElement;
            int table = feature.Column.Table;
            if (table != relations.DriverOf(value.Node))
            {
                seconds += rows * Math.Max(MachineConstants.CacheLineBytes, cellBytes) * machine.Gather(tables.RowsOf(table) * cellBytes);
            }
        }
    }

    private static double ActivationFlops(PlacedSum sum) => sum.Activation switch
    {
        Plan.Proto.Activation.None => 0,
        Plan.Proto.Activation.Sigmoid or Plan.Proto.Activation.Tanh => OperatorCost.TranscendentalFlops,
        _ => 1,
    };
}
