using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Optimizer;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using InferF.Runtime;
using InferF.Runtime.Arrow;
using InferF.Runtime.Sources;
using InferF.Verification;
using ColumnRef = InferF.Plan.Query.ColumnRef;

namespace InferF;

/// <summary>A query whose names are resolved. Immutable and thread-safe: it may be run any number of times, also at once.</summary>
public sealed partial class InferQuery
{
    private readonly InferSession _session;
    private readonly Statement _statement;
    private readonly ImmutableDictionary<int, double> _rowCounts;

    internal InferQuery(InferSession session, Statement statement, Planner planner, Replanning replan = Replanning.Never, ImmutableDictionary<int, double>? rowCounts = null) =>
        (_session, _statement, Planner, Replan, _rowCounts) = (session, statement, planner, replan, rowCounts ?? ImmutableDictionary<int, double>.Empty);

    /// <summary>The planner that decides what is pushed below the joins.</summary>
    public Planner Planner { get; }

    /// <summary>Whether the planner decides a second time, when the build sides have been joined and their rows counted.</summary>
    public Replanning Replan { get; }

    /// <summary>The query with every name resolved.</summary>
    public BoundQuery Bound => _statement.Bound;

    /// <summary>Runs the query.</summary>
    /// <param name="cancellation">Stops the run, native work and sources included.</param>
    /// <returns>The rows, as they are produced; the caller disposes it, which also stops a run that is not over.</returns>
    /// <exception cref="InferFException">Planning fails or a source cannot be opened. Failures of the run are thrown while reading.</exception>
    public IArrowArrayStream ExecuteArrowStream(CancellationToken cancellation = default)
    {
        InferSession.Call call = _session.Enter();
        try
        {
            PlannedQuery planned = Plan(Bound, cancellation);
            using EngineQuery query = _session.Engine.CreateQuery(planned.Plan);
            return new SessionStream(Run(query, planned, cancellation, out _), call);
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    /// <summary>Runs the query and yields its batches, which the caller disposes.</summary>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellation">Stops the run, native work and sources included.</param>
    public async IAsyncEnumerable<RecordBatch> ExecuteArrowBatchesAsync(
        IProgress<QueryProgress>? progress = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        using InferSession.Call call = _session.Enter();
        PlannedQuery planned = Plan(Bound, cancellation);
        using EngineQuery query = _session.Engine.CreateQuery(planned.Plan);
        using IArrowArrayStream stream = Run(query, planned, cancellation, out _);
        while (await stream.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false) is { } batch)
        {
            progress?.Report(query.Progress);
            yield return batch;
        }
        progress?.Report(query.Progress);
    }

    /// <summary>Explains the plan: which part of the model runs at which node of the join tree, what that is expected to cost, and why.</summary>
    /// <param name="mode">Whether to run the query and show actual figures, too.</param>
    /// <param name="cancellation">Stops planning and running.</param>
    public async Task<PlanReport> ExplainAsync(ExplainMode mode = ExplainMode.Estimate, CancellationToken cancellation = default)
    {
        using InferSession.Call call = _session.Enter();
        PlannedQuery planned = await Task.Run(() => Plan(Bound, cancellation), cancellation).ConfigureAwait(false);
        if (mode == ExplainMode.Estimate)
        {
            return new PlanReport(planned.Plan, null);
        }
        using EngineQuery query = _session.Engine.CreateQuery(planned.Plan);
        PhysicalPlan plan;
        using (IArrowArrayStream stream = Run(query, planned, cancellation, out plan))
        {
            while (await stream.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false) is { } batch)
            {
                batch.Dispose();
            }
        }
        return new PlanReport(plan, query.ReadCounters(), query.Progress.SpilledBytes);
    }

    /// <summary>Compares the predictions of all joined rows with a reference, element by element.</summary>
    /// <param name="reference">What to compare with.</param>
    /// <param name="cancellation">Stops the comparison.</param>
    /// <remarks>Conditions on predictions, ORDER BY and LIMIT are left out: every joined row is compared. Tables are copied into DuckDB first, so
    /// that both sides see the same rows.</remarks>
    public async Task<ParityReport> VerifyAsync(Reference reference = Reference.OnnxRuntime, CancellationToken cancellation = default)
    {
        Require(reference);
        using InferSession.Call call = _session.Enter();
        using Verifier verifier = Verifier.Create(_session, Bound);
        return await verifier.CompareAsync(this, cancellation).ConfigureAwait(false);
    }

    /// <summary>Scores the query's rows with a reference instead of the engine, for comparisons of time. Results are dropped.</summary>
    /// <param name="reference">What to run.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>Number of rows scored.</returns>
    public async Task<long> RunReferenceAsync(Reference reference = Reference.OnnxRuntime, CancellationToken cancellation = default)
    {
        Require(reference);
        using InferSession.Call call = _session.Enter();
        return await Verifier.ScoreAsync(_session, Bound, cancellation).ConfigureAwait(false);
    }

    /// <summary>Plans a query of this session with this query's planner.</summary>
    internal PlannedQuery Plan(BoundQuery bound, CancellationToken cancellation)
    {
        ImmutableArray<TableStatistics> statistics = ReadStatistics(bound, cancellation);
        PlannerKind kind = Planner switch
        {
            Planner.None => PlannerKind.None,
            Planner.Leaf => PlannerKind.Leaf,
            Planner.Greedy => PlannerKind.Greedy,
            Planner.Genetic => PlannerKind.Genetic,
            Planner.Exhaustive => PlannerKind.Exhaustive,
            Planner.Exact => PlannerKind.Exact,
            Planner.Joint => PlannerKind.Joint,
            _ => PlannerKind.Auto,
        };
        if (!ReferenceEquals(bound, Bound))
        {
            return Optimizer.Planner.Prepare(bound, statistics, kind, _session.Machine);
        }
        if (_statement.Find(kind, statistics) is PlannedQuery known)
        {
            return known;
        }
        PlannedQuery planned = Optimizer.Planner.Prepare(bound, statistics, kind, _session.Machine);
        _statement.Add(kind, statistics, planned);
        _session.Statements.Trim();
        return planned;
    }

    /// <summary>What the sources know about every table of a query: row counts, and distinct counts of join keys.</summary>
    internal ImmutableArray<TableStatistics> ReadStatistics(BoundQuery bound, CancellationToken cancellation)
    {
        HashSet<ColumnRef> keys = [.. JoinKeys(bound.From)];
        return
        [
            .. bound.Tables.Select((scan, t) => Hinted(t, Table(scan).ReadStatistics(scan, [.. keys.Where(k => k.Table == t).Select(k => k.Column)], cancellation))),
        ];
    }

    /// <summary>
    /// Binds every table, joins the build sides, lets the placement be decided again by what was counted there, and goes on with the run; sorts and cuts the
    /// result if the query says so.
    /// </summary>
    /// <param name="query">The plan in the engine.</param>
    /// <param name="planned">The plan.</param>
    /// <param name="cancellation">Stops the run, native work and sources included.</param>
    /// <param name="plan">The plan that is run.</param>
    internal IArrowArrayStream Run(EngineQuery query, PlannedQuery planned, CancellationToken cancellation, out PhysicalPlan plan)
    {
        plan = planned.Plan;
        Bind(query, plan, cancellation);
        if (Replan != Replanning.Never && planned.CanDecideAgain && (Replan == Replanning.Always || planned.IsWorthDecidingAgain))
        {
            query.Build(cancellation);
            ImmutableArray<NodeObservation> observations = query.ReadObservations();
            // Nothing was joined, and so nothing counted, if a build side exceeds the memory limit: the first decision stands.
            plan = observations.IsEmpty ? plan : planned.DecideAgain(observations);
            if (!ReferenceEquals(plan.Fragment, planned.Plan.Fragment))
            {
                query.Replan(plan);
            }
        }
        return Rows(query, plan.Query, cancellation);
    }

    /// <summary>Binds every table and starts the run of a plan that is final; sorts and cuts the result if the query says so.</summary>
    internal IArrowArrayStream Run(EngineQuery query, PhysicalPlan plan, CancellationToken cancellation)
    {
        Bind(query, plan, cancellation);
        return Rows(query, plan.Query, cancellation);
    }

    private void Bind(EngineQuery query, PhysicalPlan plan, CancellationToken cancellation)
    {
        ImmutableArray<TableScan> scans = plan.Query.Tables;
        for (int t = 0; t < scans.Length; t++)
        {
            byte[]? key = null;
            TableSource source = Table(scans[t]);
            if (_session.IsCaching && !plan.Fragment.Tables[t].Streamed)
            {
                query.BindTable(t, source.OpenScan(scans[t], out key, cancellation));
            }
            else
            {
                query.BindTable(t, source.OpenParts(scans[t], _session.Threads, cancellation));
            }
            if (key is not null)
            {
                query.KeyTable(t, key);
            }
        }
    }

    private IArrowArrayStream Rows(EngineQuery query, BoundQuery bound, CancellationToken cancellation)
    {
        NativeArrowStream rows = query.Execute(cancellation);
        bool asItIs = bound.OrderBy.IsEmpty && bound.Limit is null && bound.Offset == 0 && !bound.Outputs.Any(o => o.Hidden);
        return asItIs ? rows : ResultSorter.Sort(_session.Database, rows, bound.Outputs, bound.OrderBy, bound.Limit, bound.Offset, cancellation);
    }

    private TableStatistics Hinted(int table, TableStatistics statistics) =>
        _rowCounts.TryGetValue(table, out double rows) ? statistics.WithRows(new Statistic(rows, StatisticSource.Hint)) : statistics;

    private TableSource Table(TableScan scan) =>
        _session.Database.FindTable(scan.TableName)
        ?? throw new InferFException(InferFErrorCode.UnknownName, $"The table was removed after the query was made. Table '{scan.TableName}'.");

    private static IEnumerable<ColumnRef> JoinKeys(FromNode node) => node is FromJoin join
        ? join.Keys.SelectMany(k => new[] { k.Left, k.Right }).Concat(JoinKeys(join.Left)).Concat(JoinKeys(join.Right))
        : [];

    private static void Require(Reference reference)
    {
        if (reference != Reference.OnnxRuntime)
        {
            throw new InferFException(InferFErrorCode.InvalidArgument, $"Unknown reference {reference}.");
        }
    }
}
