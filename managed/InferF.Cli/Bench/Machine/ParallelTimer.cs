using System.Diagnostics;

namespace InferF.Cli.Bench.Machine;

/// <summary>Times the same work on several threads at once.</summary>
internal static class ParallelTimer
{
    // The fastest of some rounds: what the machine can do, not what it does while others use it.
    private const int Rounds = 7;

    /// <summary>Seconds from when the first thread starts until the last one is done, in the fastest of several rounds.</summary>
    /// <param name="threads">Number of threads.</param>
    /// <param name="body">The work; gets the number of the thread.</param>
    public static double BestSeconds(int threads, Action<int> body)
    {
        double best = double.MaxValue;
        // Threads note times themselves: one that only watches may be woken when the work is over.
        long[] starts = new long[threads];
        long[] ends = new long[threads];
        int round = 0;
        using Barrier barrier = new(threads, _ =>
        {
            // Every phase but the first ends a round; the first round warms up.
            if (round++ > 1)
            {
                best = Math.Min(best, Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds);
            }
        });
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            barrier.SignalAndWait();
            for (int i = 0; i <= Rounds; i++)
            {
                starts[number] = Stopwatch.GetTimestamp();
                body(number);
                ends[number] = Stopwatch.GetTimestamp();
                barrier.SignalAndWait();
            }
        }) { IsBackground = true })];
        foreach (Thread worker in workers)
        {
            worker.Start();
        }
        foreach (Thread worker in workers)
        {
            worker.Join();
        }
        return best;
    }
}
