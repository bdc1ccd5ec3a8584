using System.Collections.Immutable;
using InferF.Optimizer;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF;

/// <summary>A bound statement and the last plans that were made of it. Planning depends on nothing but the statement, the statistics of its tables and the kind of
/// planner, so that equal ones have equal plans. Thread-safe.</summary>
internal sealed class Statement(BoundQuery bound)
{
    // Planners and row counts that one program asks for in turns.
    private const int MostPlans = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<(PlannerKind Kind, ImmutableArray<TableStatistics> Statistics, PlannedQuery Plan)> _plans = [];

    /// <summary>The statement with every name resolved.</summary>
    public BoundQuery Bound => bound;

    /// <summary>Bytes of the constants that the plans hold.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _plans.Sum(plan => plan.Plan.Plan.Tensors.Sum(BytesOf));
            }
        }
    }

    /// <summary>A plan that was made before of equal statistics, or null.</summary>
    public PlannedQuery? Find(PlannerKind kind, ImmutableArray<TableStatistics> statistics)
    {
        lock (_gate)
        {
            for (var node = _plans.First; node is not null; node = node.Next)
            {
                if (node.Value.Kind == kind && node.Value.Statistics.AsSpan().SequenceEqual(statistics.AsSpan(), StatisticsComparer.Instance))
                {
                    _plans.Remove(node);
                    _plans.AddFirst(node);
                    return node.Value.Plan;
                }
            }
            return null;
        }
    }

    /// <summary>Remembers a plan, and forgets the one that has not been asked for for longest.</summary>
    public void Add(PlannerKind kind, ImmutableArray<TableStatistics> statistics, PlannedQuery plan)
    {
        lock (_gate)
        {
            _plans.AddFirst((kind, statistics, plan));
            if (_plans.Count > MostPlans)
            {
                _plans.RemoveLast();
            }
        }
    }

    /// <summary>Forgets all plans.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _plans.Clear();
        }
    }

    private static long BytesOf(ConstantTensor tensor) => tensor.Type == ElementType.String
        ? tensor.Strings.ToArray().Sum(text => (long)text.Length * sizeof(char))
        : Buffer.ByteLength(tensor.Data);

    // Records compare dictionaries by reference.
    private sealed class StatisticsComparer : IEqualityComparer<TableStatistics>
    {
        public static readonly StatisticsComparer Instance = new();

        public bool Equals(TableStatistics? left, TableStatistics? right) =>
            left is not null && right is not null && left.Rows == right.Rows && left.UnfilteredRows == right.UnfilteredRows && left.Columns.Count == right.Columns.Count
            && left.Columns.All(column => right.Columns.TryGetValue(column.Key, out ColumnStatistics other) && other == column.Value);

        public int GetHashCode(TableStatistics statistics) => statistics.Rows.GetHashCode();
    }
}
