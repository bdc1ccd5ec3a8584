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
    public static double Seconds(HashJoinTree join, MachineConstants machine) =>
        Seconds(join.Probe.Rows, join.Build.Rows, join.Rows, join.Probe.Tables.Count, join.Keys.Length, machine);

    /// <summary>Seconds of a join that is described by numbers alone.</summary>
    /// <param name="probeRows">Rows looked up.</param>
    /// <param name="buildRows">Rows indexed.</param>
    /// <param name="rows">Rows that come out.</param>
    /// <param name="probeTables">Tables whose row ids the probe rows carry.</param>
    /// <param name="numKeys">Columns of the key: one is taken for an integer of a small range, which is an array look-up; several are hashed.</param>
    /// <param name="machine">What the machine can do.</param>
    public static double Seconds(double probeRows, double buildRows, double rows, int probeTables, int numKeys, MachineConstants machine)
    {
        (CostCurve build, CostCurve probe) = numKeys == 1 ? (machine.DenseBuild, machine.DenseProbe) : (machine.HashBuild, machine.HashProbe);
        double seconds = buildRows * build.At(buildRows) + probeRows * probe.At(buildRows);
        bool passesOn = Math.Abs(rows - probeRows) <= OneMatch * probeRows;
        return passesOn ? seconds : seconds + rows * (probeTables + 1) * machine.SecondsPerCarriedId;
    }
}
