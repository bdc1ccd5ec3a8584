using System.Diagnostics;

namespace InferF.Cli.Bench.Machine;

/// <summary>Times the same work on several threads at once.</summary>
internal static class ParallelTimer
{
    // The fastest of some rounds: what the machine can do, not what it does while others use it.
    private const int Rounds = 7;

    /// <summary>Seconds from when all threads start until the last one is done, in the fastest of several rounds.</summary>
    /// <param name="threads">Number of threads.</param>
    /// <param name="body">The work; gets the number of the thread.</param>
    public static double BestSeconds(int threads, Action<int> body)
    {
        double best = double.MaxValue;
        using Barrier barrier = new(threads + 1);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            for (int round = 0; round <= Rounds; round++)
            {
                barrier.SignalAndWait();
                body(number);
                barrier.SignalAndWait();
            }
        }) { IsBackground = true })];
        foreach (Thread worker in workers)
        {
            worker.Start();
        }
        for (int round = 0; round <= Rounds; round++)
        {
            barrier.SignalAndWait();
            long start = Stopwatch.GetTimestamp();
            barrier.SignalAndWait();
            // The first round warms up.
            best = round == 0 ? best : Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        foreach (Thread worker in workers)
        {
            worker.Join();
        }
        return best;
    }
}
