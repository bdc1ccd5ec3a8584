using InferF.Optimizer.Cost;

namespace InferF.Optimizer.Joins;

/// <summary>What a hash join costs, for choosing the order of joins.</summary>
internal interface IJoinCost
{
    /// <summary>Modelled seconds of one join with one thread, its inputs not included.</summary>
    /// <param name="probeRows">Rows that are looked up.</param>
    /// <param name="buildRows">Rows that are hashed.</param>
    /// <param name="joinedRows">Rows it yields.</param>
    /// <param name="buildTables">Base tables of the build side: row ids that every joined row keeps besides those of the probe side.</param>
    double Seconds(double probeRows, double buildRows, double joinedRows, int buildTables);
}

/// <summary>The cost of joins by the machine's constants (<c>optimizer/docs/JoinTree.md</c>).</summary>
internal sealed class MachineJoinCost(MachineConstants machine) : IJoinCost
{
    /// <inheritdoc/>
    public double Seconds(double probeRows, double buildRows, double joinedRows, int buildTables) =>
        JoinCost.IndexSeconds(probeRows, buildRows, numKeys: 1, machine) + joinedRows * buildTables * machine.SecondsPerCarriedId;
}
