using System.Collections.Immutable;
using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Optimizer;
using InferF.Optimizer.Cost;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Proto;
using InferF.Plan.Query;
using InferF.Runtime;
using ColumnRef = InferF.Plan.Query.ColumnRef;
using ElementType = InferF.Plan.Model.ElementType;
using JoinKey = InferF.Plan.Query.JoinKey;
using JoinType = InferF.Plan.Query.JoinType;

namespace InferF.Calibration;

/// <summary>
/// A star query over made-up tables: the first is joined with every other one on the columns <c>k1</c>, <c>k2</c> … and <c>k</c>, and a model may read
/// the float columns of some tables, in their order.
/// </summary>
internal sealed class SyntheticQuery
{
    private const double ManyRows = 1e10;

    private readonly ImmutableArray<SyntheticTable> _tables;

    /// <summary>Makes a query.</summary>
    /// <param name="tables">The fact table, then the others.</param>
    /// <param name="featuresOf">Tables the model reads; all that have float columns if null.</param>
    /// <param name="model">From the input to the output, or null for a query that predicts nothing.</param>
    public SyntheticQuery(ImmutableArray<SyntheticTable> tables, Func<InputExpr, TensorExpr>? model, IReadOnlyList<int>? featuresOf = null)
    {
        _tables = tables;
        FromNode from = new FromTable(0);
        for (int t = 1; t < tables.Length; t++)
        {
            JoinKey key = new(new ColumnRef(0, tables[0].IndexOf($"k{t}")), new ColumnRef(t, tables[t].IndexOf("k")));
            from = new FromJoin(JoinType.Inner, from, new FromTable(t), [key], null, 0);
        }
        ImmutableArray<Feature> features =
        [
            .. (featuresOf ?? [.. Enumerable.Range(0, tables.Length)]).SelectMany(t => tables[t].Columns
                .Select((column, c) => (column.Type, Index: c))
                .Where(column => column.Type.Kind is ColumnKind.NumericList or ColumnKind.Float32)
                .Select(column => new Feature(new ColumnRef(t, column.Index), Math.Max(1, column.Type.ListLength)))),
        ];
        ImmutableArray<Prediction> predictions = [];
        ImmutableArray<OutputItem> outputs = [new OutputItem("c", new ColumnOutput(new ColumnRef(0, 0)))];
        if (model is not null)
        {
            int width = features.Sum(feature => feature.Width);
            ModelGraph graph = new(
                "m", [new ModelInput("x", ElementType.Float32, width, "float")], [new ModelOutput("y", model(new InputExpr(0, ElementType.Float32, width)))]);
            predictions = [new Prediction(graph, [features], 0)];
            outputs = [new OutputItem("y", new PredictionOutput(0, 0))];
        }
        Bound = new BoundQuery("", [.. tables.Select(table => table.Scan())], from, null, predictions, null, outputs, [], null, 0, default);
    }

    /// <summary>The query.</summary>
    public BoundQuery Bound { get; }

    /// <summary>Plans it with the true statistics of its tables.</summary>
    public PhysicalPlan Plan(PlannerKind planner, MachineConstants machine) =>
        Optimizer.Planner.Plan(Bound, [.. _tables.Select(table => StatisticsOf(table, table.Rows))], planner, machine);

    /// <summary>Plans it as if the fact table were by far the largest, so that it is streamed and the others are built, whatever their sizes.</summary>
    public PhysicalPlan PlanAsStar(PlannerKind planner, MachineConstants machine) =>
        Optimizer.Planner.Plan(Bound, [.. _tables.Select((table, t) => StatisticsOf(table, t == 0 ? ManyRows : table.Rows))], planner, machine);

    /// <summary>Runs a plan of it once and drops the rows.</summary>
    public SyntheticRun Run(InferSession session, PhysicalPlan plan, CancellationToken cancellation)
    {
        foreach (SyntheticTable table in _tables.Where(table => !session.Tables.Names.Contains(table.Name)))
        {
            session.Tables.Add(table.Name, Source.Arrow(table.ToBatches()));
        }
        using EngineQuery query = session.Engine.CreateQuery(plan);
        InferQuery owner = new(session, new Statement(Bound), Planner.None);
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        using (IArrowArrayStream stream = owner.Run(query, plan, cancellation))
        {
            while (stream.ReadNextRecordBatchAsync(cancellation).AsTask().GetAwaiter().GetResult() is { } batch)
            {
                batch.Dispose();
            }
        }
        double busy = (Environment.CpuUsage.TotalTime - processor) / Stopwatch.GetElapsedTime(begin);
        return new SyntheticRun(plan.Fragment, query.ReadCounters(), Math.Min(1, busy));
    }

    private TableStatistics StatisticsOf(SyntheticTable table, double rows)
    {
        // Key columns of tables that are joined are unique; the others refer to them.
        ImmutableDictionary<int, double>.Builder distinct = ImmutableDictionary.CreateBuilder<int, double>();
        for (int t = 1; t < _tables.Length; t++)
        {
            if (table == _tables[0])
            {
                distinct[table.IndexOf($"k{t}")] = Math.Min(rows, _tables[t].Rows);
            }
        }
        if (table.IndexOf("k") is >= 0 and int key)
        {
            distinct[key] = table.Rows;
        }
        return new TableStatistics(rows, "exact", distinct.ToImmutable());
    }
}

/// <summary>What a run measured.</summary>
/// <param name="fragment">What was run.</param>
/// <param name="counters">The engine's counters.</param>
/// <param name="busyShare">Share of the run's time in which this process had a processor: less than 1 if other processes had it.</param>
internal sealed class SyntheticRun(PlanFragment fragment, ImmutableArray<OperatorCounter> counters, double busyShare)
{
    /// <summary>Seconds of all nodes and values without those in which other processes ran.</summary>
    public double AllSeconds => counters.Sum(counter => counter.Nanoseconds) * 1e-9 * busyShare;

    /// <summary>Seconds of all relational nodes.</summary>
    /// <param name="isLong">True for a run that hardly does anything else: then the time in which other processes ran is left out. What is short is left alone
    /// by them in some of its runs.</param>
    public double JoinSeconds(bool isLong = false) =>
        counters.Where(counter => counter.Kind == CounterKind.Node).Sum(counter => counter.Nanoseconds) * 1e-9 * (isLong ? busyShare : 1);

    /// <summary>Seconds per row of one value of a kind at the node above all joins, or below it: the first of those that were computed for most rows.</summary>
    /// <param name="kind">Kind of value.</param>
    /// <param name="atRoot">Whether it is computed above all joins.</param>
    /// <param name="isLong">As in <see cref="JoinSeconds"/>.</param>
    public double PerRow(Value.KindOneofCase kind, bool atRoot = true, bool isLong = false)
    {
        OperatorCounter[] matching =
        [
            .. counters.Where(counter => counter.Kind == CounterKind.Value && fragment.Values[counter.Id].KindCase == kind
                && fragment.Values[counter.Id].Node == fragment.NullCheckNode == atRoot),
        ];
        if (matching.Length == 0)
        {
            throw new InferFException(InferFErrorCode.Internal, $"The plan of a calibration query has no value of kind {kind}.");
        }
        OperatorCounter most = matching.MaxBy(counter => counter.RowsOut);
        return most.Nanoseconds * 1e-9 * (isLong ? busyShare : 1) / Math.Max(1, most.RowsOut);
    }
}
