using System.Collections.Immutable;
using InferF.Optimizer.Joins;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using Proto = InferF.Plan.Proto;

namespace InferF.Optimizer.Analysis;

/// <summary>What the model of one prediction became: one finished value per output.</summary>
internal sealed record AnalyzedPrediction(ImmutableArray<ModelValue> Outputs);

/// <summary>All predictions of a query as one DAG of values, with a verdict on every model operator.</summary>
internal sealed record AnalyzedQuery(ImmutableArray<AnalyzedPrediction> Predictions, ImmutableArray<OperatorCoverage> Coverage, ValueFactory Factory);

/// <summary>Walks the models of a query in topological order (without recursion: model files decide the depth) and applies <see cref="BlockRules"/>.</summary>
internal static class BlockAnalysis
{
    /// <summary>Analyses every prediction. Predictions of one model over the same inputs share their values.</summary>
    public static AnalyzedQuery Analyze(BoundQuery query)
    {
        ValueFactory factory = new(TableSet.First(query.Tables.Length), query.Precision);
        CoverageReport coverage = new(query);
        List<AnalyzedPrediction> analyzed = [];
        for (int i = 0; i < query.Predictions.Length; i++)
        {
            Prediction prediction = query.Predictions[i];
            int twin = query.Predictions.Take(i).ToList().FindIndex(earlier => IsSameCall(earlier, prediction));
            analyzed.Add(twin >= 0 ? analyzed[twin] : Analyze(prediction, query.Nulls, factory, coverage));
        }
        return new AnalyzedQuery([.. analyzed], coverage.ToImmutable(), factory);
    }

    private static AnalyzedPrediction Analyze(Prediction prediction, NullHandling nulls, ValueFactory factory, CoverageReport coverage)
    {
        List<TensorExpr> order = TopologicalOrder(prediction.Model.Outputs.Select(output => output.Expression));
        Dictionary<TensorExpr, int> users = CountUsers(order, prediction.Model);
        Dictionary<TensorExpr, BlockForm> forms = new(ReferenceEqualityComparer.Instance);
        BlockRules rules = new(factory);
        foreach (TensorExpr expression in order)
        {
            ImmutableArray<BlockForm> arguments = [.. expression.Arguments.Select(Argument)];
            BlockForm form = expression is InputExpr input ? InputForm(input, prediction, nulls, factory) : rules.Apply(expression, arguments);
            forms.Add(expression, form);
            coverage.Add(prediction.Model.Name, expression, arguments, form);
        }

        // A sum with several users is finished once, so that no user repeats its work.
        BlockForm Argument(TensorExpr argument) =>
            forms[argument] is SumForm sum && users[argument] > 1 ? ConcatForm.Local(rules.Finish(sum, argument.Origin)) : forms[argument];

        return new AnalyzedPrediction([.. prediction.Model.Outputs.Select(output => rules.Finish(forms[output.Expression], output.Expression.Origin))]);
    }

    private static ConcatForm InputForm(InputExpr input, Prediction prediction, NullHandling nulls, ValueFactory factory)
    {
        ModelInput declared = prediction.Model.Inputs[input.Index];
        ImmutableArray<Feature> features = prediction.Inputs[input.Index];
        bool isFloat = input.Type is ElementType.Float32 or ElementType.Float64;
        bool isWord = declared.MapName is not null && input.Type != ElementType.String;
        Proto.NullPolicy policy = isWord ? Proto.NullPolicy.Constant
            : isFloat && (declared.TakesMissing || nulls.Mode == NullMode.Nan) ? Proto.NullPolicy.Nan
            : nulls.Mode == NullMode.Constant && input.Type != ElementType.String ? Proto.NullPolicy.Constant
            : Proto.NullPolicy.Error;
        double constant = policy == Proto.NullPolicy.Constant && !isWord ? nulls.Constant : 0;
        if (features.Sum(feature => (long)feature.Width) != input.Width)
        {
            throw new InferFException(
                InferFErrorCode.ModelInputMismatch,
                $"The bound features do not fill the model input. Input '{declared.Name}' of model '{prediction.Model.Name}', expected {input.Width}, got {features.Sum(f => (long)f.Width)}.",
                prediction.Position);
        }
        List<ModelValue> blocks = factory.MergeAdjacent(features.Select(feature => factory.Load([feature], input.Type, policy, constant)), acrossTables: false);
        return new ConcatForm([.. blocks], factory.Load(features, input.Type, policy, constant));
    }

    private static bool IsSameCall(Prediction left, Prediction right) =>
        ReferenceEquals(left.Model, right.Model) && left.Inputs.Zip(right.Inputs).All(pair => pair.First.SequenceEqual(pair.Second));

    private static List<TensorExpr> TopologicalOrder(IEnumerable<TensorExpr> outputs)
    {
        List<TensorExpr> order = [];
        HashSet<TensorExpr> visited = new(ReferenceEqualityComparer.Instance);
        Stack<(TensorExpr Expression, bool ArgumentsDone)> stack = new(outputs.Reverse().Select(output => (output, false)));
        while (stack.TryPop(out (TensorExpr Expression, bool ArgumentsDone) top))
        {
            if (top.ArgumentsDone)
            {
                order.Add(top.Expression);
                continue;
            }
            if (!visited.Add(top.Expression))
            {
                continue;
            }
            stack.Push((top.Expression, true));
            foreach (TensorExpr argument in top.Expression.Arguments.Reverse())
            {
                stack.Push((argument, false));
            }
        }
        return order;
    }

    private static Dictionary<TensorExpr, int> CountUsers(List<TensorExpr> order, ModelGraph model)
    {
        Dictionary<TensorExpr, int> users = new(ReferenceEqualityComparer.Instance);
        foreach (TensorExpr used in order.SelectMany(expression => expression.Arguments).Concat(model.Outputs.Select(output => output.Expression)))
        {
            users[used] = users.GetValueOrDefault(used) + 1;
        }
        return users;
    }
}
