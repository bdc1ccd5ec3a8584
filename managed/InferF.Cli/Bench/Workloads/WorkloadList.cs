using InferF.Plan;

namespace InferF.Cli.Bench.Workloads;

/// <summary>All workloads.</summary>
internal static class WorkloadList
{
    /// <summary>The workloads in the order of reports.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        Star.Mlp, Star.Forest, TwoTower.Workload, Wide.Workload, Narrow.Workload, Snowflake.Workload, ManyToMany.Workload, Selective.Workload, StringKeys.Workload,
        RealFlights.UnitedStates, RealFlights.NewYork, Joins.Wide, Joins.Large, Joins.Narrow, SpillingJoin.Workload, SmallQuery.Workload,
    ];

    /// <summary>Finds a workload, or null.</summary>
    public static Workload? Find(string name) => All.FirstOrDefault(workload => workload.Name == name);
}
