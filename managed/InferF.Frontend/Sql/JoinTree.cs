namespace InferF.Frontend.Sql;

/// <summary>The FROM clause with names resolved but conditions not yet sorted into keys, filters and the rest. RIGHT JOINs are turned round.</summary>
internal abstract record JoinTree
{
    /// <summary>Indices of the tables below.</summary>
    public abstract IEnumerable<int> Tables { get; }

    /// <summary>Indices of the tables below whose rows a LEFT JOIN below may extend by NULLs.</summary>
    public abstract IEnumerable<int> Nullable { get; }
}

/// <summary>One table.</summary>
/// <param name="Table">Its index.</param>
internal sealed record TableLeaf(int Table) : JoinTree
{
    /// <inheritdoc/>
    public override IEnumerable<int> Tables => [Table];

    /// <inheritdoc/>
    public override IEnumerable<int> Nullable => [];
}

/// <summary>A join.</summary>
/// <param name="IsLeft">LEFT JOIN; otherwise inner or cross.</param>
/// <param name="Left">Left side.</param>
/// <param name="Right">Right side.</param>
/// <param name="Conditions">Conjuncts of ON and the equalities of USING.</param>
/// <param name="Position">Byte offset of the join in the SQL text, if known.</param>
internal sealed record JoinBranch(bool IsLeft, JoinTree Left, JoinTree Right, IReadOnlyList<JoinCondition> Conditions, int? Position) : JoinTree
{
    /// <inheritdoc/>
    public override IEnumerable<int> Tables => Left.Tables.Concat(Right.Tables);

    /// <inheritdoc/>
    public override IEnumerable<int> Nullable => Left.Nullable.Concat(IsLeft ? Right.Tables : Right.Nullable);
}

/// <summary>One conjunct of a join condition.</summary>
/// <param name="Equal">Both sides of an equality, or null.</param>
/// <param name="Expression">The conjunct as an expression; null for an equality of USING.</param>
/// <param name="Position">Byte offset in the SQL text, if known.</param>
internal sealed record JoinCondition((SqlNode Left, SqlNode Right)? Equal, SqlNode? Expression, int? Position)
{
    /// <summary>Takes an expression apart into its conjuncts.</summary>
    public static IEnumerable<JoinCondition> Split(SqlNode expression)
    {
        if (expression is OperationNode { Type: "CONJUNCTION_AND" } and)
        {
            return and.Children.SelectMany(Split);
        }
        (SqlNode, SqlNode)? equal = expression is OperationNode { Type: "COMPARE_EQUAL" } comparison ? (comparison.Children[0], comparison.Children[1]) : null;
        return [new JoinCondition(equal, expression, expression.Position)];
    }
}
