using Apache.Arrow;

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
            await ScoreAsync(session.Sql(environment.Data.Query.InferF, new QueryOptions { Planner = planner }), environment.Data.Query, rows, cancellation);
        },
        _ => true);

    private static async Task ScoreAsync(InferQuery query, WorkloadQuery shape, ScoredRows rows, CancellationToken cancellation)
    {
        await foreach (RecordBatch batch in query.ExecuteArrowBatchesAsync(cancellation: cancellation))
        {
            using (batch)
            {
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
            }
        }
    }
}
