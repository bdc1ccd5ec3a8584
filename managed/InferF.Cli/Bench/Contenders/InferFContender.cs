using System.Diagnostics;
using Apache.Arrow;
using InferF.Runtime;

namespace InferF.Cli.Bench.Contenders;

/// <summary>InferF with certain settings.</summary>
internal static class InferFContender
{
    /// <summary>A contender.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="planner">What decides what is computed where.</param>
    /// <param name="configure">Settings of its session; null for the one that contenders share.</param>
    public static Contender Create(string name, string description, InferF.Planner planner, Func<BenchEnvironment, InferOptions, InferOptions>? configure = null) => new(
        name,
        description,
        async (environment, rows, cancellation) =>
        {
            InferSession session = await environment.SessionAsync(configure, cancellation);
            long start = Stopwatch.GetTimestamp();
            Watch watch = new();
            await ScoreAsync(session.Sql(environment.Data.Query.InferF, new QueryOptions { Planner = planner }), environment.Data.Query, rows, watch, cancellation);
            TimeSpan outside = Stopwatch.GetElapsedTime(start) - watch.Last.EngineTime - watch.Reading;
            environment.Notes = new RunNotes(outside.TotalSeconds, watch.Last.SpilledBytes);
        },
        _ => true);

    private static async Task ScoreAsync(InferQuery query, WorkloadQuery shape, ScoredRows rows, Watch watch, CancellationToken cancellation)
    {
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(watch, cancellation))
        {
            using (batch)
            {
                long start = Stopwatch.GetTimestamp();
                ReadOnlySpan<int> numbers = ((Int32Array)batch.Column(0)).Values;
                ReadOnlySpan<float> scores = ((FloatArray)batch.Column(shape.RowNumber.Count)).Values;
                if (shape.RowNumber.Count == 1)
                {
                    rows.Add(numbers, scores);
                }
                else
                {
                    rows.Add(numbers, shape.RowNumber[0].Stride, ((Int32Array)batch.Column(1)).Values, shape.RowNumber[1].Stride, scores);
                }
                watch.Reading += Stopwatch.GetElapsedTime(start);
            }
        }
    }

    /// <summary>Where a run's time goes.</summary>
    private sealed class Watch : IProgress<QueryProgress>
    {
        /// <summary>What the engine said last.</summary>
        public QueryProgress Last { get; private set; }

        /// <summary>Time spent on noting scores.</summary>
        public TimeSpan Reading { get; set; }

        /// <inheritdoc/>
        public void Report(QueryProgress value) => Last = value;
    }
}
