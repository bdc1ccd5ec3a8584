using System.Globalization;
using InferF.Plan.Model;
using InferF.Plan.Proto;
using InferF.Plan.Query;
using ColumnRef = InferF.Plan.Query.ColumnRef;
using ElementType = InferF.Plan.Model.ElementType;
using JoinType = InferF.Plan.Query.JoinType;
using ScalarCall = InferF.Plan.Query.ScalarCall;

namespace InferF.Verification;

/// <summary>Writes a bound query as plain DuckDB SQL in which the join is DuckDB's and predictions are replaced by their input features.</summary>
/// <param name="query">The query.</param>
/// <param name="tableName">SQL of what stands for a table: a quoted name or a parenthesised query, with row numbers.</param>
internal sealed class ReferenceSql(BoundQuery query, Func<int, string> tableName)
{
    /// <summary>Name of the row-number column that <see cref="Snapshot"/> adds to every table.</summary>
    public const string RowColumn = "__inferf_row";

    /// <summary>A SELECT that yields what the engine reads of one table, with row numbers.</summary>
    /// <param name="scan">Columns and filter.</param>
    /// <param name="relation">Quoted name of the DuckDB relation with the table's rows.</param>
    public static string Snapshot(TableScan scan, string relation)
    {
        string columns = string.Concat(scan.Columns.Select(c => $", {c.Sql} AS {Quote(c.Name)}"));
        string filter = scan.FilterSql is null ? "" : $" WHERE {scan.FilterSql}";
        return $"SELECT row_number() OVER () - 1 AS {RowColumn}{columns} FROM {relation}{filter}";
    }

    /// <summary>The joined rows: the row number of every table (NULL where a LEFT JOIN missed), then the features of every prediction, cast to
    /// the types of the model inputs, in order of predictions, inputs and features.</summary>
    public string JoinedFeatures()
    {
        IEnumerable<string> rows = query.Tables.Select((_, i) => $"t{i}.{RowColumn}");
        IEnumerable<string> features = query.Predictions.SelectMany(p => p.Inputs.SelectMany((input, i) => input.Select(f => Feature(f, p.Model.Inputs[i].Type))));
        string where = query.Filter is null ? "" : $" WHERE {Scalar(query.Filter)}";
        return $"SELECT {string.Join(", ", rows.Concat(features).Select((sql, i) => $"{sql} AS c{i}"))} FROM {From(query.From)}{where}";
    }

    /// <summary>Quotes an identifier.</summary>
    public static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private string Feature(Feature feature, ElementType type)
    {
        ColumnType column = query.Tables[feature.Column.Table].Columns[feature.Column.Column].Type;
        string sqlType = type switch
        {
            ElementType.Float32 => "FLOAT",
            ElementType.Float64 => "DOUBLE",
            ElementType.Int64 => "BIGINT",
            _ => "VARCHAR",
        };
        return $"CAST({Column(feature.Column)} AS {sqlType}{(column.Kind == ColumnKind.NumericList ? "[]" : "")})";
    }

    private string From(FromNode node)
    {
        switch (node)
        {
            case FromTable table:
                return $"{tableName(table.Table)} AS t{table.Table}";
            case FromJoin join:
                IEnumerable<string> conditions = join.Keys.Select(k => $"{Column(k.Left)} = {Column(k.Right)}");
                if (join.Residual is { } residual)
                {
                    conditions = conditions.Append(Scalar(residual));
                }
                string type = join.Type == JoinType.Left ? "LEFT" : "INNER";
                return $"({From(join.Left)} {type} JOIN {From(join.Right)} ON {string.Join(" AND ", conditions)})";
            default:
                throw new InvalidOperationException($"Unknown node {node.GetType().Name}.");
        }
    }

    private string Column(ColumnRef column) => $"t{column.Table}.{Quote(query.Tables[column.Table].Columns[column.Column].Name)}";

    private string Scalar(ScalarExpr expression)
    {
        switch (expression)
        {
            case ScalarColumn column:
                return Column(column.Column);
            case ScalarLiteral literal:
                return literal.Value switch
                {
                    null => "NULL",
                    bool b => b ? "TRUE" : "FALSE",
                    long l => l.ToString(CultureInfo.InvariantCulture),
                    float f => $"CAST('{f.ToString("R", CultureInfo.InvariantCulture)}' AS FLOAT)",
                    double d => $"CAST('{d.ToString("R", CultureInfo.InvariantCulture)}' AS DOUBLE)",
                    string s => $"'{s.Replace("'", "''", StringComparison.Ordinal)}'",
                    _ => throw new InvalidOperationException($"Unknown literal {literal.Value.GetType().Name}."),
                };
            case ScalarCall call:
                string[] a = [.. call.Arguments.Select(Scalar)];
                return call.Function switch
                {
                    ScalarFunction.Equal => $"({a[0]} = {a[1]})",
                    ScalarFunction.NotEqual => $"({a[0]} <> {a[1]})",
                    ScalarFunction.Less => $"({a[0]} < {a[1]})",
                    ScalarFunction.LessOrEqual => $"({a[0]} <= {a[1]})",
                    ScalarFunction.Greater => $"({a[0]} > {a[1]})",
                    ScalarFunction.GreaterOrEqual => $"({a[0]} >= {a[1]})",
                    ScalarFunction.And => $"({string.Join(" AND ", a)})",
                    ScalarFunction.Or => $"({string.Join(" OR ", a)})",
                    ScalarFunction.Not => $"(NOT {a[0]})",
                    ScalarFunction.IsNull => $"({a[0]} IS NULL)",
                    ScalarFunction.IsNotNull => $"({a[0]} IS NOT NULL)",
                    ScalarFunction.Add => $"({a[0]} + {a[1]})",
                    ScalarFunction.Subtract => $"({a[0]} - {a[1]})",
                    ScalarFunction.Multiply => $"({a[0]} * {a[1]})",
                    ScalarFunction.Divide => $"({a[0]} / {a[1]})",
                    ScalarFunction.Negate => $"(-{a[0]})",
                    ScalarFunction.Coalesce => $"coalesce({string.Join(", ", a)})",
                    _ => throw new InvalidOperationException($"Unknown function {call.Function}."),
                };
            default:
                throw new InvalidOperationException($"A join condition cannot contain {expression.GetType().Name}.");
        }
    }
}
