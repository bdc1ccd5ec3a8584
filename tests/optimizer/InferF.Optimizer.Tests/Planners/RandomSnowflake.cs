using InferF.Optimizer.Tests.Support;
using InferF.Plan.Model;

namespace InferF.Optimizer.Tests.Planners;

/// <summary>Random snowflakes, with joins that reduce and multiply rows, under models with one first layer, towers, or several first layers.</summary>
internal static class RandomSnowflake
{
    /// <summary>Tables with their joins; every table but the first hangs on an earlier one.</summary>
    public static QueryBuilder Tables(Random random, int tables)
    {
        QueryBuilder query = new();
        for (int t = 0; t < tables; t++)
        {
            double rows = Math.Round(Math.Pow(10, (t == 0 ? 4 : 1) + 3.5 * random.NextDouble()));
            double distinct = Math.Max(1, Math.Round(rows / (random.Next(3) == 0 ? random.Next(1, 9) : 1)));
            query.Table($"t{t}", rows, 1 + random.Next(64), (0, distinct));
            if (t > 0)
            {
                string[] keys = [$"t{random.Next(t)}.k{t % 9 + 1}=t{t}.k0"];
                _ = random.Next(4) == 0 ? query.Left($"t{t}", keys) : query.Inner($"t{t}", keys);
            }
        }
        return query;
    }

    /// <summary>All tables' features into one hidden layer.</summary>
    public static QueryBuilder OneLayer(Random random, int tables) =>
        Tables(random, tables).Predict(x => QueryBuilder.Mlp(x, 4 << random.Next(8)), [.. Enumerable.Range(0, tables).Select(t => $"t{t}")]);

    /// <summary>Several models over the same columns, in the same or other orders.</summary>
    public static QueryBuilder SeveralModels(Random random, int tables)
    {
        QueryBuilder query = Tables(random, tables);
        for (int models = random.Next(2, 4); models > 0; models--)
        {
            string[] aliases = [.. Enumerable.Range(0, tables).Select(t => $"t{t}")];
            random.Shuffle(aliases);
            query.Predict(x => QueryBuilder.Mlp(x, 4 << random.Next(8)), aliases);
        }
        return query;
    }

    /// <summary>The features of some tables pass layers of their own before they meet the others.</summary>
    public static QueryBuilder Tower(Random random, int tables)
    {
        int inside = random.Next(1, tables);
        int[] order = [.. Enumerable.Range(0, tables)];
        random.Shuffle(order);
        QueryBuilder query = Tables(random, tables);
        int width = order[..inside].Sum(t => query.WidthOf($"t{t}"));
        int hidden = 4 << random.Next(7);
        int result = 2 << random.Next(6);
        return query.Predict(
            x =>
            {
                TensorExpr tower = QueryBuilder.Linear(Relu(QueryBuilder.Linear(new SliceExpr(x, 0, width) { Origin = "Slice" }, hidden, "Gemm 't1'")), result, "Gemm 't2'");
                TensorExpr rest = new SliceExpr(x, width, x.Width - width) { Origin = "Slice" };
                return QueryBuilder.Linear(Relu(QueryBuilder.Linear(new ConcatExpr([Relu(tower), rest]), 4 << random.Next(6), "Gemm 'h1'")), 1, "Gemm 'h2'");
            },
            [.. order.Select(t => $"t{t}")]);
    }

    private static UnaryExpr Relu(TensorExpr x) => new(UnaryFunction.Relu, x) { Origin = "Relu" };
}
