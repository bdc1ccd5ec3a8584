using System.Collections.Immutable;
using System.Text.Json.Nodes;

using InferF.Plan.Query;
using ScalarFunction = InferF.Plan.Proto.ScalarFunction;

namespace InferF.Frontend.Sql;

/// <summary>Binds a whole statement: resolves it, sorts its conditions, and turns its items into outputs.</summary>
internal sealed class QueryBinder
{
    private readonly BindingContext _context;
    private readonly ScalarLowering _lowering;
    private readonly List<OutputItem> _outputs = [];

    /// <summary>Creates a binder for one statement.</summary>
    public QueryBinder(BindingContext context)
    {
        (_context, _lowering) = (context, new ScalarLowering(context));
    }

    /// <summary>Binds the statement.</summary>
    /// <param name="sql">Its text.</param>
    /// <param name="node">Its syntax tree.</param>
    /// <param name="nulls">What NULL in a model input means.</param>
    public BoundQuery Bind(string sql, JsonObject node, NullHandling nulls)
    {
        BoundSelect select = new SelectBinder(_context).Bind(node, isOuter: true);
        FromNode from = new JoinAssembler(_context, _lowering, select.Where).Assemble(select.From);
        (ScalarExpr? filter, ScalarExpr? predictionFilter) = SortConditions(select.Where);
        foreach (ScopeColumn item in select.Items)
        {
            _outputs.Add(new OutputItem(item.Name, Output(item.Node)));
        }
        var modifiers = new ModifierBinder(_context, select, _outputs, Output);
        ImmutableArray<OrderKey> order = modifiers.Order(node);
        (long? limit, long offset) = modifiers.Limit(node);
        return new BoundQuery(sql, [.. _context.Scans.Select(scan => scan.Build())], from, filter, [.. _context.Predictions], predictionFilter,
            [.. _outputs], order, limit, offset, nulls);
    }

    private (ScalarExpr? Filter, ScalarExpr? PredictionFilter) SortConditions(List<JoinCondition> where)
    {
        var filters = new List<ScalarExpr>();
        var predictionFilters = new List<ScalarExpr>();
        foreach (SqlNode condition in where.Select(conjunct => conjunct.Expression!))
        {
            if (condition.HasPrediction)
            {
                predictionFilters.Add(_lowering.LowerCondition(condition));
            }
            else if (condition.Tables.Count > 1 || condition.Tables.Any(_context.Nullable.Contains))
            {
                filters.Add(_lowering.LowerCondition(condition));
            }
            else
            {
                _context.PushFilter(condition.Tables.Count == 1 ? condition.Tables[0] : _context.Anchor, condition);
            }
        }
        return (All(filters), All(predictionFilters));
    }

    private static ScalarExpr? All(List<ScalarExpr> conditions)
    {
        return conditions.Count switch
        {
            0 => null,
            1 => conditions[0],
            _ => new ScalarCall(ScalarFunction.And, [.. conditions]),
        };
    }

    private OutputSource Output(SqlNode node)
    {
        if (node is PredictionNode prediction)
        {
            return PredictionSource(prediction);
        }
        if (_lowering.FitsScan(node))
        {
            return new ColumnOutput(_context.ScanColumn(node.Tables.IsEmpty ? _context.Anchor : node.Tables[0], node).Column);
        }
        return new ScalarOutput(_lowering.Lower(node));
    }

    private OutputSource PredictionSource(PredictionNode node)
    {
        Prediction prediction = _context.Predictions[node.Prediction];
        if (node.Output is null && node.Element is null && prediction.Model.Columns.Length > 1)
        {
            return new PredictionStructOutput(node.Prediction);
        }
        int output = node.Output ?? 0;
        return node.Element is null || prediction.Model.Outputs[output].Expression.Width == 1
            ? new PredictionOutput(node.Prediction, output)
            : new ScalarOutput(_lowering.Lower(node));
    }
}
