using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Joins;

/// <summary>Equality of a column below the probe child and one below the build child.</summary>
internal readonly record struct HashKey(ColumnRef Probe, ColumnRef Build);

/// <summary>A node of the executable join tree. Immutable: rewrites build new nodes.</summary>
/// <param name="Tables">Base tables below this node.</param>
/// <param name="Rows">Estimated number of rows it yields.</param>
/// <param name="RowsSource">Where that number comes from, one of <see cref="StatisticSource"/>.</param>
internal abstract record JoinTree(TableSet Tables, double Rows, string RowsSource);

/// <summary>The filtered rows of a base table.</summary>
internal sealed record ScanTree(int Table, double Rows, string RowsSource) : JoinTree(TableSet.Of(Table), Rows, RowsSource);

/// <summary>An equi-join: the build child is hashed, the probe child streams through.</summary>
internal sealed record HashJoinTree(JoinType Type, JoinTree Probe, JoinTree Build, ImmutableArray<HashKey> Keys, double Rows)
    : JoinTree(Probe.Tables | Build.Tables, Rows, StatisticSource.Estimate)
{
    /// <summary>Rows of the build side that at least one probe row joins.</summary>
    public double ReferencedRows { get; init; } = Build.Rows;

    /// <summary>Where <see cref="ReferencedRows"/> comes from.</summary>
    public string ReferencedRowsSource { get; init; } = StatisticSource.Default;
}

/// <summary>The rows for which a predicate over the tables below is true.</summary>
internal sealed record FilterTree(JoinTree Input, ScalarExpr Predicate, double Rows) : JoinTree(Input.Tables, Rows, StatisticSource.Estimate);
