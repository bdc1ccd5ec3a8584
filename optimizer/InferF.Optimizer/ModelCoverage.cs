using System.Collections.Immutable;
using InferF.Optimizer.Analysis;
using InferF.Optimizer.Cost;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer;

/// <summary>What analysis can do with a model before any query is known.</summary>
public static class ModelCoverage
{
    /// <summary>
    /// Analyses a model whose features come from two tables: of each input with several columns, one half from either; of inputs with one column, the first
    /// half of the inputs from one. An operator that splits under this join can be computed at least in part below a join.
    /// </summary>
    /// <param name="model">The model. Not changed.</param>
    /// <returns>One entry per <see cref="TensorExpr.Origin"/>.</returns>
    public static ImmutableArray<OperatorCoverage> Of(ModelGraph model)
    {
        ArgumentNullException.ThrowIfNull(model);
        List<ScanColumn>[] columns = [[], []];
        ImmutableArray<ImmutableArray<Feature>> inputs = [.. model.Inputs.Select((input, i) => Split(input, i, model.Inputs.Length, columns))];
        ImmutableArray<TableScan> tables = [.. columns.Select((list, i) => new TableScan(i == 0 ? "a" : "b", "", [.. list, Column("key", 1)], null))];
        JoinKey key = new(new ColumnRef(0, columns[0].Count), new ColumnRef(1, columns[1].Count));
        BoundQuery query = new(
            "",
            tables,
            new FromJoin(JoinType.Inner, new FromTable(0), new FromTable(1), [key], null, 0),
            null,
            [new Prediction(model, inputs, 0)],
            null,
            [],
            [],
            null,
            0,
            default);
        return BlockAnalysis.Analyze(query).Coverage;
    }

    /// <summary>Floating-point operations of one row, if the whole model is computed for it; what ONNX Runtime runs is estimated from its weights.</summary>
    /// <param name="model">The model.</param>
    public static double FlopsPerRow(ModelGraph model)
    {
        ArgumentNullException.ThrowIfNull(model);
        HashSet<TensorExpr> seen = new(ReferenceEqualityComparer.Instance);
        Stack<TensorExpr> pending = new(model.Outputs.Select(output => output.Expression));
        double flops = 0;
        while (pending.TryPop(out TensorExpr? expression))
        {
            if (!seen.Add(expression))
            {
                continue;
            }
            flops += expression switch
            {
                LinearExpr linear => 2.0 * linear.Weight.Rows * linear.Weight.Columns,
                TreeEnsembleExpr { Ensemble: var trees } => (double)trees.NumTrees * Math.Max(trees.Depth, 1),
                InputExpr or ConcatExpr or SliceExpr => 0,
                _ => OperatorCost.PerRow(expression, MachineConstants.Default).Flops,
            };
            foreach (TensorExpr argument in expression.Arguments)
            {
                pending.Push(argument);
            }
        }
        return flops;
    }

    private static ImmutableArray<Feature> Split(ModelInput input, int index, int count, List<ScanColumn>[] columns)
    {
        int first = input.Width > 1 ? input.Width / 2 : index < (count + 1) / 2 ? 1 : 0;
        ImmutableArray<Feature>.Builder features = ImmutableArray.CreateBuilder<Feature>();
        foreach ((int table, int width) in new[] { (0, first), (1, input.Width - first) })
        {
            if (width > 0)
            {
                features.Add(new Feature(new ColumnRef(table, columns[table].Count), width));
                columns[table].Add(Column(input.Name, width));
            }
        }
        return features.ToImmutable();
    }

    private static ScanColumn Column(string name, int width) => new(name, name, name, new ColumnType(ColumnKind.Opaque, "", width));
}
