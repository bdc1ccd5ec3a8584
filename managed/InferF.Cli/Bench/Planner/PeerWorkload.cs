using InferF.Cli.Bench.Data;

namespace InferF.Cli.Bench.Planner;

/// <summary>The workloads that <c>inferf bench</c> measures against other tools, at fewer rows: the guard of <c>auto</c> covers them, too.</summary>
internal static class PeerWorkload
{
    /// <summary>A workload of the planner's benchmark.</summary>
    /// <param name="workload">What is measured.</param>
    /// <param name="tables">Tables it joins.</param>
    /// <param name="rows">Rows of its fact table.</param>
    public static PlannerWorkload Of(Workload workload, int tables, int rows) => new(
        workload.Name,
        tables,
        async (context, cancellation) =>
        {
            WorkloadData data = await workload.MakeAsync(new WorkloadRequest((int)(rows * context.Scale), context.Seed, context.Directory), cancellation);
            foreach (BenchTable table in data.Tables)
            {
                context.Session.Tables.Add(table.Name, Source.Arrow([.. table.Batches()]));
            }
            await context.Session.Models.LoadAsync(WorkloadQuery.Model, data.ModelPath, cancellation);
            return data.Query.InferF;
        });
}
