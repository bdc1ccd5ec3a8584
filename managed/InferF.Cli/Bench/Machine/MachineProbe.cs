using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench.Machine;

/// <summary>
/// Measures what the machine can do: multiply-adds, reads, gathers. In C#, whose vector types reach the processor's peak, so that the command needs no export of the native library for it;
/// the Google Benchmark suite has the same probes in C++ (<c>peak…</c> in <c>tests/bench/native/PeakProbe.cpp</c>) to compare with.
/// </summary>
internal static class MachineProbe
{
    /// <summary>Bytes per row of the table of gathers.</summary>
    public static readonly IReadOnlyList<int> GatherRowBytes = [256, 1024];

    /// <summary>Bytes of the tables of gathers.</summary>
    public static readonly IReadOnlyList<long> GatherTableBytes = [512L << 10, 8L << 20, 24L << 20, 128L << 20];

    private const long FlopSteps = 2_000_000;
    private const int GatheredBytes = 64 << 20;
    private const int Keys = 1 << 20;
    private const long DramBytes = 256L << 20;

    // What is read per round from a cache, however small it is.
    private const long ReadBytes = 128L << 20;

    /// <summary>Measures everything.</summary>
    /// <param name="threads">All threads; one thread is measured, too.</param>
    public static MachineReport Run(int threads)
    {
        int[] counts = threads == 1 ? [1] : [1, threads];
        return new MachineReport(
            ProcessorName(),
            Environment.ProcessorCount,
            ProbeLoops.Lanes * 32,
            [.. counts.Select(count => new MeasuredRate("fused multiply-add", count, FlopsPerSecond(count)))],
            [
                .. counts.Select(count => new MeasuredRate("L2, 256 KB per thread", count, ReadPerSecond(count, 256L << 10))),
                .. counts.Select(count => new MeasuredRate("L3, 4 MB per thread", count, ReadPerSecond(count, 4L << 20))),
                .. counts.Select(count => new MeasuredRate("DRAM, 256 MB per thread", count, ReadPerSecond(count, DramBytes))),
            ],
            [
                .. from rowBytes in GatherRowBytes
                   from tableBytes in GatherTableBytes
                   from count in counts
                   select new GatherRate(rowBytes, tableBytes, count, GatherPerSecond(count, tableBytes, rowBytes)),
            ]);
    }

    /// <summary>Measures what a star's roofline is made of: its own tables' sizes.</summary>
    public static RooflineRates ForRoofline(StarShape shape, int threads)
    {
        int rowBytes = shape.Layers[0] * sizeof(float);
        return new RooflineRates(
            FlopsPerSecond(threads),
            ReadPerSecond(threads, DramBytes),
            [.. shape.Dimensions.Select(dimension => GatherPerSecond(threads, (long)dimension.Rows * rowBytes, rowBytes))],
            [.. shape.Dimensions.Select(dimension => LookUpsPerSecond(threads, dimension.Rows))]);
    }

    /// <summary>Floating-point operations per second.</summary>
    public static double FlopsPerSecond(int threads) =>
        threads * FlopSteps * (double)ProbeLoops.FlopsPerStep / ParallelTimer.BestSeconds(threads, _ => Keep(ProbeLoops.MultiplyAdd(FlopSteps)));

    /// <summary>Bytes per second that are read from a piece of memory of each thread's own, over and over.</summary>
    public static double ReadPerSecond(int threads, long bytesPerThread)
    {
        float[][] memory = [.. Enumerable.Range(0, threads).Select(_ => Numbers(bytesPerThread / sizeof(float)))];
        long passes = Math.Max(1, ReadBytes / bytesPerThread);
        double seconds = ParallelTimer.BestSeconds(threads, thread =>
        {
            for (long pass = 0; pass < passes; pass++)
            {
                Keep(ProbeLoops.Read(memory[thread]));
            }
        });
        return threads * passes * (double)bytesPerThread / seconds;
    }

    /// <summary>Bytes of rows per second that are added by random id from one table that all threads share.</summary>
    public static double GatherPerSecond(int threads, long tableBytes, int rowBytes)
    {
        // Whole cache lines: what the engine stores, too.
        int width = Math.Max(16, (rowBytes / sizeof(float) + 15) / 16 * 16);
        int rows = (int)Math.Max(1, tableBytes / (width * sizeof(float)));
        float[] table = Numbers((long)rows * width);
        int count = Math.Max(4, GatheredBytes / (width * sizeof(float)) / 4 * 4);
        int[][] ids = [.. Enumerable.Range(0, threads).Select(thread => RandomIds(count, rows, thread))];
        double seconds = ParallelTimer.BestSeconds(threads, thread =>
        {
            float[] sum = new float[width];
            ProbeLoops.GatherAdd(table, width, ids[thread], sum);
            Keep(sum[0]);
        });
        return threads * (double)count * width * sizeof(float) / seconds;
    }

    private static double LookUpsPerSecond(int threads, int rows)
    {
        int[] table = RandomIds(rows, rows, 1);
        int[][] keys = [.. Enumerable.Range(0, threads).Select(thread => RandomIds(Keys, rows, thread))];
        return threads * (double)Keys / ParallelTimer.BestSeconds(threads, thread => Keep(ProbeLoops.LookUp(table, keys[thread])));
    }

    private static float[] Numbers(long count)
    {
        float[] numbers = GC.AllocateUninitializedArray<float>(checked((int)count), pinned: true);
        numbers.AsSpan().Fill(1e-3f);
        return numbers;
    }

    private static int[] RandomIds(int count, int limit, int seed)
    {
        Random random = new(seed);
        int[] ids = GC.AllocateUninitializedArray<int>(count, pinned: true);
        for (int i = 0; i < count; i++)
        {
            ids[i] = random.Next(limit);
        }
        return ids;
    }

    // Results that nobody reads would be optimized away together with what computes them.
    private static volatile float s_kept;

    private static void Keep(float value) => s_kept = value;

    private static string ProcessorName()
    {
        const string info = "/proc/cpuinfo";
        const string field = "model name";
        string? line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
