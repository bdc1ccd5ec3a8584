using InferF.Cli.Bench.Machine;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Tests.Bench.Machine;

/// <summary>The roofline against figures computed by hand.</summary>
public sealed class StarRooflineTests
{
    // 1000 fact rows × 2 features, a dimension of 10 × 3, layers 5-8-4-1 (its first has 8 outputs).
    private static readonly StarShape s_shape = new(1000, 2, [("a", 10, 3)], [8, 4, 1]);

    private static readonly RooflineRates s_rates = new(FlopsPerSecond: 1000, ReadPerSecond: 100, GatherPerSecond: [3200], LookUpsPerSecond: [500]);

    [Fact]
    public void PartsAreWorkOverRate()
    {
        Dictionary<string, double> parts = StarRoofline.Compute(s_shape, s_rates).Parts.ToDictionary(part => part.Name, part => part.Seconds);
        Assert.Equal(1000 * 2 * 8 * 4 / 1000.0, parts["layer 2"], 9);
        Assert.Equal(1000 * 2 * 4 * 1 / 1000.0, parts["layer 3"], 9);
        Assert.Equal(1000 * 2 * 2 * 8 / 1000.0, parts["own features"], 9);
        Assert.Equal(1000 * 8 * 4 / 3200.0, parts["gather of a"], 9);
        Assert.Equal(1000 / 500.0, parts["probe of a"], 9);
        // Row number, one key, two features, the score.
        Assert.Equal(1000 * 5 * 4 / 100.0, parts["fact table and scores"], 9);
        Assert.Equal(10 * (2 * 3 * 8 / 1000.0 + 11 * 4 / 100.0), parts["partial results of dimensions"], 9);
        Assert.Equal(7, parts.Count);
    }

    [Fact]
    public void SerialIsTheSumOverlappedTheLargerOfArithmeticAndMemory()
    {
        RooflineReport roofline = StarRoofline.Compute(s_shape, s_rates);
        double compute = 64 + 8 + 32;
        double memory = 10 + 2 + 200;
        double preparation = 10 * (0.048 + 0.44);
        Assert.Equal(compute + memory + preparation, roofline.SerialSeconds, 6);
        Assert.Equal(memory + preparation, roofline.OverlappedSeconds, 6);
        RooflineReport reached = roofline.Reached(2 * roofline.SerialSeconds);
        Assert.Equal(0.5, reached.SerialShare!.Value, 9);
        Assert.Equal(roofline.OverlappedSeconds / roofline.SerialSeconds / 2, reached.OverlappedShare!.Value, 9);
    }
}
