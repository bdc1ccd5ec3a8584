using System.Text;
using System.Text.Json;
using InferF.Optimizer.Reporting;
using InferF.Optimizer.Reporting.Text;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Tests.Reporting;

public sealed class PlanPrinterTests
{
    public static TheoryData<string> Shapes => ["star", "chain", "bushy", "hostile", "wide"];

    [Fact]
    public void ASmallPlanLooksLikeThis()
    {
        const string expected = """
            planner greedy (requested auto): 1 result is computed below the joins.
            estimated: greedy 87.7 ms, leaf 90 ms, none 310 ms

            ┌─────────────────────────────────────┐
            │ HashJoin #6                    43 % │
            │ LEFT f.b = b.id                     │
            │ rows 1M (estimate)                  │
            │ time 37.3 ms                        │
            │ work 128 Mflop, 384 MB              │
            ├─────────────────────────────────────┤
            │ Sum Relu 'act' {f, a, c,    12.3 ms │
            │   b}, width 32                      │
            └──────────────────┬──────────────────┘
                               ├──────────────── build ─────────────────┐
            ┌──────────────────┴──────────────────┐ ┌───────────────────┴──────────────────┐
            │ HashJoin #4                    29 % │ │ Scan #5                          0 % │
            │ INNER f.a = a.id                    │ │ b                                    │
            │ rows 1M (estimate)                  │ │ rows 300 (exact)                     │
            │ time 25 ms                          │ └──────────────────────────────────────┘
            └──────────────────┬──────────────────┘
                               ├──────────────── build ─────────────────┐
            ┌──────────────────┴──────────────────┐ ┌───────────────────┴──────────────────┐
            │ Scan #0                         0 % │ │ HashJoin #3, lazy               29 % │
            │ f                                   │ │ INNER a.k = c.k                      │
            │ rows 1M (exact)                     │ │ rows 20k (estimate)                  │
            └─────────────────────────────────────┘ │ referenced 1500 (sketch)             │
                                                    │ time 25.4 ms                         │
                                                    │ work 15.4 Mflop, 2.56 MB             │
                                                    ├──────────────────────────────────────┤
                                                    │ Sum Gemm 'fc1' partial {a,    400 µs │
                                                    │   c}, width 32                       │
                                                    └───────────────────┬──────────────────┘
                                                                        ├─────────── build ───────────┐
                                                    ┌───────────────────┴──────────────────┐ ┌────────┴────────┐
                                                    │ Scan #1                         <1 % │ │ Scan #2     0 % │
                                                    │ a                                    │ │ c               │
                                                    │ rows 20k (exact)                     │ │ rows 50 (exact) │
                                                    │ time 2 µs                            │ └─────────────────┘
                                                    │ work 960 kB                          │
                                                    ├──────────────────────────────────────┤
                                                    │ LoadColumns features {a}, width 2 µs │
                                                    │   12                                 │
                                                    └──────────────────────────────────────┘

            total: estimated 87.7 ms (constants: default)

            """;
        Assert.Equal(expected.ReplaceLineEndings("\n"), PlanPrinter.Print(Reports.Snowflake()));
    }

    [Fact]
    public void ARunAddsWhatWasCountedAndHowFarItIsOff()
    {
        string text = PlanPrinter.Print(Reports.Snowflake(isAnalyzed: true), 200);
        Assert.Contains("rows 1M (estimate), actual 250k, 4x fewer", text, StringComparison.Ordinal);
        Assert.DoesNotContain("rows 20k (estimate), actual 20k,", text, StringComparison.Ordinal);
        Assert.Contains("12.3 ms, actual 7.5 ms", text, StringComparison.Ordinal);
        Assert.Contains("total: estimated 87.7 ms (constants: default), actual 60.6 ms summed over threads\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFormatTellsWhatCameFromTheCache()
    {
        ExplainedPlan plan = Reports.Snowflake(isAnalyzed: true);
        plan = plan with
        {
            Actuals =
            [
                .. plan.Actuals!,
                new ActualCounter(ActualKind.CachedRows, 1, 20_000, 0, 0, 0),
                new ActualCounter(ActualKind.CachedRows, 3, 20_000, 0, 12_000_000, 0),
                new ActualCounter(ActualKind.CachedValues, 3, 20_000, 0, 40_000_000, 0),
                new ActualCounter(ActualKind.CachedValues, 5, 300, 0, 50_000, 0),
            ],
        };
        foreach (string text in (string[])[PlanPrinter.Print(plan, 200), PlanMermaid.Write(plan)])
        {
            Assert.Contains("cached rows 12 MB, values 40 MB", text, StringComparison.Ordinal);
            Assert.Contains("cached values 50 kB", text, StringComparison.Ordinal);
            Assert.Equal(3, Count(text, "cached "));
        }
        Assert.Contains("rows 12 MB, values 40 MB", PlanHtml.Write(plan), StringComparison.Ordinal);
        JsonElement[] nodes = [.. JsonDocument.Parse(PlanJson.Write(plan)).RootElement.GetProperty("nodes").EnumerateArray()];
        Assert.Equal(12_000_000, nodes[3].GetProperty("cached").GetProperty("rowBytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, nodes[5].GetProperty("cached").GetProperty("rowBytes").ValueKind);
        Assert.False(nodes[0].TryGetProperty("cached", out _));
        Assert.DoesNotContain("cached", PlanPrinter.Print(Reports.Snowflake(isAnalyzed: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFormatTellsForHowManyTuplesValuesWereComputed()
    {
        ExplainedPlan plan = Reports.Snowflake(isAnalyzed: true);
        plan = plan with { Actuals = [.. plan.Actuals!, new ActualCounter(ActualKind.Tuples, 6, 12_000, 2.5, 4_000_000, 0, RowsIn: 250_000)] };
        Assert.Contains("tuples 12k of 250k rows", PlanPrinter.Print(plan, 200), StringComparison.Ordinal);
        Assert.Contains("tuples 12k of 250k rows", PlanMermaid.Write(plan), StringComparison.Ordinal);
        Assert.Contains("12k of 250k rows", PlanHtml.Write(plan), StringComparison.Ordinal);
        JsonElement[] nodes = [.. JsonDocument.Parse(PlanJson.Write(plan)).RootElement.GetProperty("nodes").EnumerateArray()];
        Assert.Equal(250_000, nodes[6].GetProperty("tuples").GetProperty("rows").GetInt64());
        Assert.Equal(12_000, nodes[6].GetProperty("tuples").GetProperty("computed").GetInt64());
        Assert.False(nodes[5].TryGetProperty("tuples", out _));
        Assert.DoesNotContain("tuples", PlanPrinter.Print(Reports.Snowflake(isAnalyzed: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void BothDecisionsAreTold()
    {
        string text = PlanPrinter.Print(Reports.DecidedTwice());
        Assert.Contains("decision before build (greedy): 310 ms as it was, 87.7 ms otherwise: the alternative was taken\n", text, StringComparison.Ordinal);
        Assert.Contains("decision after build (exact): 87.7 ms as it was, 41.2 ms otherwise: the alternative was taken\n", text, StringComparison.Ordinal);
        Assert.Contains("  HashJoin {a, c}: rows 1250, expected 20k, 16x fewer\n", text, StringComparison.Ordinal);
        Assert.Contains("  Sum Gemm 'fc1' partial {a, c}: Scan a -> HashJoin {a, c}\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void NoLineIsWiderThanAskedFor(string shape)
    {
        foreach (int width in (int[])[61, 80, 100, 200])
        {
            string text = PlanPrinter.Print(Shape(shape), width);
            Assert.All(text.Split('\n'), line => Assert.InRange(DisplayText.WidthOf(line), 0, width));
            text = PlanPrinter.Print(Shape(shape), Shape("star"), width);
            Assert.All(text.Split('\n'), line => Assert.InRange(DisplayText.WidthOf(line), 0, width));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryNodeIsDrawnOnceAndBoxesAreClosed(string shape)
    {
        ExplainedPlan plan = Shape(shape);
        foreach (int width in (int[])[61, 100, 1000])
        {
            string text = PlanPrinter.Print(plan, width);
            foreach (NodeReport node in plan.Report.Nodes)
            {
                // A node is a box of its own, and once more a reference if its drawing is elsewhere.
                int titles = Count(text, $" #{node.Node} ") + Count(text, $" #{node.Node},");
                Assert.InRange(titles, 1, 2);
            }
            int references = Count(text, "drawn below");
            Assert.Equal(plan.Report.Nodes.Length + references, Count(text, "┌"));
            Assert.Equal(Count(text, "┌"), Count(text, "└"));
            Assert.Equal(Count(text, "└"), Count(text, "┘"));
        }
    }

    [Fact]
    public void DeepChainsAreCutIntoTreesThatFitAndAreWholeWhereThereIsRoom()
    {
        Assert.Contains("drawn below", PlanPrinter.Print(Reports.Chain(20)), StringComparison.Ordinal);
        Assert.DoesNotContain("drawn below", PlanPrinter.Print(Reports.Chain(20), 20 * 31), StringComparison.Ordinal);
        Assert.DoesNotContain("drawn below", PlanPrinter.Print(Reports.Star(20), 61), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AsciiIsAsciiOfTheSameShape(string shape)
    {
        string unicode = PlanPrinter.Print(Shape(shape));
        string ascii = PlanPrinter.Print(Shape(shape), ascii: true);
        Assert.All(ascii, character => Assert.True(character is '\n' or (>= ' ' and <= '~')));
        Assert.Equal(unicode.Split('\n').Select(DisplayText.WidthOf), ascii.Split('\n').Select(DisplayText.WidthOf));
    }

    [Fact]
    public void NothingInANameControlsTheTerminal()
    {
        string text = PlanPrinter.Print(Reports.Snowflake(Reports.Hostile, Reports.Hostile));
        Assert.DoesNotContain(text, character => character != '\n' && char.IsControl(character));
        Assert.DoesNotContain('\u202e', text);
        Assert.Contains("\\u{1B}[31m", text.Replace("│", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void OfManyValuesTheCheapOnesAreSummedUp()
    {
        ValueReport[] values = [.. Enumerable.Range(0, 500).Select(i => new ValueReport(i, "Conv", $"Conv 'c{i}' {{f}}", 8, 1, 1) { EstimatedSeconds = i == 77 ? 1 : 0.001 })];
        string text = PlanPrinter.Print(Reports.Of([Reports.Scan(0, "f", 10) with { Values = [.. values] }]));
        Assert.Contains("Conv Conv 'c77' {f}, width 8", text, StringComparison.Ordinal);
        Assert.Contains("and 489 cheaper values", text, StringComparison.Ordinal);
        Assert.True(text.Split('\n').Length < 30);
    }

    [Fact]
    public void AComparisonTellsWhatIsFasterAndWhatMoved()
    {
        ExplainedPlan first = Reports.Snowflake();
        NodeReport[] nodes = [.. first.Report.Nodes];
        (nodes[3], nodes[6]) = (nodes[3] with { Values = [] }, nodes[6] with { Values = [nodes[3].Values[0] with { EstimatedSeconds = 0.08 }, nodes[6].Values[0]] });
        ExplainedPlan second = first with { Report = first.Report with { Planner = "none", Nodes = [.. nodes] } };
        string text = PlanPrinter.Print(first, second);
        Assert.Matches(@"estimated time +87\.7 ms +167 ms  greedy is 1\.91 times as fast\n", text);
        Assert.Contains("  Sum Gemm 'fc1' partial {a, c}: HashJoin {a, c} -> HashJoin {f, a, c, b}\n", text, StringComparison.Ordinal);
        Assert.Matches(@"estimated time +167 ms +87\.7 ms  none is 1\.91 times as slow\n", PlanPrinter.Print(second, first));
        Assert.DoesNotContain("join trees differ", text, StringComparison.Ordinal);
        Assert.Contains("join trees differ", PlanPrinter.Print(first, Reports.Star(2)), StringComparison.Ordinal);
        Assert.Contains("every value is computed at the same node", PlanPrinter.Print(first, first), StringComparison.Ordinal);
    }

    [Fact]
    public void PlansStandSideBySideWhereThereIsRoom()
    {
        static int BoxesPerLine(string text) => text.Split('\n').Max(line => line.Count(character => character == '#'));
        Assert.Equal(4, BoxesPerLine(PlanPrinter.Print(Reports.Star(3), Reports.Star(3), 125)));
        Assert.Equal(2, BoxesPerLine(PlanPrinter.Print(Reports.Star(3), Reports.Star(3), 124)));
    }

    [Fact]
    public void FiguresThatAreNoNumbersAreQuestionMarks()
    {
        NodeReport odd = Reports.Scan(0, "f", double.NaN) with { RelationalSeconds = double.PositiveInfinity, Values = [new ValueReport(0, "Sum", "x", 1, double.NaN, 1e300)] };
        Assert.Contains("rows ? (exact)", PlanPrinter.Print(Reports.Of([odd])), StringComparison.Ordinal);
    }

    private static ExplainedPlan Shape(string shape) => shape switch
    {
        "star" => Reports.Star(20),
        "chain" => Reports.Chain(20),
        "bushy" => Reports.Bushy(4),
        "hostile" => Reports.Snowflake(Reports.Hostile, Reports.Hostile, isAnalyzed: true),
        _ => Reports.Snowflake(string.Concat(Enumerable.Repeat("表\u0301e😀", 100)), new string('W', 5000), isAnalyzed: true),
    };

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
