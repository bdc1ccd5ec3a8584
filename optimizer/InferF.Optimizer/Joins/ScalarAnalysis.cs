using System.Runtime.CompilerServices;
using InferF.Plan.Query;
using static InferF.Plan.Proto.ScalarFunction;

namespace InferF.Optimizer.Joins;

/// <summary>Facts about scalar expressions that join rewrites depend on: tables used, conjuncts, and what NULLs do to them.</summary>
internal static class ScalarAnalysis
{
    /// <summary>Tables whose columns the expression reads.</summary>
    public static TableSet TablesOf(ScalarExpr expression)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return expression switch
        {
            ScalarColumn column => TableSet.Of(column.Column.Table),
            ScalarCall call => call.Arguments.Aggregate(TableSet.Empty, (tables, argument) => tables | TablesOf(argument)),
            _ => TableSet.Empty,
        };
    }

    /// <summary>Splits nested ANDs into their operands; null gives none.</summary>
    public static IEnumerable<ScalarExpr> Conjuncts(ScalarExpr? expression)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return expression switch
        {
            null => [],
            ScalarCall { Function: And } call => call.Arguments.SelectMany(Conjuncts),
            _ => [expression],
        };
    }

    /// <summary>
    /// Tables t such that the predicate cannot be true on a row where all columns of t are NULL. A LEFT JOIN below such a predicate
    /// that null-extends t is an inner join (Galindo-Legaria and Rosenthal, "Outerjoin Simplification and Reordering", TODS 1997, §3).
    /// </summary>
    public static TableSet RejectedNulls(ScalarExpr? predicate)
    {
        if (predicate is null)
        {
            return TableSet.Empty;
        }
        TableSet rejected = TableSet.Empty;
        foreach (int table in TablesOf(predicate).Tables())
        {
            rejected = CannotBeTrue(predicate, table) ? rejected | TableSet.Of(table) : rejected;
        }
        return rejected;
    }

    // The predicate is false or NULL whenever the table's columns are all NULL.
    private static bool CannotBeTrue(ScalarExpr expression, int table) =>
        IsNull(expression, table) || expression is ScalarCall call && call.Function switch
        {
            And => call.Arguments.Any(argument => CannotBeTrue(argument, table)),
            Or => call.Arguments.All(argument => CannotBeTrue(argument, table)),
            IsNotNull => IsNull(call.Arguments[0], table),
            _ => false,
        };

    // The expression is NULL whenever the table's columns are all NULL.
    private static bool IsNull(ScalarExpr expression, int table)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return expression switch
        {
            ScalarColumn column => column.Column.Table == table,
            ScalarLiteral literal => literal.Value is null,
            ScalarCall call => call.Function switch
            {
                // AND, OR and COALESCE can hide a NULL behind another operand; IS [NOT] NULL never yields NULL.
                And or Or or Coalesce => call.Arguments.All(argument => IsNull(argument, table)),
                Plan.Proto.ScalarFunction.IsNull or IsNotNull => false,
                _ => call.Arguments.Any(argument => IsNull(argument, table)),
            },
            _ => false,
        };
    }
}
