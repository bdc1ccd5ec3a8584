namespace InferF.Cli.Bench.Planner;

/// <summary>A generated table: rows with a dense key in random order, an array of features, and a key of every table it refers to.</summary>
/// <param name="Name">Name in SQL.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Width">Features; 0 for a table that only connects others.</param>
/// <param name="Parent">Table whose rows refer to this one; null for the fact table, which comes first.</param>
/// <param name="Referenced">Fraction of the rows that the parent's rows refer to.</param>
internal sealed record TableShape(string Name, int Rows, int Width, string? Parent = null, double Referenced = 1);

/// <summary>Join graphs of any number of tables, children after parents.</summary>
internal static class JoinShapes
{
    private const int FactRows = 200_000;

    // Rows and features of a star's dimensions: small and large, narrow and wide in turns.
    private static readonly (int Rows, int Width)[] s_dimensions =
    [
        (20_000, 60), (2_000, 100), (50_000, 30), (500, 80), (10_000, 40), (100, 120), (5_000, 50), (1_000, 20), (30_000, 16),
    ];

    // Rows of a table over rows of the next one down the chain: the ratios of arXiv 2511.20489's synthetic chains, from their end.
    private static readonly double[] s_chainRatios = [10, 3, 0.8, 4, 2, 25, 15, 0.6, 0.6];
    private static readonly int[] s_chainWidths = [19, 31, 39, 20, 25, 34, 10, 28, 16, 22];

    // The four tables that are named with rows and columns in the same place.
    private static readonly (int Rows, int Width)[] s_namedChain = [(120_000, 19), (12_000, 31), (300, 39), (1_000, 20)];

    /// <summary>A fact table and tables it refers to.</summary>
    /// <param name="tables">Number of tables.</param>
    /// <param name="factRows">Rows of the fact table.</param>
    public static IReadOnlyList<TableShape> Star(int tables, int factRows = FactRows) =>
    [
        new TableShape("f", factRows, 8),
        .. Enumerable.Range(1, tables - 1).Select(i => new TableShape($"t{i}", s_dimensions[(i - 1) % s_dimensions.Length].Rows, s_dimensions[(i - 1) % s_dimensions.Length].Width, "f")),
    ];

    /// <summary>A chain: every table refers to the next one. Up to four tables have the rows and columns of the paper, longer ones its ratios of rows.</summary>
    /// <param name="tables">Number of tables.</param>
    public static IReadOnlyList<TableShape> Chain(int tables)
    {
        List<TableShape> shapes = [];
        double rows = FactRows;
        for (int i = 0; i < tables; i++)
        {
            (int tableRows, int width) = tables <= s_namedChain.Length ? s_namedChain[i] : ((int)Math.Max(4, rows), s_chainWidths[i % s_chainWidths.Length]);
            shapes.Add(i == 0 ? new TableShape("f", tableRows, width) : new TableShape($"t{i}", tableRows, width, i == 1 ? "f" : $"t{i - 1}"));
            rows /= s_chainRatios[i % s_chainRatios.Length];
        }
        return shapes;
    }

    /// <summary>A bushy snowflake: every table refers to two others, level by level.</summary>
    /// <param name="tables">Number of tables.</param>
    public static IReadOnlyList<TableShape> Bushy(int tables)
    {
        List<TableShape> shapes = [new TableShape("f", FactRows, 8)];
        for (int i = 1; i < tables; i++)
        {
            TableShape parent = shapes[(i - 1) / 2];
            // Both children of a table differ in rows and width, so that their placements do, too.
            int rows = Math.Max(5, parent.Rows / (i % 2 == 1 ? 8 : 20));
            shapes.Add(new TableShape($"t{i}", rows, 24 + i * 13 % 60, parent.Name));
        }
        return shapes;
    }
}
