using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Workloads;

namespace InferF.Cli.Bench.Planner;

/// <summary>Workloads over real data sets, loaded into memory first so that runs do not measure the reading of files.</summary>
internal static class SharedWorkload
{
    /// <summary>A workload over tables of one data set.</summary>
    /// <param name="shape">Its name, e.g. <c>tpch-4</c>.</param>
    /// <param name="folder">The data set.</param>
    /// <param name="tables">The tables, in any order.</param>
    /// <param name="aliases">Whose features the model gets: alias and table.</param>
    /// <param name="select">SQL of the first column, an integer.</param>
    /// <param name="from">The FROM clause.</param>
    /// <param name="model">What scores the features.</param>
    /// <param name="isQuick">Whether the workload is part of the short benchmark.</param>
    public static PlannerWorkload Create(
        string shape,
        string folder,
        IReadOnlyList<SharedTable> tables,
        IReadOnlyList<(string Alias, string Table)> aliases,
        string select,
        string from,
        ModelShape model,
        bool isQuick = false) => new(
        $"{shape}-{model.Name}",
        aliases.Count,
        async (context, cancellation) =>
        {
            string path = SharedFolder.Find(folder) ?? throw new InferFException(InferFErrorCode.Source, $"Cannot run '{shape}': {SharedFolder.WhyMissing(folder)}.");
            foreach (SharedTable table in tables)
            {
                context.Session.Tables.Add(table.Name, Source.Arrow(await SharedTables.ReadAsync(path, table, cancellation)));
            }
            int width = aliases.Sum(alias => tables.First(table => table.Name == alias.Table).Features.Count);
            string file = Path.Combine(context.Directory, $"{shape}-{model.Name}.onnx");
            model.Write(file, [width], new Random(context.Seed));
            await context.Session.Models.LoadAsync(ModelShape.NameInSql, file, cancellation);
            return $"SELECT {select} AS id, {model.Call([[.. aliases.Select(alias => $"{alias.Alias}.x")]])} AS y FROM {from}";
        },
        SharedFolder.Find(folder) is null ? SharedFolder.WhyMissing(folder) : null,
        isQuick,
        EnumeratesPlacements: aliases.Count <= WorkloadCatalog.MostTablesWithAllPlacements);
}
