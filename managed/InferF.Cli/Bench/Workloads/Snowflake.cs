using InferF.Cli.Bench.Contenders;
using InferF.Cli.Bench.Data;
using InferF.Cli.Bench.Models;

namespace InferF.Cli.Bench.Workloads;

/// <summary>
/// TPC-H's tables and keys from a generator of our own, at any scale (TPC-H specification 3.0.1, clause 4.2: 1 to 7 lines per order, stored order by order; an order key uses 8 of every
/// 32 numbers; row counts in the ratios of clause 4.2.5). Columns appear as a model gets them: numbers, and categories one-hot.
/// </summary>
internal static class Snowflake
{
    private const int Nations = 25;
    private const int Regions = 5;
    private static readonly int[] s_layers = [128, 32, 1];

    // Features of a table: numbers and the values of its categories.
    private static readonly Dictionary<string, FeatureColumn> s_features = new()
    {
        ["lineitem"] = new FeatureColumn(4, 3, 2, 7),     // quantity, price, discount, tax; return flag, status, ship mode
        ["orders"] = new FeatureColumn(1, 5, 3, 32),      // total price; priority, status, clerk
        ["customer"] = new FeatureColumn(1, 5, 32),       // balance; segment, area code
        ["nation"] = new FeatureColumn(0, 25),
        ["region"] = new FeatureColumn(0, 5),
        ["part"] = new FeatureColumn(2, 25, 40, 150),     // size, price; brand, container, type
        ["supplier"] = new FeatureColumn(1, 32),          // balance; area code
    };

    /// <summary>The workload.</summary>
    public static Workload Workload { get; } = new(
        "snowflake", "TPC-H's lineitem, orders, customer, nation, region, part and supplier, all joined, scored by an MLP over all columns (numbers, categories one-hot)", 6_000_000, MakeAsync)
    {
        Goals = [Goal.Ratio(ContenderList.Best, 5)],
    };

    // Rows per line item of TPC-H.
    private static int Orders(int lines) => Math.Max(7, lines / 4 + 7);

    private static int Customers(int lines) => Math.Max(10, lines / 40);

    private static int Parts(int lines) => Math.Max(10, lines / 30);

    private static int Suppliers(int lines) => Math.Max(5, lines / 600);

    private static Task<WorkloadData> MakeAsync(WorkloadRequest request, CancellationToken cancellation)
    {
        OnnxMlpWriter.Write(request.ModelPath, [s_features.Values.Sum(features => features.Width), .. s_layers], request.Weights());
        (int lines, int seed) = (request.Rows, request.Seed);
        BenchTable[] tables =
        [
            Table("lineitem", lines, ComputedKey.RowNumber(), new ComputedKey("l_orderkey", line => OrderKey(OrderOfLine(line))), new DrawnKey("l_partkey", Parts(lines)), new DrawnKey("l_suppkey", Suppliers(lines))),
            // A third of the customers have no orders (clause 4.2.3): two of three keys are drawn.
            Table("orders", Orders(lines), new ComputedKey("o_orderkey", OrderKey), new DrawnKey("o_custkey", Math.Max(1, Customers(lines) * 2 / 3), drawn => drawn / 2 * 3 + drawn % 2)),
            Table("customer", Customers(lines) + 3, ComputedKey.RowNumber("c_custkey"), new DrawnKey("c_nationkey", Nations)),
            Table("nation", Nations, ComputedKey.RowNumber("n_nationkey"), new ComputedKey("n_regionkey", nation => nation % Regions)),
            Table("region", Regions, ComputedKey.RowNumber("r_regionkey")),
            Table("part", Parts(lines), ComputedKey.RowNumber("p_partkey")),
            Table("supplier", Suppliers(lines), ComputedKey.RowNumber("s_suppkey")),
        ];
        WorkloadQuery query = new(
            [
                new TableUse("f", "lineitem"),
                new TableUse("orders", "orders", "f.l_orderkey = orders.o_orderkey"),
                new TableUse("customer", "customer", "orders.o_custkey = customer.c_custkey"),
                new TableUse("nation", "nation", "customer.c_nationkey = nation.n_nationkey"),
                new TableUse("region", "region", "nation.n_regionkey = region.r_regionkey"),
                new TableUse("part", "part", "f.l_partkey = part.p_partkey"),
                new TableUse("supplier", "supplier", "f.l_suppkey = supplier.s_suppkey"),
            ],
            [new ModelInput("x", [.. s_features.Select(table => (table.Key == "lineitem" ? "f" : table.Key, table.Value.Width))])]);
        return Task.FromResult(new WorkloadData(tables, query, request.ModelPath, request.Rows));

        BenchTable Table(string name, int rows, params GeneratedColumn[] keys) => BenchTable.Generate(name, rows, seed, [.. keys, s_features[name]]);
    }

    /// <summary>The order of a line: seven orders of one to seven lines, over and over.</summary>
    internal static int OrderOfLine(int line)
    {
        int within = line % 28;
        int order = 0;
        while (within > order)
        {
            within -= ++order;
        }
        return line / 28 * 7 + order;
    }

    /// <summary>The key of an order: 8 of every 32 numbers are used.</summary>
    internal static int OrderKey(int order) => order / 8 * 32 + order % 8;
}
