using System.Collections.Immutable;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Tests.Joins;

public sealed class JointProgramTests
{
    // Five tables have up to 430 000 trees with placements: fewer of them, so that the test takes seconds.
    private static readonly int[] s_sizes = [2, 3, 4, 4, 3, 4, 5, 4];

    [Fact]
    public void TheProgramEqualsEnumerationOfAllTreesAndPlacements()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            JointProblem problem = Create(random, s_sizes[seed % s_sizes.Length], moreEdges: random.Next(3) == 0 ? 1 : 0);
            double best = double.PositiveInfinity;
            foreach (JoinOrderNode order in TreeEnumeration.Orders(problem.Graph, problem.Cost))
            {
                int nodes = (2 * order.Vertices.Count) - 2;
                for (int active = 0; active < 1 << nodes; active++)
                {
                    best = Math.Min(best, new Evaluation(problem, active).Total(order));
                }
            }
            JointSolution solution = JointProgram.Solve(problem);
            JoinOrderTests.AssertSame(best, solution.Seconds, seed);
            // What is reported is what the tree and the placement cost.
            JoinOrderTests.AssertSame(solution.Seconds, new Evaluation(problem, solution.Active).Total(solution.Order), seed);
        }
    }

    [Fact]
    public void ADriverThatIsGivenStreams()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            JointProblem problem = Create(new Random(seed), 6, 1);
            double any = JointProgram.Solve(problem).Seconds;
            JointSolution largest = JointProgram.Solve(problem, problem.Graph.Largest);
            Assert.Equal(problem.Graph.Largest, largest.Order.Driver);
            Assert.True(largest.Seconds >= any * (1 - 1e-12));
            JoinOrderTests.AssertSame(largest.Seconds, new Evaluation(problem, largest.Active).Total(largest.Order), seed);
        }
    }

    [Fact]
    public void JointIsNeverWorseThanTheCheapestJoinsWithTheirBestPlacement()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            JointProblem problem = Create(new Random(seed), 5, 0);
            JoinOrderNode joins = JoinOrderProgram.Order(problem.Graph, problem.Cost, JoinOrderTests.Tables(problem.Graph))!;
            double separate = Enumerable.Range(0, 1 << 8).Min(active => new Evaluation(problem, active).Total(joins));
            Assert.True(JointProgram.Solve(problem).Seconds <= separate * (1 + 1e-9));
        }
    }

    [Fact]
    public void TwelveTablesAreSolved()
    {
        JointProblem problem = Create(new Random(5), JointProblem.MostTables, 3);
        JointSolution solution = JointProgram.SolveWithPreferredDriver(problem);
        Assert.Equal(problem.Graph.All, solution.Order.Vertices);
        JoinOrderTests.AssertSame(solution.Seconds, new Evaluation(problem, solution.Active).Total(solution.Order), 5);
    }

    internal static JointProblem Create(Random random, int tables, int moreEdges)
    {
        JoinGraph graph = RandomGraph.Create(random, tables, moreEdges);
        double width = 1 << random.Next(0, 11);
        MachineConstants machine = MachineConstants.Default;
        return new JointProblem(
            [
                .. Enumerable.Range(0, tables).Select(table =>
                {
                    double features = random.Next(5) == 0 ? 0 : random.Next(1, 200);
                    double load = features * machine.SecondsPerColumnElement;
                    double gather = machine.GatherSeconds(graph.RowsOf(table) * 4 * features, 4 * features);
                    return new JointTable(graph.RowsOf(table), 2 * features * width * machine.SecondsPerFlop(features, width), load, load + gather);
                }),
            ],
            graph,
            new MachineJoinCost(machine),
            4 * width,
            4 * width * machine.SecondsPerStoredByte,
            width * machine.SecondsPerElement,
            tableBytes => machine.GatherSeconds(tableBytes, 4 * width) / (4 * width));
    }

    /// <summary>What a tree with a placement costs, by the definition: a list of what is pending goes up the tree.</summary>
    private sealed class Evaluation(JointProblem problem, Func<JoinOrderNode, int, bool> isActive)
    {
        private double _seconds;
        private int _node;

        public Evaluation(JointProblem problem, int active)
            : this(problem, (_, node) => (active >> node & 1) != 0)
        {
        }

        public Evaluation(JointProblem problem, ImmutableArray<TableSet> active)
            : this(problem, (node, _) => active.Contains(node.Vertices))
        {
        }

        public double Total(JoinOrderNode root)
        {
            List<Item> pending = Visit(root, isRoot: true);
            return _seconds + Combine(root, pending);
        }

        private List<Item> Visit(JoinOrderNode node, bool isRoot)
        {
            List<Item> pending;
            if (node.Probe is null || node.Build is null)
            {
                pending = [new Item(node.Driver, -1, 0)];
            }
            else
            {
                pending = Visit(node.Probe, false);
                pending.AddRange(Visit(node.Build, false));
                _seconds += problem.Cost.Seconds(node.Probe.Rows, node.Build.Rows, node.Rows, node.Build.Vertices.Count);
            }
            if (isRoot || !isActive(node, _node++))
            {
                return pending;
            }
            _seconds += Combine(node, pending) + (node.Rows * problem.StoreSeconds);
            return [new Item(-1, node.Driver, node.Rows)];
        }

        private double Combine(JoinOrderNode node, List<Item> pending) => node.Rows * pending.Sum(item =>
            item.Table >= 0 ? problem.RawSeconds(item.Table, item.Table == node.Driver) : problem.GatherSeconds(item.Rows, item.Driver == node.Driver));

        private readonly record struct Item(int Table, int Driver, double Rows);
    }
}
