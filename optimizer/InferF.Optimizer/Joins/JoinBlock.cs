using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>A LEFT JOIN of a block: its nullable side, with keys whose left columns belong to the block or to earlier attachments.</summary>
internal sealed record LeftAttachment(JoinBlock Nullable, ImmutableArray<JoinKey> Keys);

/// <summary>
/// A maximal set of inner joins: base tables, equalities and predicates that may be applied in any order, followed by the LEFT JOINs
/// of the block in text order. A LEFT JOIN below an inner join commutes upwards, (A ⟕ B) ⋈ C = (A ⋈ C) ⟕ B, because the inner join's
/// equalities do not touch B: if they did, they would reject B's NULLs and the LEFT JOIN would have become an inner one.
/// </summary>
internal sealed class JoinBlock
{
    /// <summary>Inner-joined base tables in text order.</summary>
    public List<int> Members { get; } = [];

    /// <summary>Equalities between two members.</summary>
    public List<JoinKey> Equalities { get; } = [];

    /// <summary>Conjuncts over members and attachments, to be applied above the LEFT JOINs that null-extend their tables.</summary>
    public List<ScalarExpr> Conjuncts { get; } = [];

    /// <summary>LEFT JOINs in text order.</summary>
    public List<LeftAttachment> Attachments { get; } = [];

    /// <summary>Flattens a query's FROM and WHERE, turning LEFT JOINs whose null-extended rows cannot survive into inner joins.</summary>
    public static JoinBlock Flatten(FromNode from, ScalarExpr? filter)
    {
        JoinBlock block = new();
        block.Collect(from, ScalarAnalysis.RejectedNulls(filter));
        block.Conjuncts.AddRange(ScalarAnalysis.Conjuncts(filter));
        return block;
    }

    // `rejected`: tables whose all-NULL rows something above throws away.
    private void Collect(FromNode node, TableSet rejected)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        if (node is FromTable table)
        {
            Members.Add(table.Table);
            return;
        }
        FromJoin join = (FromJoin)node;
        if (join.Type == JoinType.Left && !rejected.Overlaps(TablesOf(join.Right)))
        {
            Collect(join.Left, rejected);
            JoinBlock nullable = new();
            // A row of the nullable side with a NULL key matches nothing, so it may be dropped there.
            nullable.Collect(join.Right, join.Keys.Aggregate(TableSet.Empty, (set, key) => set | TableSet.Of(key.Right.Table)));
            Attachments.Add(new LeftAttachment(nullable, join.Keys));
            return;
        }
        TableSet keyTables = join.Keys.Aggregate(TableSet.Empty, (set, key) => set | TableSet.Of(key.Left.Table) | TableSet.Of(key.Right.Table));
        TableSet rejectedBelow = rejected | keyTables | ScalarAnalysis.RejectedNulls(join.Residual);
        Collect(join.Left, rejectedBelow);
        Collect(join.Right, rejectedBelow);
        Equalities.AddRange(join.Keys);
        Conjuncts.AddRange(ScalarAnalysis.Conjuncts(join.Residual));
    }

    private static TableSet TablesOf(FromNode node)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return node is FromTable table ? TableSet.Of(table.Table) : TablesOf(((FromJoin)node).Left) | TablesOf(((FromJoin)node).Right);
    }
}
