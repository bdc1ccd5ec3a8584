using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Cost;

/// <summary>
/// Work of one hash join: keys of the build side are indexed, each probe row is looked up, and where rows are dropped or repeated the row ids of
/// the tables joined so far are copied. Features never move.
/// </summary>
internal static class JoinCost
{
    // Output within this share of the probe rows counts as one match for each: ids are passed on where they are.
    private const double OneMatch = 1e-3;

    /// <summary>Seconds of a join.</summary>
    public static double Seconds(HashJoinTree join, MachineConstants machine)
    {
        double seconds = IndexSeconds(join.Probe.Rows, join.Build.Rows, join.Keys.Length, machine);
        bool passesOn = Math.Abs(join.Rows - join.Probe.Rows) <= OneMatch * join.Probe.Rows;
        return passesOn ? seconds : seconds + join.Rows * (join.Probe.Tables.Count + 1) * machine.SecondsPerCarriedId;
    }

    /// <summary>Seconds of building an index and looking rows up in it.</summary>
    /// <param name="probeRows">Rows looked up.</param>
    /// <param name="buildRows">Rows indexed.</param>
    /// <param name="numKeys">Columns of the key: one is taken for an integer of a small range, which is an array look-up; several are hashed.</param>
    /// <param name="machine">What the machine can do.</param>
    public static double IndexSeconds(double probeRows, double buildRows, int numKeys, MachineConstants machine)
    {
        (CostCurve build, CostCurve probe) = numKeys == 1 ? (machine.DenseBuild, machine.DenseProbe) : (machine.HashBuild, machine.HashProbe);
        return buildRows * build.At(buildRows) + probeRows * probe.At(buildRows);
    }
}
