using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;
using InferF.Optimizer.Tests.Support;
using InferF.Plan.Physical;
using static InferF.Optimizer.Tests.Support.PlanMatcher;

namespace InferF.Optimizer.Tests.Joins;

public sealed class JoinOrderTests
{
    private static readonly IJoinCost s_cost = new MachineJoinCost(MachineConstants.Default);

    [Fact]
    public void TheProgramFindsTheCheapestOfAllTrees()
    {
        for (int seed = 0; seed < 150; seed++)
        {
            Random random = new(seed);
            JoinGraph graph = RandomGraph.Create(random, 2 + (seed % 5), random.Next(3));
            List<JoinOrderNode> all = TreeEnumeration.Orders(graph, s_cost);
            AssertSame(all.Min(order => order.Seconds), JoinOrderProgram.Order(graph, s_cost, Tables(graph))!.Seconds, seed);
            for (int driver = 0; driver < graph.Count; driver++)
            {
                JoinOrderNode constrained = JoinOrderProgram.Order(graph, s_cost, Tables(graph), driver)!;
                Assert.Equal(driver, constrained.Driver);
                AssertSame(all.Where(order => order.Driver == driver).Min(order => order.Seconds), constrained.Seconds, seed);
            }
        }
    }

    [Fact]
    public void TheHeuristicIsCloseToTheProgram()
    {
        double worst = 1;
        double logarithms = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            Random random = new(seed);
            JoinGraph graph = RandomGraph.Create(random, JoinOrderProgram.MostInputs, random.Next(4));
            double best = JoinOrderProgram.Order(graph, s_cost, Tables(graph), graph.Largest)!.Seconds;
            double greedy = new GreedyJoinOrder(graph, s_cost, graph.Largest).Order().Seconds;
            Assert.True(greedy >= best * (1 - 1e-9));
            worst = Math.Max(worst, greedy / best);
            logarithms += Math.Log(greedy / best);
        }
        Assert.True(worst <= 2, $"worst {worst}");
        Assert.True(Math.Exp(logarithms / 30) <= 1.1, $"mean {Math.Exp(logarithms / 30)}");
    }

    [Theory]
    [InlineData("chain", 3)]
    [InlineData("chain", 8)]
    [InlineData("chain", 20)]
    [InlineData("star", 3)]
    [InlineData("star", 8)]
    [InlineData("star", 20)]
    [InlineData("bushy", 3)]
    [InlineData("bushy", 8)]
    [InlineData("bushy", 20)]
    public void TheOrderOfTheTextDoesNotMatter(string shape, int tables)
    {
        HashSet<string> plans = [];
        for (int seed = 0; seed < 4; seed++)
        {
            plans.Add(Describe(Shape(shape, tables, new Random(seed)).Plan()));
        }
        Assert.Single(plans);
    }

    [Fact]
    public void ASnowflakeIsNestedWhateverTheTextSays()
    {
        foreach (string[] order in (string[][])[["lineitem", "orders", "customer", "nation"], ["nation", "customer", "orders", "lineitem"], ["customer", "orders", "nation", "lineitem"]])
        {
            Inner(Scan("lineitem"), Inner(Scan("orders"), Inner(Scan("customer"), Scan("nation")))).Match(
                Joined(order, new() { ["lineitem"] = 6e6, ["orders"] = 1.5e6, ["customer"] = 150_000, ["nation"] = 25 },
                    [("lineitem", "orders", 0), ("orders", "customer", 1), ("customer", "nation", 2)]).Plan());
        }
    }

    [Fact]
    public void SelectiveDimensionsAreProbedFirst()
    {
        // b keeps a thousandth of the facts' rows (its filter is in its row count), a keeps all: probing b first saves nearly all probes of a.
        QueryBuilder query = new QueryBuilder().Table("f", 1e6, 4, (0, 1000), (1, 1000)).Table("a", 1000, 4, (0, 1000)).Table("b", 1, 4, (1, 1000))
            .Inner("a", "f.k0=a.k0").Inner("b", "f.k1=b.k1");
        Inner(Inner(Scan("f"), Scan("b")), Scan("a")).Match(query.Plan());
    }

    [Fact]
    public void ASmallerTableStreamsOnlyIfThatIsClearlyCheaper()
    {
        // The largest table is a dimension of few references: the joins of the facts cost more than hashing it, but not by a quarter of all.
        QueryBuilder close = new QueryBuilder().Table("f", 900_000, 4).Table("d", 1e6, 4).Table("e", 100, 4).Inner("d", "f.k0=d.k0").Inner("e", "f.k1=e.k1");
        Assert.True(close.Plan().Fragment.Tables[1].Streamed);
        Assert.Equal(1, JoinOrderRules.Prefer(1, 1.0, 2, 0.8));
        Assert.Equal(2, JoinOrderRules.Prefer(1, 1.0, 2, 0.7));
    }

    [Fact]
    public void TwentyTablesArePlannedWithEveryTableOnce()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            Random random = new(seed);
            JoinGraph graph = RandomGraph.Create(random, 20, 6);
            JoinOrderNode order = JoinOrder.Cheapest(s_cost).Order(graph, isStreamed: true);
            Assert.Equal(graph.All, order.Vertices);
            Assert.Equal(graph.Largest, order.Driver);
        }
    }

    internal static JoinOrderNode[] Tables(JoinGraph graph) => [.. Enumerable.Range(0, graph.Count).Select(vertex => JoinOrderNode.Table(graph, vertex))];

    internal static void AssertSame(double expected, double actual, int seed) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-9 * Math.Abs(expected), $"seed {seed}: expected {expected:R}, got {actual:R}");

    // Tables of one shape in an order drawn at random.
    private static QueryBuilder Shape(string shape, int tables, Random random)
    {
        Random numbers = new(42);
        Dictionary<string, double> rows = Enumerable.Range(0, tables).ToDictionary(t => $"t{t}", t => t == 0 ? 1e6 : Math.Round(Math.Pow(10, 1 + (4 * numbers.NextDouble()))));
        List<(string, string, int)> edges = [.. Enumerable.Range(1, tables - 1).Select(t => ($"t{shape switch { "chain" => t - 1, "star" => 0, _ => (t - 1) / 2 }}", $"t{t}", t % 10))];
        string[] order = [.. rows.Keys];
        random.Shuffle(order);
        return Joined(order, rows, edges);
    }

    // Joins tables in the order given, as far as edges connect them; a table that is not connected yet waits.
    private static QueryBuilder Joined(string[] order, Dictionary<string, double> rows, List<(string Left, string Right, int Column)> edges)
    {
        QueryBuilder query = new();
        foreach (string table in order)
        {
            query.Table(table, rows[table]);
        }
        HashSet<string> joined = [order[0]];
        while (joined.Count < order.Length)
        {
            string next = order.First(table => !joined.Contains(table) && edges.Exists(edge => Connects(edge, table, joined)));
            query.Inner(next, [.. edges.Where(edge => Connects(edge, next, joined)).Select(edge =>
                edge.Right == next ? $"{edge.Left}.k{edge.Column}={next}.k{edge.Column}" : $"{edge.Right}.k{edge.Column}={next}.k{edge.Column}")]);
            joined.Add(next);
        }
        return query;
    }

    private static bool Connects((string Left, string Right, int Column) edge, string table, HashSet<string> joined) =>
        (edge.Left == table && joined.Contains(edge.Right)) || (edge.Right == table && joined.Contains(edge.Left));

    private static string Describe(PhysicalPlan plan) => string.Join(" ; ", plan.Report.Nodes.Select(node => node.Kind == "Scan" ? node.Description : node.Kind));
}
