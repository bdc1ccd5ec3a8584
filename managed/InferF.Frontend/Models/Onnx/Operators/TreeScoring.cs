using InferF.Plan.Model;

namespace InferF.Frontend.Models.Onnx.Operators;

/// <summary>Builds the expressions of an ensemble's scores.</summary>
/// <param name="Context">The operator.</param>
/// <param name="Features">The input, of <paramref name="Type"/>.</param>
/// <param name="Type">float or double: what features are compared and weights are added in.</param>
/// <param name="Trees">The trees.</param>
internal sealed record TreeScoring(OperatorContext Context, RowValue Features, OnnxType Type, TreeUnfolding Trees)
{
    /// <summary>The scores, and behind them for each of <paramref name="presenceOf"/> the number of leaves reached that carry it.</summary>
    public TensorExpr Scores(int targets, IReadOnlyList<double> baseValues, IReadOnlyList<int> presenceOf)
    {
        TreeEnsemble ensemble = Trees.Build(Type.Element, Features.Width, targets, TreeAggregate.Sum, baseValues, presenceOf);
        return new TreeEnsembleExpr(Features.Expression, ensemble, Type.Element) { Origin = Context.Origin };
    }

    /// <summary>One score per target of a regressor: a target that no leaf of a row carries is 0, its base value does not count.</summary>
    public TensorExpr Targets(int targets, TreeAggregate function, IReadOnlyList<double> baseValues)
    {
        int[] absent = targets == 1 || baseValues.All(value => value == 0) ? [] : [.. Enumerable.Range(0, targets).Where(t => !Trees.AlwaysHas(t))];
        TreeEnsemble ensemble = Trees.Build(Type.Element, Features.Width, targets, function, baseValues, absent);
        TensorExpr all = new TreeEnsembleExpr(Features.Expression, ensemble, Type.Element) { Origin = Context.Origin };
        if (absent.Length == 0)
        {
            return all;
        }
        var scores = new SliceExpr(all, 0, targets) { Origin = Context.Origin };
        return new WhereExpr(Presence(all, targets, absent), scores, Constant(0)) { Origin = Context.Origin };
    }

    /// <summary>1 for each target that has a score, 0 for the others.</summary>
    /// <param name="all">Scores and counts.</param>
    /// <param name="targets">Number of scores.</param>
    /// <param name="absent">The targets that are counted.</param>
    public TensorExpr Presence(TensorExpr all, int targets, int[] absent)
    {
        // The counts follow the scores; behind them a 1 stands for all targets that always have a score.
        var parts = new ConcatExpr([new SliceExpr(all, targets, absent.Length) { Origin = Context.Origin }, Constant(1)]) { Origin = Context.Origin };
        long[] columns = [.. Enumerable.Range(0, targets).Select(t => Array.IndexOf(absent, t) is >= 0 and int i ? i : (long)absent.Length)];
        ConstantTensor indices = ConstantTensor.Create(Context.ParameterName("presence"), 1, targets, columns);
        return IsPositive(new SelectColumnsExpr(parts, indices) { Origin = Context.Origin });
    }

    /// <summary>1 where an element is above 0.</summary>
    public TensorExpr IsPositive(TensorExpr counts) =>
        new ConstantBinaryExpr(BinaryFunction.Greater, counts, ConstantOf(0), constantOnLeft: false) { Origin = Context.Origin };

    /// <summary>A constant column.</summary>
    public TensorExpr Constant(double value) => new ConstantExpr(ConstantOf(value)) { Origin = Context.Origin };

    /// <summary>A constant in the type the scores are computed in.</summary>
    public ConstantTensor ConstantOf(double value) => Type == OnnxType.Double
        ? ConstantTensor.Create(Context.ParameterName("constant"), 1, 1, new[] { value })
        : ConstantTensor.Create(Context.ParameterName("constant"), 1, 1, new[] { (float)value });

    /// <summary>Converts scores to float, which the outputs of the older operators are whatever the input's type.</summary>
    public TensorExpr ToFloat(TensorExpr scores) => scores.Type == ElementType.Float32
        ? scores
        : new CastExpr(scores, ElementType.Float32) { Origin = Context.Origin };

    /// <summary>The label of the largest score, or of a score and a threshold.</summary>
    public TensorExpr SelectLabel(TensorExpr scores, ConstantTensor labels, double? threshold) =>
        new SelectLabelExpr(scores, labels, threshold) { Origin = Context.Origin };
}
