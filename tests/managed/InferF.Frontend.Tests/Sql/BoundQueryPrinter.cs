using System.Globalization;
using InferF.Plan.Query;
using ScalarFunction = InferF.Plan.Proto.ScalarFunction;

namespace InferF.Frontend.Tests.Sql;

/// <summary>
/// Writes a bound query as DuckDB SQL with the meaning the engine gives it: scans are sub-queries, joins use their columns only, filters come
/// after the joins. A prediction is printed as the sum of its features, so that its rows can be compared too.
/// </summary>
internal static class BoundQueryPrinter
{
    public static string Print(BoundQuery query)
    {
        IEnumerable<ScalarExpr> filters = new[] { query.Filter, query.PredictionFilter }.OfType<ScalarExpr>();
        string where = string.Join(" AND ", filters.Select(filter => Scalar(query, filter)));
        IEnumerable<string> outputs = query.Outputs.Where(output => !output.Hidden).Select(output => $"{Output(query, output.Source)} AS \"{output.Name}\"");
        string order = string.Join(", ", query.OrderBy.Select(key =>
            $"{Output(query, query.Outputs[key.Output].Source)} {(key.Descending ? "DESC" : "ASC")} NULLS {(key.NullsFirst ? "FIRST" : "LAST")}"));
        return $"SELECT {string.Join(", ", outputs)} FROM {From(query, query.From)}" + (where.Length > 0 ? $" WHERE {where}" : "")
            + (order.Length > 0 ? $" ORDER BY {order}" : "") + (query.Limit is long limit ? $" LIMIT {limit}" : "") + (query.Offset > 0 ? $" OFFSET {query.Offset}" : "");
    }

    public static string Scalar(BoundQuery query, ScalarExpr expression)
    {
        return expression switch
        {
            ScalarColumn column => Column(query, column.Column),
            ScalarPrediction prediction => Prediction(query, prediction.Prediction),
            ScalarLiteral literal => literal.Value switch
            {
                null => "NULL",
                bool value => value ? "TRUE" : "FALSE",
                long value => $"CAST({value} AS BIGINT)",
                float value => $"CAST('{value.ToString("R", CultureInfo.InvariantCulture)}' AS FLOAT)",
                double value => $"CAST('{value.ToString("R", CultureInfo.InvariantCulture)}' AS DOUBLE)",
                string value => $"'{value.Replace("'", "''")}'",
                _ => throw new InvalidOperationException(),
            },
            ScalarCall call => Call(call.Function, [.. call.Arguments.Select(argument => Scalar(query, argument))]),
            _ => throw new InvalidOperationException(),
        };
    }

    private static string Call(ScalarFunction function, string[] arguments)
    {
        string Infix(string symbol)
        {
            return "(" + string.Join($" {symbol} ", arguments) + ")";
        }

        return function switch
        {
            ScalarFunction.Equal => Infix("="),
            ScalarFunction.NotEqual => Infix("<>"),
            ScalarFunction.Less => Infix("<"),
            ScalarFunction.LessOrEqual => Infix("<="),
            ScalarFunction.Greater => Infix(">"),
            ScalarFunction.GreaterOrEqual => Infix(">="),
            ScalarFunction.And => Infix("AND"),
            ScalarFunction.Or => Infix("OR"),
            ScalarFunction.Not => $"(NOT {arguments[0]})",
            ScalarFunction.IsNull => $"({arguments[0]} IS NULL)",
            ScalarFunction.IsNotNull => $"({arguments[0]} IS NOT NULL)",
            ScalarFunction.Add => Infix("+"),
            ScalarFunction.Subtract => Infix("-"),
            ScalarFunction.Multiply => Infix("*"),
            ScalarFunction.Divide => Infix("/"),
            ScalarFunction.Negate => $"(-{arguments[0]})",
            ScalarFunction.Coalesce => $"coalesce({string.Join(", ", arguments)})",
            _ => throw new InvalidOperationException(),
        };
    }

    private static string Output(BoundQuery query, OutputSource source)
    {
        return source switch
        {
            ColumnOutput column => Column(query, column.Column),
            PredictionOutput prediction => Prediction(query, prediction.Prediction),
            ScalarOutput scalar => Scalar(query, scalar.Expression),
            _ => throw new InvalidOperationException(),
        };
    }

    private static string Prediction(BoundQuery query, int prediction)
    {
        return $"CAST({string.Join(" + ", query.Predictions[prediction].Inputs.SelectMany(input => input).Select(feature => $"CAST({Column(query, feature.Column)} AS DOUBLE)"))} AS FLOAT)";
    }

    private static string Column(BoundQuery query, ColumnRef column)
    {
        return $"t{column.Table}.\"{query.Tables[column.Table].Columns[column.Column].Name}\"";
    }

    private static string From(BoundQuery query, FromNode node)
    {
        switch (node)
        {
            case FromTable table:
                TableScan scan = query.Tables[table.Table];
                string columns = string.Join(", ", scan.Columns.Select(column => $"{column.Sql} AS \"{column.Name}\"").DefaultIfEmpty("1"));
                return $"(SELECT {columns} FROM \"{scan.TableName}\"{(scan.FilterSql is null ? "" : " WHERE " + scan.FilterSql)}) AS t{table.Table}";
            case FromJoin join:
                IEnumerable<string> conditions = join.Keys.Select(key => $"{Column(query, key.Left)} = {Column(query, key.Right)}");
                conditions = join.Residual is null ? conditions : conditions.Append(Scalar(query, join.Residual));
                return $"({From(query, join.Left)} {(join.Type == JoinType.Left ? "LEFT" : "INNER")} JOIN {From(query, join.Right)} ON {string.Join(" AND ", conditions)})";
            default:
                throw new InvalidOperationException();
        }
    }
}
