using System.Diagnostics;
using Apache.Arrow;

namespace InferF.Cli.Bench.Planner;

/// <summary>Something that is run again and again: a plan, or a query as users run it.</summary>
/// <param name="name">For messages.</param>
/// <param name="execute">Runs it.</param>
internal sealed class TimedRun(string name, Func<CancellationToken, IAsyncEnumerable<RecordBatch>> execute)
{
    private readonly List<(double Wall, double Processor)> _runs = [];

    /// <summary>For messages.</summary>
    public string Name => name;

    /// <summary>Runs it.</summary>
    public Func<CancellationToken, IAsyncEnumerable<RecordBatch>> Execute => execute;

    /// <summary>Timed runs so far.</summary>
    public int Count => _runs.Count;

    /// <summary>Median time.</summary>
    public double MedianSeconds => Median.Of(_runs.Select(run => run.Wall));

    /// <summary>Fastest run.</summary>
    public double MinSeconds => _runs.Min(run => run.Wall);

    /// <summary>Median processor time.</summary>
    public double ProcessorSeconds => Median.Of(_runs.Select(run => run.Processor));

    /// <summary>Notes a run.</summary>
    public void Add(double wall, double processor) => _runs.Add((wall, processor));
}

/// <summary>Runs plans in turns, so that a slow minute of the machine hits all of them, in another order every time, so that none always follows the same other one.</summary>
/// <param name="seed">Of the orders.</param>
internal sealed class InterleavedRuns(int seed)
{
    private readonly Random _order = new(seed);

    /// <summary>Runs each once to warm up, and compares their results.</summary>
    /// <returns>Rows of the result.</returns>
    /// <exception cref="InferFException">Results differ.</exception>
    public static async Task<long> WarmUpAsync(IReadOnlyList<TimedRun> runs, CancellationToken cancellation)
    {
        ScoreFingerprint? expected = null;
        foreach (TimedRun run in runs)
        {
            ScoreFingerprint actual = new();
            await foreach (RecordBatch batch in run.Execute(cancellation))
            {
                using (batch)
                {
                    actual.Add(batch);
                }
            }
            expected ??= actual;
            if (expected.DifferenceOverTolerance(actual) is > 1 and double difference)
            {
                throw new InferFException(
                    InferFErrorCode.Internal,
                    $"Two plans of one query give different results. '{runs[0].Name}' gives {expected.Rows} rows, '{run.Name}' {actual.Rows}; difference over tolerance {difference:G3}.");
            }
        }
        return expected?.Rows ?? 0;
    }

    /// <summary>Runs each so many times in turns; results are dropped batch by batch.</summary>
    public async Task MeasureAsync(IReadOnlyList<TimedRun> runs, int rounds, CancellationToken cancellation)
    {
        TimedRun[] order = [.. runs];
        for (int round = 0; round < rounds; round++)
        {
            _order.Shuffle(order);
            GC.Collect();
            foreach (TimedRun run in order)
            {
                TimeSpan processorStart = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                await foreach (RecordBatch batch in run.Execute(cancellation))
                {
                    batch.Dispose();
                }
                double wall = Stopwatch.GetElapsedTime(start).TotalSeconds;
                run.Add(wall, (Environment.CpuUsage.TotalTime - processorStart).TotalSeconds);
            }
        }
    }
}
