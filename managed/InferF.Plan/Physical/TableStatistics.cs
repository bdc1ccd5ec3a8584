using System.Collections.Immutable;
using InferF.Plan.Query;

namespace InferF.Plan.Physical;

/// <summary>What the planner knows about the rows of a table in one role of a query. Every number tells where it comes from.</summary>
/// <param name="Rows">Rows that pass the scan filter.</param>
/// <param name="UnfilteredRows">Rows of the table without the scan filter.</param>
/// <param name="Columns">By index into <see cref="TableScan.Columns"/>; only columns that are known (join keys, usually).</param>
public sealed record TableStatistics(Statistic Rows, Statistic UnfilteredRows, ImmutableDictionary<int, ColumnStatistics> Columns)
{
    /// <summary>Statistics of a scan without a filter whose numbers all come from one source.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="source">Where the numbers come from, one of <see cref="StatisticSource"/>.</param>
    /// <param name="distinctCounts">Distinct values by index into <see cref="TableScan.Columns"/>.</param>
    public TableStatistics(double rows, string source, ImmutableDictionary<int, double> distinctCounts)
        : this(
            new Statistic(rows, source),
            new Statistic(rows, source),
            distinctCounts.ToImmutableDictionary(count => count.Key, count => new ColumnStatistics(new Statistic(count.Value, source))))
    {
    }

    /// <summary>Fraction of the table's rows that pass the scan filter; 1 for an empty table.</summary>
    public Statistic Selectivity => UnfilteredRows.Value > 0
        ? new Statistic(Math.Clamp(Rows.Value / UnfilteredRows.Value, 0, 1), StatisticSource.Weaker(Rows.Source, UnfilteredRows.Source))
        : new Statistic(1, UnfilteredRows.Source);

    /// <summary>These statistics with another number of rows after the scan filter.</summary>
    /// <param name="rows">The number and its source. A table cannot have fewer rows than pass its filter.</param>
    public TableStatistics WithRows(Statistic rows) => this with
    {
        Rows = rows,
        UnfilteredRows = rows.Value > UnfilteredRows.Value || UnfilteredRows.Value == Rows.Value ? rows : UnfilteredRows,
    };
}

/// <summary>What the planner knows about a column's values in the whole table, before the scan filter.</summary>
/// <param name="Distinct">Number of distinct values; NULL is none.</param>
public readonly record struct ColumnStatistics(Statistic Distinct)
{
    /// <summary>Fraction of rows in which the column is NULL, if known.</summary>
    public Statistic? NullFraction { get; init; }

    /// <summary>True if no value occurs twice, as far as is known.</summary>
    public bool IsUnique { get; init; }
}
