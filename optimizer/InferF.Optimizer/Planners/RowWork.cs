using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Plan.Query;

namespace InferF.Optimizer.Planners;

/// <summary>Modelled seconds per row of one group's part of a sum or tree ensemble, with everything that it is computed from.</summary>
internal sealed class RowWork(CardinalityEstimator estimator, MachineConstants machine)
{
    /// <summary>The work of a group over one table; its number of rows is left open.</summary>
    /// <param name="stage">The sum or tree ensemble.</param>
    /// <param name="grouped">Its operation.</param>
    /// <param name="group">One table.</param>
    public JointTable OfGroup(ModelValue stage, GroupedOperation grouped, TableSet group)
    {
        double term = grouped switch
        {
            TreeOperation trees => trees.Part(group).Tests * machine.SecondsPerMaskTest + trees.MaskWords * machine.SecondsPerMaskWord,
            SumOperation sum => sum.Terms.Where(input => input.Value.Tables == group).Sum(input => TermSeconds(input, stage.Width)),
            _ => 0,
        };
        JointTable table = new(0, term, 0, 0);
        HashSet<ModelValue> visited = [];
        Stack<ModelValue> pending = new(grouped.InputsOf(group));
        while (pending.TryPop(out ModelValue? value))
        {
            if (!visited.Add(value))
            {
                continue;
            }
            table = Add(table, value);
            foreach (ModelValue argument in value.Arguments)
            {
                pending.Push(argument);
            }
        }
        return table;
    }

    private double TermSeconds(SumTerm term, int width) =>
        term.Weight is null ? width * machine.AddedElement.At(width) : 2.0 * term.Value.Width * width * machine.SecondsPerFlop(term.Value.Width, width);

    private JointTable Add(JointTable table, ModelValue value)
    {
        switch (value.Operation)
        {
            case LoadOperation load:
                foreach (Feature feature in load.Features)
                {
                    double LoadSeconds(bool inOrder) =>
                        LoadCost.Seconds(feature.Width, ModelValue.ElementBytes(value.Type), estimator.RowsOf(feature.Column.Table), inOrder, machine);
                    table = table with { LoadSecondsInOrder = table.LoadSecondsInOrder + LoadSeconds(true), LoadSecondsAtRandom = table.LoadSecondsAtRandom + LoadSeconds(false) };
                }
                return table;
            case SumOperation sum:
                return table with { TermSeconds = table.TermSeconds + sum.Terms.Sum(term => TermSeconds(term, value.Width)) };
            case ApplyOperation apply:
                return table with { TermSeconds = table.TermSeconds + OperatorCost.PerRow(apply.Template, machine).Seconds };
            case TreeOperation trees:
                return table with { TermSeconds = table.TermSeconds + (trees.Parts.Sum(part => part.Tests) * machine.SecondsPerMaskTest) };
            default:
                return table with { TermSeconds = table.TermSeconds + (value.Width * machine.SecondsPerElement) };
        }
    }
}
