using System.Globalization;
using System.Runtime.CompilerServices;
using InferF.Plan.Query;

namespace InferF.Optimizer.Reporting;

/// <summary>Scalar expressions as readable text.</summary>
internal static class ScalarText
{
    /// <summary>alias.column.</summary>
    public static string Describe(ColumnRef column, BoundQuery query)
    {
        TableScan table = query.Tables[column.Table];
        return $"{table.Alias}.{table.Columns[column.Column].Name}";
    }

    /// <summary>SQL-like text of an expression.</summary>
    public static string Describe(ScalarExpr expression, BoundQuery query)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return expression switch
        {
            ScalarColumn column => Describe(column.Column, query),
            ScalarPrediction prediction => DescribePrediction(prediction, query),
            ScalarLiteral { Value: null } => "NULL",
            ScalarLiteral { Value: string text } => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
            ScalarLiteral literal => Convert.ToString(literal.Value, CultureInfo.InvariantCulture) ?? "",
            ScalarCall call => DescribeCall(call, [.. call.Arguments.Select(argument => Describe(argument, query))]),
            _ => "?",
        };
    }

    private static string DescribePrediction(ScalarPrediction prediction, BoundQuery query)
    {
        var model = query.Predictions[prediction.Prediction].Model;
        string element = model.Outputs[prediction.Output].Expression.Width > 1 ? $"[{prediction.Element + 1}]" : "";
        return model.Outputs.Length > 1 ? $"predict({model.Name}).{model.Outputs[prediction.Output].Name}{element}" : $"predict({model.Name}){element}";
    }

    private static string DescribeCall(ScalarCall call, string[] arguments)
    {
        string Infix(string symbol) => $"({string.Join($" {symbol} ", arguments)})";
        return call.Function switch
        {
            Plan.Proto.ScalarFunction.Equal => Infix("="),
            Plan.Proto.ScalarFunction.NotEqual => Infix("<>"),
            Plan.Proto.ScalarFunction.Less => Infix("<"),
            Plan.Proto.ScalarFunction.LessOrEqual => Infix("<="),
            Plan.Proto.ScalarFunction.Greater => Infix(">"),
            Plan.Proto.ScalarFunction.GreaterOrEqual => Infix(">="),
            Plan.Proto.ScalarFunction.And => Infix("AND"),
            Plan.Proto.ScalarFunction.Or => Infix("OR"),
            Plan.Proto.ScalarFunction.Add => Infix("+"),
            Plan.Proto.ScalarFunction.Subtract => Infix("-"),
            Plan.Proto.ScalarFunction.Multiply => Infix("*"),
            Plan.Proto.ScalarFunction.Divide => Infix("/"),
            Plan.Proto.ScalarFunction.Not => $"NOT {arguments[0]}",
            Plan.Proto.ScalarFunction.Negate => $"-{arguments[0]}",
            Plan.Proto.ScalarFunction.IsNull => $"{arguments[0]} IS NULL",
            Plan.Proto.ScalarFunction.IsNotNull => $"{arguments[0]} IS NOT NULL",
            _ => $"{call.Function.ToString().ToUpperInvariant()}({string.Join(", ", arguments)})",
        };
    }
}
