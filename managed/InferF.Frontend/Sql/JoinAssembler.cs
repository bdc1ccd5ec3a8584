using System.Collections.Immutable;
using InferF.Plan.Query;
using ScalarFunction = InferF.Plan.Proto.ScalarFunction;

namespace InferF.Frontend.Sql;

/// <summary>
/// Sorts the conditions of the joins into keys, scan filters and residual conditions. Joins without an equality of their own (comma,
/// CROSS JOIN) take theirs from WHERE; a chain of those is connected in the order in which equalities allow it.
/// </summary>
internal sealed class JoinAssembler
{
    private readonly BindingContext _context;
    private readonly ScalarLowering _lowering;
    private readonly List<JoinCondition> _where;

    /// <summary>Creates an assembler.</summary>
    /// <param name="context">The binding.</param>
    /// <param name="lowering">Lowers residual conditions.</param>
    /// <param name="where">Conjuncts of WHERE; those that become keys are removed.</param>
    public JoinAssembler(BindingContext context, ScalarLowering lowering, List<JoinCondition> where)
    {
        (_context, _lowering, _where) = (context, lowering, where);
    }

    /// <summary>Builds the FROM tree.</summary>
    public FromNode Assemble(JoinTree tree)
    {
        return Assemble(tree, isPreserved: true);
    }

    // Conditions of WHERE hold for every row of the result, so they may join tables only where no outer join above extends rows.
    private FromNode Assemble(JoinTree tree, bool isPreserved)
    {
        if (tree is TableLeaf leaf)
        {
            return new FromTable(leaf.Table);
        }
        var branch = (JoinBranch)tree;
        if (!branch.IsLeft && !branch.Conditions.Any(condition => IsKey(condition, branch.Left, branch.Right, out _)))
        {
            return AssembleChain(branch, isPreserved);
        }
        FromNode left = Assemble(branch.Left, isPreserved);
        FromNode right = Assemble(branch.Right, isPreserved && !branch.IsLeft);
        var keys = ImmutableArray.CreateBuilder<JoinKey>();
        var residual = new List<JoinCondition>();
        foreach (JoinCondition condition in branch.Conditions)
        {
            if (IsKey(condition, branch.Left, branch.Right, out (SqlNode Left, SqlNode Right) sides))
            {
                keys.Add(Key(sides.Left, sides.Right, condition.Position));
            }
            else if (branch.IsLeft)
            {
                PushRight(branch, condition);
            }
            else if (!TryPush(branch, condition))
            {
                residual.Add(condition);
            }
        }
        if (keys.Count == 0)
        {
            throw _context.Errors.Unsupported("A LEFT JOIN needs at least one equality between its sides in ON or USING.", branch.Position);
        }
        JoinType type = branch.IsLeft ? JoinType.Left : JoinType.Inner;
        return new FromJoin(type, left, right, keys.ToImmutable(), Residual(residual), branch.Position ?? 0);
    }

    private FromNode AssembleChain(JoinBranch branch, bool isPreserved)
    {
        var items = new List<(JoinTree Tree, int? Position)>();
        var conditions = new List<JoinCondition>();
        Flatten(branch, branch.Position, items, conditions);
        JoinTree joined = items[0].Tree;
        FromNode node = Assemble(joined, isPreserved);
        items.RemoveAt(0);
        while (items.Count > 0)
        {
            int next = items.FindIndex(item => Pool(conditions, isPreserved).Any(condition => IsKey(condition, joined, item.Tree, out _)));
            if (next < 0)
            {
                throw Unconnected(joined, items[0].Tree, items[0].Position);
            }
            (JoinTree right, int? position) = items[next];
            items.RemoveAt(next);
            FromNode rightNode = Assemble(right, isPreserved);
            ImmutableArray<JoinKey> keys = [.. TakeKeys(conditions, joined, right), .. isPreserved ? TakeKeys(_where, joined, right) : []];
            joined = new JoinBranch(false, joined, right, [], position);
            ScalarExpr? residual = items.Count > 0 ? null : Residual([.. conditions.Where(condition => !TryPush(joined, condition))]);
            node = new FromJoin(JoinType.Inner, node, rightNode, keys, residual, position ?? 0);
        }
        return node;
    }

    private IEnumerable<JoinCondition> Pool(List<JoinCondition> conditions, bool isPreserved)
    {
        return isPreserved ? conditions.Concat(_where) : conditions;
    }

    private List<JoinKey> TakeKeys(List<JoinCondition> conditions, JoinTree left, JoinTree right)
    {
        var keys = new List<JoinKey>();
        foreach (JoinCondition condition in conditions.ToArray())
        {
            if (IsKey(condition, left, right, out (SqlNode Left, SqlNode Right) sides))
            {
                keys.Add(Key(sides.Left, sides.Right, condition.Position));
                conditions.Remove(condition);
            }
        }
        return keys;
    }

    private void Flatten(JoinTree tree, int? position, List<(JoinTree Tree, int? Position)> items, List<JoinCondition> conditions)
    {
        if (tree is JoinBranch { IsLeft: false } branch && !branch.Conditions.Any(condition => IsKey(condition, branch.Left, branch.Right, out _)))
        {
            Flatten(branch.Left, position, items, conditions);
            Flatten(branch.Right, branch.Position, items, conditions);
            conditions.AddRange(branch.Conditions);
            return;
        }
        items.Add((tree, position));
    }

    // An equality whose sides are expressions over one table of either side, and which NULL extension below does not change.
    private static bool IsKey(JoinCondition condition, JoinTree left, JoinTree right, out (SqlNode Left, SqlNode Right) sides)
    {
        sides = default;
        if (condition.Equal is not var (a, b) || a.HasPrediction || b.HasPrediction || a.Tables.Count != 1 || b.Tables.Count != 1)
        {
            return false;
        }
        bool isForward = left.Tables.Contains(a.Tables[0]) && right.Tables.Contains(b.Tables[0]);
        bool isBackward = left.Tables.Contains(b.Tables[0]) && right.Tables.Contains(a.Tables[0]);
        sides = isForward ? (a, b) : (b, a);
        return (isForward || isBackward) && IsStable(sides.Left, left) && IsStable(sides.Right, right);
    }

    private static bool IsStable(SqlNode node, JoinTree side)
    {
        return !side.Nullable.Contains(node.Tables[0]) || NullRules.IsNullOnNull(node);
    }

    // ON of an inner join: a condition over one table is a condition on that table's rows, unless a LEFT JOIN below extends them.
    private bool TryPush(JoinTree tree, JoinCondition condition)
    {
        SqlNode? expression = condition.Expression;
        if (expression is null || expression.Tables.Count > 1)
        {
            return false;
        }
        int table = expression.Tables.Count == 1 ? expression.Tables[0] : tree.Tables.First(candidate => !tree.Nullable.Contains(candidate));
        if (tree.Nullable.Contains(table))
        {
            return false;
        }
        _context.PushFilter(table, expression);
        return true;
    }

    // ON of a left join: a condition over the right side alone filters the right side before the join.
    private void PushRight(JoinBranch branch, JoinCondition condition)
    {
        SqlNode? expression = condition.Expression;
        int? position = condition.Position ?? branch.Position;
        if (expression is null || expression.Tables.Count != 1)
        {
            throw _context.Errors.Unsupported("ON of a LEFT JOIN may hold equalities between its sides and conditions on one table of its right side; this is neither.", position);
        }
        int table = expression.Tables[0];
        if (!branch.Right.Tables.Contains(table))
        {
            throw _context.Errors.Unsupported($"A condition on '{_context.Scans[table].Alias}' alone, the left side, is not supported in ON of a LEFT JOIN.", position);
        }
        if (branch.Right.Nullable.Contains(table))
        {
            throw _context.Errors.Unsupported($"A condition on '{_context.Scans[table].Alias}', which an inner LEFT JOIN may extend by NULLs, is not supported in ON of a LEFT JOIN.", position);
        }
        _context.PushFilter(table, expression);
    }

    private ScalarExpr? Residual(List<JoinCondition> conditions)
    {
        ScalarExpr[] parts = [.. conditions.Select(Lower)];
        return parts.Length switch
        {
            0 => null,
            1 => parts[0],
            _ => new ScalarCall(ScalarFunction.And, [.. parts]),
        };
    }

    private ScalarExpr Lower(JoinCondition condition)
    {
        return condition.Expression is not null
            ? _lowering.LowerCondition(condition.Expression)
            : throw _context.Errors.Unsupported("This column cannot be joined by USING because an outer join below computes it.", condition.Position);
    }

    private JoinKey Key(SqlNode left, SqlNode right, int? position)
    {
        (int leftTable, int rightTable) = (left.Tables[0], right.Tables[0]);
        ColumnType leftType = _context.TypeOf(leftTable, left);
        ColumnType rightType = _context.TypeOf(rightTable, right);
        (string? leftCast, string? rightCast) = KeyCasts(leftType, rightType)
            ?? throw _context.Errors.At(InferFErrorCode.TypeMismatch,
                $"{Capital(_context.Describe(left))} of type {leftType.SqlType} and {_context.Describe(right)} of type {rightType.SqlType} cannot be keys of one join. Cast one of them.", position);
        return new JoinKey(KeyColumn(leftTable, left, leftCast), KeyColumn(rightTable, right, rightCast));
    }

    private ColumnRef KeyColumn(int table, SqlNode node, string? cast)
    {
        // A wide integer beyond BIGINT equals no BIGINT: it may become NULL, which matches nothing.
        return _context.ScanColumn(table, node, cast, tryCast: cast == "BIGINT").Column;
    }

    // The casts that make two columns comparable as keys, null for none; null instead of a pair if they are not.
    private static (string? Left, string? Right)? KeyCasts(ColumnType left, ColumnType right)
    {
        if (IsDiscrete(left) && IsDiscrete(right))
        {
            return (null, null);
        }
        if (left.Kind == ColumnKind.String && right.Kind == ColumnKind.String)
        {
            return (null, null);
        }
        if (left.Kind == ColumnKind.Temporal && right.Kind == ColumnKind.Temporal && DuckDbTypeRules.CommonTemporal(left.SqlType, right.SqlType) is { } common)
        {
            return (Unless(left, common), Unless(right, common));
        }
        if (IsDiscrete(left) && DuckDbTypeRules.IsWideInteger(right))
        {
            return (null, "BIGINT");
        }
        if (DuckDbTypeRules.IsWideInteger(left) && IsDiscrete(right))
        {
            return ("BIGINT", null);
        }
        bool isCanonical = DuckDbTypeRules.HasCanonicalText(left) && DuckDbTypeRules.HasCanonicalText(right)
            && ((DuckDbTypeRules.IsWideInteger(left) && DuckDbTypeRules.IsWideInteger(right)) || string.Equals(left.SqlType, right.SqlType, StringComparison.OrdinalIgnoreCase));
        return isCanonical ? ("VARCHAR", "VARCHAR") : null;
    }

    private static string? Unless(ColumnType type, string common)
    {
        return string.Equals(type.SqlType, common, StringComparison.OrdinalIgnoreCase) ? null : common;
    }

    private static bool IsDiscrete(ColumnType type)
    {
        return type.Kind is ColumnKind.Integer or ColumnKind.Boolean;
    }

    private static string Capital(string text)
    {
        return char.ToUpperInvariant(text[0]) + text[1..];
    }

    private InferFException Unconnected(JoinTree joined, JoinTree next, int? position)
    {
        string left = string.Join(", ", joined.Tables.Select(table => _context.Scans[table].Alias));
        string right = string.Join(", ", next.Tables.Select(table => _context.Scans[table].Alias));
        return _context.Errors.Unsupported($"There is no equality between {left} and {right}: a join needs one in ON, USING or WHERE.", position);
    }
}
