using Apache.Arrow;
using InferF.Cli.Bench.Data;

namespace InferF.Cli.Bench.Planner;

/// <summary>Workloads over generated tables: record batches in memory, made from a seed.</summary>
internal static class GeneratedWorkload
{
    /// <summary>A workload over a join graph.</summary>
    /// <param name="shape">Its name, e.g. <c>star-4</c>.</param>
    /// <param name="tables">The join graph; the fact table comes first.</param>
    /// <param name="model">What scores the features. Two towers: one over the tables below the fact table's first child, the other over those below its second.</param>
    /// <param name="isQuick">Whether the workload is part of the short benchmark.</param>
    public static PlannerWorkload Create(string shape, IReadOnlyList<TableShape> tables, ModelShape model, bool isQuick = false) => new(
        $"{shape}-{model.Name}",
        tables.Count,
        async (context, cancellation) =>
        {
            IReadOnlyList<TableShape> scaled = [tables[0] with { Rows = Math.Max(1, (int)(tables[0].Rows * context.Scale)) }, .. tables.Skip(1)];
            foreach ((string name, IReadOnlyList<RecordBatch> batches) in MakeTables(scaled, context.Seed))
            {
                context.Session.Tables.Add(name, Source.Arrow(batches));
            }
            IReadOnlyList<IReadOnlyList<TableShape>> arguments = Arguments(tables, model);
            string path = Path.Combine(context.Directory, $"{shape}-{model.Name}.onnx");
            model.Write(path, [.. arguments.Select(argument => argument.Sum(table => table.Width))], new Random(context.Seed));
            await context.Session.Models.LoadAsync(ModelShape.NameInSql, path, cancellation);
            return Sql(tables, model, arguments);
        },
        IsQuick: isQuick,
        EnumeratesPlacements: tables.Count <= WorkloadCatalog.MostTablesWithAllPlacements);

    /// <summary>Makes the tables of a join graph.</summary>
    /// <param name="tables">Children after parents.</param>
    /// <param name="seed">Of keys and features.</param>
    /// <returns>By name: <c>id</c>, a key <c>NAME_id</c> of every table referred to, features <c>x</c> unless there are none.</returns>
    public static IReadOnlyList<(string Name, IReadOnlyList<RecordBatch> Batches)> MakeTables(IReadOnlyList<TableShape> tables, int seed) =>
        [.. tables.Select(table => (table.Name, MakeTable(table, [.. tables.Where(child => child.Parent == table.Name)], seed)))];

    private static IReadOnlyList<RecordBatch> MakeTable(TableShape table, IReadOnlyList<TableShape> children, int seed) =>
    [
        .. BenchTable.Generate(
            table.Name, table.Rows, seed,
            [
                table.Parent is null ? ComputedKey.RowNumber() : ComputedKey.Shuffled("id", table.Rows, seed),
                .. children.Select(child => new DrawnKey($"{child.Name}_id", Math.Max(1, (int)(child.Rows * child.Referenced)))),
                .. table.Width > 0 ? new[] { new FeatureColumn(table.Width) } : [],
            ]).Batches(),
    ];

    // Tables whose features each argument of the model gets.
    private static IReadOnlyList<IReadOnlyList<TableShape>> Arguments(IReadOnlyList<TableShape> tables, ModelShape model)
    {
        if (!model.IsTwoTowers)
        {
            return [[.. tables.Where(table => table.Width > 0)]];
        }
        TableShape[] sides = [.. tables.Where(table => table.Parent == tables[0].Name).Take(2)];
        return [.. sides.Select(side => Below(tables, side))];
    }

    private static IReadOnlyList<TableShape> Below(IReadOnlyList<TableShape> tables, TableShape top) =>
        [top, .. tables.Where(table => table.Parent == top.Name).SelectMany(child => Below(tables, child))];

    private static string Sql(IReadOnlyList<TableShape> tables, ModelShape model, IReadOnlyList<IReadOnlyList<TableShape>> arguments)
    {
        string call = model.Call([.. arguments.Select(argument => (IReadOnlyList<string>)[.. argument.Select(table => $"{table.Name}.x")])]);
        string joins = string.Concat(tables.Skip(1).Select(table => $" JOIN {table.Name} ON {table.Parent}.{table.Name}_id = {table.Name}.id"));
        return $"SELECT {tables[0].Name}.id, {call} AS y FROM {tables[0].Name}{joins}";
    }
}
