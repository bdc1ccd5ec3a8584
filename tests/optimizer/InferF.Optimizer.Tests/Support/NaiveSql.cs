using InferF.Plan.Proto;
using InferF.Plan.Query;
using FromJoin = InferF.Plan.Query.FromJoin;
using JoinType = InferF.Plan.Query.JoinType;
using Call = InferF.Plan.Query.ScalarCall;

namespace InferF.Optimizer.Tests.Support;

/// <summary>SQL by definition: nested loops over row numbers, −1 for a null-extended table, three-valued logic. The oracle of the join rewrites.</summary>
public sealed class NaiveSql(TinyDatabase database)
{
    /// <summary>The rows of FROM and WHERE as row numbers per table.</summary>
    public List<int[]> Execute(FromNode from, ScalarExpr? filter) =>
        [.. Rows(from).Where(row => filter is null || Evaluate(filter, row, null) is true)];

    /// <summary>Evaluates an expression; null is NULL. Numbers are compared and computed as doubles.</summary>
    public object? Evaluate(ScalarExpr expression, int[] row, Func<ScalarPrediction, object?>? predict) => expression switch
    {
        ScalarColumn column => Number(database.Cell(column.Column.Table, row[column.Column.Table], column.Column.Column)),
        ScalarLiteral literal => Number(literal.Value),
        ScalarPrediction prediction => predict!(prediction),
        Call call => Apply(call.Function, [.. call.Arguments.Select(argument => Evaluate(argument, row, predict))]),
        _ => throw new InvalidOperationException(),
    };

    public static object? Number(object? value) => value switch { long l => (double)l, float f => (double)f, int i => (double)i, _ => value };

    public static object? Apply(ScalarFunction function, object?[] a) => function switch
    {
        ScalarFunction.And => a.Any(x => x is false) ? false : a.Any(x => x is null) ? null : true,
        ScalarFunction.Or => a.Any(x => x is true) ? true : a.Any(x => x is null) ? null : false,
        ScalarFunction.Not => a[0] is bool b ? !b : null,
        ScalarFunction.IsNull => a[0] is null,
        ScalarFunction.IsNotNull => a[0] is not null,
        ScalarFunction.Coalesce => a.FirstOrDefault(x => x is not null),
        _ when a.Any(x => x is null) => null,
        ScalarFunction.Equal => Compare(a) == 0,
        ScalarFunction.NotEqual => Compare(a) != 0,
        ScalarFunction.Less => Compare(a) < 0,
        ScalarFunction.LessOrEqual => Compare(a) <= 0,
        ScalarFunction.Greater => Compare(a) > 0,
        ScalarFunction.GreaterOrEqual => Compare(a) >= 0,
        ScalarFunction.Add => (double)a[0]! + (double)a[1]!,
        ScalarFunction.Subtract => (double)a[0]! - (double)a[1]!,
        ScalarFunction.Multiply => (double)a[0]! * (double)a[1]!,
        ScalarFunction.Divide => (double)a[0]! / (double)a[1]!,
        ScalarFunction.Negate => -(double)a[0]!,
        _ => throw new InvalidOperationException(function.ToString()),
    };

    // NaN, which division makes, equals itself and is greatest.
    private static int Compare(object?[] a) => a is [double x, double y] && (double.IsNaN(x) || double.IsNaN(y))
        ? double.IsNaN(x).CompareTo(double.IsNaN(y))
        : Comparer<object>.Default.Compare(a[0]!, a[1]!);

    private IEnumerable<int[]> Rows(FromNode node)
    {
        if (node is FromTable table)
        {
            for (int r = 0; r < database.RowCount(table.Table); r++)
            {
                int[] row = new int[database.TableCount];
                Array.Fill(row, -1);
                row[table.Table] = r;
                yield return row;
            }
            yield break;
        }
        FromJoin join = (FromJoin)node;
        List<int[]> right = [.. Rows(join.Right)];
        foreach (int[] left in Rows(join.Left))
        {
            bool matched = false;
            foreach (int[] candidate in right)
            {
                int[] row = [.. left.Zip(candidate, Math.Max)];
                if (join.Keys.All(key => KeysEqual(row, key.Left, key.Right)) && (join.Residual is null || Evaluate(join.Residual, row, null) is true))
                {
                    matched = true;
                    yield return row;
                }
            }
            if (!matched && join.Type == JoinType.Left)
            {
                yield return left;
            }
        }
    }

    private bool KeysEqual(int[] row, InferF.Plan.Query.ColumnRef left, InferF.Plan.Query.ColumnRef right)
    {
        object? a = database.Cell(left.Table, row[left.Table], left.Column);
        return a is not null && a.Equals(database.Cell(right.Table, row[right.Table], right.Column));
    }
}
