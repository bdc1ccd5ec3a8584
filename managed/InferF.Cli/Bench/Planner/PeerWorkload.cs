using Apache.Arrow;

namespace InferF.Cli.Bench.Planner;

/// <summary>The workloads that <c>inferf bench</c> measures against other tools, at fewer rows: the guard of <c>auto</c> covers them, too.</summary>
internal static class PeerWorkload
{
    /// <summary>A star workload.</summary>
    /// <param name="name">One of <see cref="StarSchema.Workloads"/>.</param>
    /// <param name="rows">Fact rows.</param>
    public static PlannerWorkload Star(string name, int rows) => Create(name, StarSchema.Dimensions.Length + 1, StarSchema.Sql, "star", rows, (scaled, context) =>
    {
        StarSchema schema = new(name, scaled, context.Seed, context.Directory);
        return (schema.Tables, schema.ModelPath);
    });

    /// <summary>The two-tower workload.</summary>
    /// <param name="rows">Interactions.</param>
    public static PlannerWorkload TwoTowers(int rows) => Create(TwoTower.Name, TwoTower.Sides.Length + 1, TwoTower.Sql, TwoTower.Name, rows, (scaled, context) =>
    {
        TwoTower towers = new(scaled, context.Seed, context.Directory);
        return (towers.Tables, towers.ModelPath);
    });

    private static PlannerWorkload Create(
        string name, int tables, string sql, string model, int rows, Func<int, PreparationContext, (IReadOnlyDictionary<string, IReadOnlyList<RecordBatch>> Tables, string ModelPath)> make) => new(
        name,
        tables,
        async (context, cancellation) =>
        {
            (IReadOnlyDictionary<string, IReadOnlyList<RecordBatch>> made, string path) = make((int)(rows * context.Scale), context);
            foreach ((string table, IReadOnlyList<RecordBatch> batches) in made)
            {
                context.Session.Tables.Add(table, Source.Arrow(batches));
            }
            await context.Session.Models.LoadAsync(model, path, cancellation);
            return sql;
        });
}
