using InferF.Cli.Bench.Machine;

namespace InferF.Cli.Tests.Bench.Machine;

/// <summary>The probe's loops do the work they are timed for.</summary>
public sealed class ProbeLoopsTests
{
    private static readonly float[] s_numbers = [.. Enumerable.Range(0, 1024).Select(i => (float)(i % 7))];

    [Fact]
    public void ReadsEverything() => Assert.Equal(s_numbers.Sum(), ProbeLoops.Read(s_numbers));

    [Fact]
    public void AddsTheRowsOfTheTable()
    {
        int[] ids = [3, 0, 3, 31, 7, 30, 1, 2];
        float[] sum = new float[32];
        ProbeLoops.GatherAdd(s_numbers, 32, ids, sum);
        Assert.Equal(Enumerable.Range(0, 32).Select(column => ids.Sum(id => s_numbers[id * 32 + column])), sum);
    }

    [Fact]
    public void LooksUpEveryKey()
    {
        int[] table = [5, 9, 12, 400];
        int[] keys = [3, 3, 1, 2];
        Assert.Equal(keys.Aggregate(0, (sum, key) => sum ^ table[key]), ProbeLoops.LookUp(table, keys));
    }

    // x = 0.999·x + 0.001 tends to 1 in every lane of every accumulator.
    [Fact]
    public void MultipliesAndAdds() => Assert.Equal(ProbeLoops.FlopsPerStep / 2, ProbeLoops.MultiplyAdd(100_000), ProbeLoops.FlopsPerStep * 0.001f);

    [Fact]
    public void RatesArePositive()
    {
        Assert.True(MachineProbe.FlopsPerSecond(1) > 0);
        Assert.True(MachineProbe.GatherPerSecond(2, 1 << 16, 256) > 0);
        Assert.True(MachineProbe.ReadPerSecond(1, 1 << 16) > 0);
    }
}
