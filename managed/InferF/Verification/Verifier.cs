using System.Collections.Immutable;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using InferF.Optimizer;
using InferF.Plan.Model;
using InferF.Plan.Physical;
using InferF.Plan.Query;
using InferF.Runtime;
using Array = System.Array;

namespace InferF.Verification;

/// <summary>Runs a query twice on one copy of its rows: in the engine, and in DuckDB + ONNX Runtime; then compares.</summary>
/// <remarks>The copies are tables in the session's DuckDB with row numbers, which identify a joined row on both sides. They are dropped with the
/// verifier.</remarks>
internal sealed class Verifier : IDisposable
{
    private readonly InferSession _session;
    private readonly BoundQuery _original;
    private readonly string[] _snapshots;

    private Verifier(InferSession session, BoundQuery original, string[] snapshots) => (_session, _original, _snapshots) = (session, original, snapshots);

    /// <summary>Copies the rows of every table.</summary>
    public static Verifier Create(InferSession session, BoundQuery query)
    {
        string id = Guid.NewGuid().ToString("N");
        Verifier verifier = new(session, query, [.. query.Tables.Select((_, i) => $"__inferf_verify_{id}_{i}")]);
        try
        {
            for (int i = 0; i < query.Tables.Length; i++)
            {
                TableScan scan = query.Tables[i];
                string relation = session.Database.FindTable(scan.TableName)?.Relation
                    ?? throw new InferFException(InferFErrorCode.UnknownName, $"The table was removed after the query was made. Table '{scan.TableName}'.");
                session.Database.AddSnapshot(verifier._snapshots[i], ReferenceSql.Snapshot(scan, relation));
            }
            return verifier;
        }
        catch
        {
            verifier.Dispose();
            throw;
        }
    }

    /// <summary>Scores the query's rows by the reference alone, straight from its tables.</summary>
    /// <returns>Number of rows.</returns>
    public static async Task<long> ScoreAsync(InferSession session, BoundQuery query, CancellationToken cancellation)
    {
        using ReferenceRun run = new(query, m => ModelPath(session, m), Environment.ProcessorCount);
        ReferenceSql sql = new(query, i => $"({ReferenceSql.Snapshot(query.Tables[i], session.Database.FindTable(query.Tables[i].TableName)!.Relation)})");
        ScoredRows rows = await run.RunAsync(session.Database.Query(sql.JoinedFeatures(), cancellation), withBounds: false, cancellation).ConfigureAwait(false);
        return rows.Count;
    }

    /// <summary>Runs both sides and compares every output element of every joined row.</summary>
    public async Task<ParityReport> CompareAsync(InferQuery query, CancellationToken cancellation)
    {
        BoundQuery bound = WithRowNumbers();
        PlannedQuery planned = query.Plan(bound, cancellation);
        (ScoredRows actual, string planner) = await RunEngineAsync(query, planned, cancellation).ConfigureAwait(false);
        using ReferenceRun run = new(bound, m => ModelPath(_session, m), 1);
        ReferenceSql sql = new(bound, i => ReferenceSql.Quote(_snapshots[i]));
        ScoredRows expected = await run.RunAsync(_session.Database.Query(sql.JoinedFeatures(), cancellation), withBounds: true, cancellation).ConfigureAwait(false);
        return new ParityComparison([.. bound.Predictions.SelectMany(p => p.Model.Outputs)]).Run(actual, expected, planner);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string snapshot in _snapshots)
        {
            _session.Database.Remove(snapshot);
        }
    }

    private static string ModelPath(InferSession session, ModelGraph graph)
    {
        Model? model = session.Models.Find(graph.Name);
        return model is not null && ReferenceEquals(model.Graph, graph)
            ? model.Path
            : throw new InferFException(InferFErrorCode.UnknownName, $"The model was replaced after the query was made. Model '{graph.Name}'.");
    }

    private async Task<(ScoredRows Rows, string Planner)> RunEngineAsync(InferQuery query, PlannedQuery planned, CancellationToken cancellation)
    {
        BoundQuery bound = planned.Plan.Query;
        int tables = bound.Tables.Length;
        ModelOutput[] outputs = [.. bound.Predictions.SelectMany(p => p.Model.Outputs)];
        ScoredRows rows = new(tables);
        using EngineQuery engineQuery = _session.Engine.CreateQuery(planned.Plan);
        using IArrowArrayStream stream = query.Run(engineQuery, planned, cancellation, out PhysicalPlan plan);
        while (await stream.ReadNextRecordBatchAsync(cancellation).ConfigureAwait(false) is { } batch)
        {
            using (batch)
            {
                Array[] columns = [.. outputs.Select((o, i) => Elements(batch.Column(tables + i), o.Expression))];
                rows.Add(ReferenceRun.RowKeys(batch, tables), batch.Length, columns);
            }
        }
        return (rows, plan.Report.Planner);
    }

    // The original query over the copies, with row numbers and every model output as its columns, and nothing after the predictions.
    private BoundQuery WithRowNumbers()
    {
        ImmutableArray<TableScan> tables =
        [
            .. _original.Tables.Select((scan, i) => new TableScan(
                scan.Alias,
                _snapshots[i],
                [
                    .. scan.Columns.Select(c => c with { Sql = ReferenceSql.Quote(c.Name), SourceColumn = c.Name }),
                    new ScanColumn(ReferenceSql.RowColumn, ReferenceSql.Quote(ReferenceSql.RowColumn), ReferenceSql.RowColumn, new ColumnType(ColumnKind.Integer, "BIGINT")),
                ],
                null)),
        ];
        IEnumerable<OutputItem> rows = tables.Select((t, i) => new OutputItem($"row{i}", new ColumnOutput(new ColumnRef(i, t.Columns.Length - 1))));
        IEnumerable<OutputItem> predictions = _original.Predictions.SelectMany((p, i) => p.Model.Outputs.Select((o, j) => new OutputItem($"p{i}_{j}", new PredictionOutput(i, j))));
        return _original with
        {
            Tables = tables,
            PredictionFilter = null,
            Outputs = [.. rows, .. predictions],
            OrderBy = [],
            Limit = null,
            Offset = 0,
        };
    }

    private static Array Elements(IArrowArray column, TensorExpr expression)
    {
        int width = expression.Width;
        (IArrowArray elements, int start) = column is FixedSizeListArray list ? (list.Values, list.Offset * width) : (column, 0);
        int count = column.Length * width;
        return elements switch
        {
            FloatArray a => a.Values.Slice(start, count).ToArray(),
            DoubleArray a => a.Values.Slice(start, count).ToArray(),
            Int64Array a => a.Values.Slice(start, count).ToArray(),
            StringArray a => Enumerable.Range(start, count).Select(i => a.GetString(i)).ToArray(),
            _ => throw new InferFException(InferFErrorCode.Internal, $"A prediction has an unexpected Arrow type: {elements.Data.DataType.Name}."),
        };
    }
}
