using System.Collections.Immutable;
using InferF.Plan.Physical;
using InferF.Plan.Query;

namespace InferF.Optimizer.Tests.Support;

/// <summary>A few rows per table. Columns of every table: k0, k1, k2 (nullable integer keys), f0, f1 (nullable floats), v (list of 3 floats), s (text).</summary>
public sealed class TinyDatabase
{
    public const int ListWidth = 3;
    public const int FirstFloat = 3;
    public const int ListColumn = 5;
    public const int TextColumn = 6;

    private static readonly ImmutableArray<ScanColumn> s_columns =
    [
        Column("k0", ColumnKind.Integer), Column("k1", ColumnKind.Integer), Column("k2", ColumnKind.Integer),
        Column("f0", ColumnKind.Float64), Column("f1", ColumnKind.Float32), Column("v", ColumnKind.NumericList), Column("s", ColumnKind.String),
    ];

    private readonly object?[][][] _tables;

    private TinyDatabase(object?[][][] tables) => _tables = tables;

    public int TableCount => _tables.Length;

    public ImmutableArray<TableScan> Scans { get; private init; } = [];

    public static TinyDatabase Random(Random random, int tables)
    {
        object?[][][] data = new object?[tables][][];
        for (int t = 0; t < tables; t++)
        {
            data[t] = new object?[random.Next(10) == 0 ? 0 : random.Next(1, 6)][];
            for (int r = 0; r < data[t].Length; r++)
            {
                data[t][r] = [Key(random), Key(random), Key(random), Float(random), Float(random), List(random), "abc"[random.Next(3)].ToString()];
            }
        }
        // Two roles of one source table have their own alias and their own rows here: the planner sees only roles.
        return new TinyDatabase(data) { Scans = [.. Enumerable.Range(0, tables).Select(t => new TableScan($"t{t}", $"source{t / 2}", s_columns, null))] };
    }

    public int RowCount(int table) => _tables[table].Length;

    public object? Cell(int table, int row, int column) => row < 0 ? null : _tables[table][row][column];

    public ImmutableArray<TableStatistics> Statistics(Random random)
    {
        double scale = Math.Pow(10, random.Next(0, 7));
        return
        [
            .. Enumerable.Range(0, TableCount).Select(t => new TableStatistics(
                RowCount(t) * scale * random.Next(1, 4),
                random.Next(2) == 0 ? "exact" : "estimate",
                random.Next(3) == 0
                    ? ImmutableDictionary<int, double>.Empty
                    : Enumerable.Range(0, 3).ToImmutableDictionary(c => c, c => Math.Max(1.0, RowCount(t) * scale / random.Next(1, 20))))),
        ];
    }

    private static ScanColumn Column(string name, ColumnKind kind) =>
        new(name, $"\"{name}\"", name, new ColumnType(kind, kind.ToString(), kind == ColumnKind.NumericList ? ListWidth : 0));

    private static object? Key(Random random) => random.Next(6) == 0 ? null : (long)random.Next(3);

    private static object? Float(Random random) => random.Next(12) == 0 ? null : random.Next(-16, 17) / 8.0;

    private static double[] List(Random random) => [random.Next(-8, 9) / 4.0, random.Next(-8, 9) / 4.0, random.Next(-8, 9) / 4.0];
}
