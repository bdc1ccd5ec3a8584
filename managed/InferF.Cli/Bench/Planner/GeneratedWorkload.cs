using Apache.Arrow;
using Apache.Arrow.Types;

namespace InferF.Cli.Bench.Planner;

/// <summary>Workloads over generated tables: record batches in memory, made from a seed.</summary>
internal static class GeneratedWorkload
{
    private const int BatchRows = 1 << 17;

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
            Random random = new(context.Seed);
            foreach ((string name, IReadOnlyList<RecordBatch> batches) in MakeTables(scaled, random))
            {
                context.Session.Tables.Add(name, Source.Arrow(batches));
            }
            IReadOnlyList<IReadOnlyList<TableShape>> arguments = Arguments(tables, model);
            string path = Path.Combine(context.Directory, $"{shape}-{model.Name}.onnx");
            model.Write(path, [.. arguments.Select(argument => argument.Sum(table => table.Width))], random);
            await context.Session.Models.LoadAsync(ModelShape.NameInSql, path, cancellation);
            return Sql(tables, model, arguments);
        },
        IsQuick: isQuick,
        EnumeratesPlacements: tables.Count <= WorkloadCatalog.MostTablesWithAllPlacements);

    /// <summary>Makes the tables of a join graph.</summary>
    /// <param name="tables">Children after parents.</param>
    /// <param name="random">Source of keys and features.</param>
    /// <returns>By name: <c>id</c>, a key <c>NAME_id</c> of every table referred to, features <c>x</c> unless there are none.</returns>
    public static IReadOnlyList<(string Name, IReadOnlyList<RecordBatch> Batches)> MakeTables(IReadOnlyList<TableShape> tables, Random random) =>
        [.. tables.Select(table => (table.Name, MakeTable(table, [.. tables.Where(child => child.Parent == table.Name)], random)))];

    private static IReadOnlyList<RecordBatch> MakeTable(TableShape table, IReadOnlyList<TableShape> children, Random random)
    {
        int[] keys = [.. Enumerable.Range(0, table.Rows)];
        if (table.Parent is not null)
        {
            random.Shuffle(keys);
        }
        List<RecordBatch> batches = [];
        for (int from = 0; from < table.Rows; from += BatchRows)
        {
            int count = Math.Min(BatchRows, table.Rows - from);
            List<(string Name, IArrowArray Array)> columns = [("id", Int32(keys.AsSpan(from, count)))];
            foreach (TableShape child in children)
            {
                int referenced = Math.Max(1, (int)(child.Rows * child.Referenced));
                int[] references = new int[count];
                for (int i = 0; i < count; i++)
                {
                    references[i] = random.Next(referenced);
                }
                columns.Add(($"{child.Name}_id", Int32(references)));
            }
            if (table.Width > 0)
            {
                columns.Add(("x", FloatLists(random, count, table.Width)));
            }
            Schema.Builder schema = new();
            foreach ((string name, IArrowArray array) in columns)
            {
                schema.Field(new Field(name, array.Data.DataType, false));
            }
            batches.Add(new RecordBatch(schema.Build(), columns.Select(column => column.Array), count));
        }
        return batches;
    }

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

    private static Int32Array Int32(ReadOnlySpan<int> values) => new Int32Array.Builder().Append(values).Build();

    private static FixedSizeListArray FloatLists(Random random, int rows, int width)
    {
        float[] values = new float[rows * width];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() * 2 - 1;
        }
        FixedSizeListType type = new(new Field("item", FloatType.Default, false), width);
        return new FixedSizeListArray(type, rows, new FloatArray.Builder().Append(values.AsSpan()).Build(), ArrowBuffer.Empty, 0);
    }
}
