using System.Collections.Immutable;

namespace InferF.Optimizer.Cost;

/// <summary>One step of the gather cost: reading rows at random from a table of at most this size.</summary>
/// <param name="TableBytes">Largest table, in bytes, for which the step holds.</param>
/// <param name="SecondsPerByte">γ: seconds per byte of gathered rows, one thread.</param>
public readonly record struct GatherStep(double TableBytes, double SecondsPerByte);

/// <summary>
/// What one thread of the machine can do; the only numbers the cost model knows. All of them are seconds per unit of work of one
/// thread: placements are compared with each other, and threads speed all of them up alike.
/// </summary>
/// <param name="SecondsPerFlop">One floating-point operation (half a multiply-add) inside a matrix product.</param>
/// <param name="SecondsPerElement">One element of an element-wise operation whose data lie in the cache.</param>
/// <param name="SecondsPerStoredByte">One byte of a result written to memory for a later node.</param>
/// <param name="SecondsPerColumnElement">Reading one element of a column in order, converting it and writing it into a matrix.</param>
/// <param name="SecondsPerBuildRow">Inserting one row into a join's hash table.</param>
/// <param name="SecondsPerProbeRow">Looking one row up in a join's hash table.</param>
/// <param name="GatherSteps">γ by table size, ascending; the last step holds for everything larger, too.</param>
public sealed record MachineConstants(
    double SecondsPerFlop,
    double SecondsPerElement,
    double SecondsPerStoredByte,
    double SecondsPerColumnElement,
    double SecondsPerBuildRow,
    double SecondsPerProbeRow,
    ImmutableArray<GatherStep> GatherSteps)
{
    /// <summary>Bytes moved at least when anything is read at a random place: a cache line.</summary>
    public const double CacheLineBytes = 64;

    /// <summary>
    /// Built-in figures of a current server core with AVX2 or better: 80 GFlop/s in narrow products; gathers at 136, 106, 34 and 19 GB/s from
    /// the L2 cache, the L3 cache, its edge, and DRAM; 20 and 40 million rows per second hashed and probed.
    /// </summary>
    public static MachineConstants Default { get; } = new(
        SecondsPerFlop: 1 / 80e9,
        SecondsPerElement: 1 / 4e9,
        SecondsPerStoredByte: 1 / 20e9,
        SecondsPerColumnElement: 1 / 2e9,
        SecondsPerBuildRow: 1 / 20e6,
        SecondsPerProbeRow: 1 / 40e6,
        GatherSteps:
        [
            new GatherStep(1 << 20, 1 / 136e9),
            new GatherStep(16 << 20, 1 / 106e9),
            new GatherStep(64 << 20, 1 / 34e9),
            new GatherStep(double.PositiveInfinity, 1 / 19e9),
        ]);

    /// <summary>One test of a tree on one row, applied to a leaf mask.</summary>
    public double SecondsPerMaskTest { get; init; } = 1 / 6e9;

    /// <summary>Intersecting one 64-bit word of one leaf mask whose bytes are in the cache, or writing it.</summary>
    public double SecondsPerMaskWord { get; init; } = 1 / 5e9;

    /// <summary>Finding the exit leaf of one tree in a mask, and adding its weight.</summary>
    public double SecondsPerExitLeaf { get; init; } = 1 / 2e9;

    /// <summary>One step of a walk down a tree.</summary>
    public double SecondsPerTreeStep { get; init; } = 1 / 0.6e9;

    /// <summary>γ(table): seconds per byte of rows gathered at random.</summary>
    /// <param name="tableBytes">Size of what is read from, in bytes.</param>
    public double Gather(double tableBytes)
    {
        foreach (GatherStep step in GatherSteps)
        {
            if (tableBytes <= step.TableBytes)
            {
                return step.SecondsPerByte;
            }
        }
        return GatherSteps.IsEmpty ? 0 : GatherSteps[^1].SecondsPerByte;
    }
}
