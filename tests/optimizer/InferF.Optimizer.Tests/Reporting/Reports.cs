using System.Collections.Immutable;
using InferF.Optimizer.Reporting;
using InferF.Plan.Physical;

namespace InferF.Optimizer.Tests.Reporting;

/// <summary>Reports made by hand, so that tests of the formats do not depend on what planners decide.</summary>
internal static class Reports
{
    /// <summary>What may stand in a quoted identifier or a model file, and means something to some format.</summary>
    public const string Hostile = "</script><script>alert('x')</script> \"]; click n0 \"javascript:alert(1)\" \n%% ``` <b>&amp;&#35; \u001b[31m\u202e\t{a|b}\\";

    /// <summary>A fact table f joined with a, which is joined with c, and with b; one operator per node.</summary>
    public static ExplainedPlan Snowflake(string a = "a", string label = "Gemm 'fc1' partial {a, c}", bool isAnalyzed = false)
    {
        NodeReport[] nodes =
        [
            Scan(0, "f", 1_000_000),
            Scan(1, a, 20_000) with { Values = [new ValueReport(0, "LoadColumns", $"features {{{a}}}", 12, 0, 960_000) { EstimatedSeconds = 2e-6 }] },
            Scan(2, "c", 50),
            Join(3, 1, 2, [a, "c"], $"INNER {a}.k = c.k", 20_000) with
            {
                IsLazy = true,
                ReferencedRows = 1500,
                ReferencedRowsSource = "sketch",
                Values = [new ValueReport(1, "Sum", label, 32, 15_360_000, 2_560_000) { EstimatedSeconds = 0.0004 }],
            },
            Join(4, 0, 3, ["f", a, "c"], $"INNER f.a = {a}.id", 1_000_000),
            Scan(5, "b", 300),
            Join(6, 4, 5, ["f", a, "c", "b"], "LEFT f.b = b.id", 1_000_000) with
            {
                Values = [new ValueReport(2, "Sum", "Relu 'act' {f, a, c, b}", 32, 128e6, 384e6) { EstimatedSeconds = 0.0123 }],
            },
        ];
        PlacementReport report = new(
            "greedy",
            "auto",
            ImmutableSortedDictionary<string, double>.Empty.Add("greedy", 0.0877).Add("none", 0.31).Add("leaf", 0.09),
            [.. nodes],
            [new OperatorCoverage("m", label, "Sum", true, "a sum over tables")],
            "1 result is computed below the joins.");
        ActualCounter[] actuals =
        [
            new(ActualKind.Node, 0, 1_000_000, 0, 0, 0), new(ActualKind.Node, 3, 20_000, 3, 80_000, 0), new(ActualKind.Node, 4, 250_000, 40, 2_000_000, 0),
            new(ActualKind.Node, 6, 250_000, 10, 2_000_000, 0), new(ActualKind.Value, 1, 1400, 0.1, 200_000, 1_075_200), new(ActualKind.Value, 2, 250_000, 7.5, 96_000_000, 32_000_000),
        ];
        return new ExplainedPlan(report, isAnalyzed ? actuals : null);
    }

    /// <summary>Two decisions: the second one, after the build, moves a value.</summary>
    public static ExplainedPlan DecidedTwice(string quantity = "rows")
    {
        ExplainedPlan plan = Snowflake();
        return plan with
        {
            Report = plan.Report with
            {
                Decisions =
                [
                    new PlanDecision(PlanDecision.BeforeBuild, "greedy", 0.31, 0.0877, [], Taken: true),
                    new PlanDecision(PlanDecision.AfterBuild, "exact", 0.0877, 0.0412, [new PlanObservation(3, quantity, 20_000, 1250)], Taken: true)
                    {
                        Moves = [new PlacementMove("Sum Gemm 'fc1' partial {a, c}", ["Scan a"], ["HashJoin {a, c}"])],
                    },
                ],
            },
        };
    }

    /// <summary>A fact table and so many build sides on its probe spine.</summary>
    public static ExplainedPlan Star(int builds)
    {
        List<NodeReport> nodes = [Scan(0, "f", 1e6)];
        for (int i = 1; i <= builds; i++)
        {
            int probe = nodes.Count - 1;
            nodes.Add(Scan(nodes.Count, $"d{i}", 1000));
            nodes.Add(Join(nodes.Count, probe, nodes.Count - 1, ["f", $"d{i}"], $"INNER f.k{i} = d{i}.id", 1e6));
        }
        return Of(nodes);
    }

    /// <summary>So many tables, each the build side of the one before: nested as deep as it gets.</summary>
    public static ExplainedPlan Chain(int tables)
    {
        List<NodeReport> nodes = [.. Enumerable.Range(0, tables).Select(i => Scan(i, $"t{i}", 1000))];
        int top = tables - 1;
        for (int i = tables - 2; i >= 0; i--)
        {
            nodes.Add(Join(nodes.Count, i, top, [$"t{i}", "…"], $"INNER t{i}.next = t{i + 1}.id", 1000));
            top = nodes.Count - 1;
        }
        return Of(nodes);
    }

    /// <summary>Both inputs of every join are joins, down to scans.</summary>
    public static ExplainedPlan Bushy(int levels)
    {
        List<NodeReport> nodes = [];
        Grow(levels);
        return Of(nodes);

        int Grow(int level)
        {
            if (level == 0)
            {
                nodes.Add(Scan(nodes.Count, $"t{nodes.Count}", 1000));
                return nodes.Count - 1;
            }
            int probe = Grow(level - 1);
            int build = Grow(level - 1);
            nodes.Add(Join(nodes.Count, probe, build, [], "INNER x = y", 1000));
            return nodes.Count - 1;
        }
    }

    public static ExplainedPlan Of(IEnumerable<NodeReport> nodes) =>
        new(new PlacementReport("none", "none", ImmutableSortedDictionary<string, double>.Empty.Add("none", 1), [.. nodes], [], "Nothing is pushed."));

    public static NodeReport Scan(int node, string table, double rows) => new(node, "Scan", table, [], rows, "exact", []) { Tables = [table] };

    public static NodeReport Join(int node, int probe, int build, ImmutableArray<string> tables, string keys, double rows) =>
        new(node, "HashJoin", keys, [probe, build], rows, "estimate", []) { Tables = tables, RelationalSeconds = 0.025 };
}
