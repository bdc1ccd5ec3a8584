using System.Globalization;
using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Runtime.Sources;

/// <summary>
/// Reads the statistics of one table and remembers them. Row counts come from metadata where there is some. Tables up to <see cref="MostRowsCounted"/> rows are
/// counted in one pass; of larger ones a sample is read, so that statistics take little time against the query (<c>optimizer/docs/Statistics.md</c>).
/// </summary>
internal sealed class StatisticsReader(DuckDbDatabase database, string context)
{
    /// <summary>Most rows of which distinct values and the filter's matches are counted exactly.</summary>
    public const double MostRowsCounted = 1 << 18;

    private readonly Dictionary<string, ColumnStatistics> _columns = [];
    private readonly Dictionary<string, Statistic> _filtered = [];
    private Statistic? _rows;
    private bool _isRowCountTried;

    /// <summary>Statistics of a scan.</summary>
    /// <param name="source">The table.</param>
    /// <param name="scan">What is read.</param>
    /// <param name="columns">Indices into <c>scan.Columns</c> whose distinct counts are wanted.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public TableStatistics Read(TableSource source, TableScan scan, IReadOnlyCollection<int> columns, CancellationToken cancellationToken)
    {
        lock (_columns)
        {
            ScanColumn[] missing = [.. columns.Select(column => scan.Columns[column]).Where(column => !_columns.ContainsKey(column.Sql)).DistinctBy(column => column.Sql)];
            foreach (ScanColumn column in missing)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (source.ReadColumnInMemory(column) is ColumnStatistics known)
                {
                    _columns.Add(column.Sql, known);
                }
            }
            missing = [.. missing.Where(column => !_columns.ContainsKey(column.Sql))];
            string? filter = scan.FilterSql is not null && !_filtered.ContainsKey(scan.FilterSql) ? scan.FilterSql : null;
            if (!_isRowCountTried)
            {
                _rows = source.ReadRowCount(cancellationToken);
                _isRowCountTried = true;
            }
            if (missing.Length > 0 || filter is not null || _rows is null)
            {
                if (_rows is Statistic { Value: > MostRowsCounted } rows)
                {
                    Sample(source, missing, filter, rows, cancellationToken);
                }
                else
                {
                    Count(source, missing, filter, cancellationToken);
                }
            }
            Statistic all = _rows!.Value;
            return new TableStatistics(
                scan.FilterSql is null ? all : _filtered[scan.FilterSql],
                all,
                columns.Distinct().ToImmutableDictionary(column => column, column => _columns[scan.Columns[column].Sql]));
        }
    }

    // One pass over all rows. Distinct values of what may be large are sketched, which needs no memory per value.
    private void Count(TableSource source, ScanColumn[] columns, string? filter, CancellationToken cancellationToken)
    {
        bool isSmall = _rows is not null || source.IsSmall;
        string distinct = isSmall ? "count(DISTINCT {0})" : "approx_count_distinct({0})";
        List<string> items = ["count(*)", filter is null ? "0" : $"count(*) FILTER (WHERE {filter})"];
        foreach (ScanColumn column in columns)
        {
            items.AddRange([$"count({column.Sql})", string.Format(CultureInfo.InvariantCulture, distinct, column.Sql)]);
        }
        double[] counts = Numbers($"SELECT {string.Join(", ", items)} FROM {source.Relation}", cancellationToken);
        _rows = new Statistic(counts[0], StatisticSource.Exact);
        if (filter is not null)
        {
            _filtered[filter] = new Statistic(counts[1], StatisticSource.Exact);
        }
        for (int i = 0; i < columns.Length; i++)
        {
            double values = counts[2 + (2 * i)];
            double found = Math.Min(values, counts[3 + (2 * i)]);
            _columns[columns[i].Sql] = new ColumnStatistics(new Statistic(found, isSmall ? StatisticSource.Exact : StatisticSource.Sketch))
            {
                NullFraction = new Statistic(counts[0] > 0 ? 1 - (values / counts[0]) : 0, StatisticSource.Exact),
                IsUnique = isSmall && found == values,
            };
        }
    }

    private void Sample(TableSource source, ScanColumn[] columns, string? filter, Statistic rows, CancellationToken cancellationToken)
    {
        List<string> selected = [$"({filter ?? "false"}) AS p", .. columns.Select((column, i) => $"({column.Sql}) AS c{i}")];
        List<string> items = ["(SELECT count(*) FROM s)", "(SELECT count(*) FROM s WHERE p)"];
        for (int i = 0; i < columns.Length; i++)
        {
            string groups = $"SELECT count(*) AS n FROM s WHERE c{i} IS NOT NULL GROUP BY c{i}";
            items.AddRange([$"(SELECT count(c{i}) FROM s)", $"(SELECT count(*) FROM ({groups}))", $"(SELECT count(*) FROM ({groups}) WHERE n = 1)"]);
        }
        string sample = source.SampleSql(rows.Value, cancellationToken);
        double[] counts = Numbers(
            $"WITH s AS MATERIALIZED (SELECT {string.Join(", ", selected)} FROM ({sample})) SELECT {string.Join(", ", items)}", cancellationToken);
        if (filter is not null)
        {
            // No hit at all still leaves half a hit: nothing is said to be empty on account of a sample.
            double fraction = counts[0] > 0 ? Math.Max(counts[1], 0.5) / counts[0] : 1;
            _filtered[filter] = new Statistic(Math.Round(rows.Value * Math.Min(1, fraction)), StatisticSource.Sample);
        }
        IReadOnlyDictionary<string, ColumnBounds> bounds = columns.Length > 0 ? source.ReadBounds(cancellationToken) : ImmutableDictionary<string, ColumnBounds>.Empty;
        for (int i = 0; i < columns.Length; i++)
        {
            ColumnBounds? known = columns[i].SourceColumn is string name && bounds.TryGetValue(name, out ColumnBounds found) ? found : null;
            _columns[columns[i].Sql] = ColumnOf(columns[i], known, rows.Value, counts[0], counts.AsSpan(2 + (3 * i), 3));
        }
    }

    private static ColumnStatistics ColumnOf(ScanColumn column, ColumnBounds? bounds, double rows, double sampled, ReadOnlySpan<double> counts)
    {
        double nulls = bounds?.Nulls ?? (sampled > 0 ? rows * (1 - (counts[0] / sampled)) : 0);
        double values = Math.Max(0, rows - nulls);
        double distinct = Math.Min(values, DistinctSample.Estimate(values, counts[0], counts[1], counts[2]));
        // Whole numbers of a range cannot be more than the range holds.
        distinct = column.Type.Kind == ColumnKind.Integer && bounds?.Range is double range ? Math.Min(distinct, range) : distinct;
        return new ColumnStatistics(new Statistic(distinct, StatisticSource.Sample))
        {
            NullFraction = new Statistic(rows > 0 ? nulls / rows : 0, bounds?.Nulls is null ? StatisticSource.Sample : StatisticSource.Exact),
            IsUnique = distinct == values && counts[1] == counts[0],
        };
    }

    private double[] Numbers(string sql, CancellationToken cancellationToken) =>
        [.. database.ReadRows(sql, context, cancellationToken)[0].Select(value => Convert.ToDouble(value, CultureInfo.InvariantCulture))];
}

/// <summary>What metadata say about a column.</summary>
/// <param name="Range">Whole numbers between the least and the greatest value, both included; null if unknown.</param>
/// <param name="Nulls">Rows in which it is NULL; null if unknown.</param>
internal readonly record struct ColumnBounds(double? Range, double? Nulls);
