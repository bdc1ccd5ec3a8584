using System.Diagnostics;
using InferF.Optimizer.Cost;
using InferF.Optimizer.Joins;

namespace InferF.Optimizer.Tests.Joins;

public sealed class JoinTiming
{
    [Fact]
    public void Print()
    {
        IJoinCost cost = new MachineJoinCost(MachineConstants.Default);
        foreach (int n in (int[])[10, 12, 10])
        {
            foreach (int more in (int[])[0, 3, 40])
            {
                JointProblem[] problems = [.. Enumerable.Range(0, 5).Select(seed => JointProgramTests.Create(new Random(seed), n, more))];
                double joint = double.MaxValue, worst = 0, order = double.MaxValue;
                for (int r = 0; r < 15; r++)
                {
                    double slow = 0, slowOrder = 0;
                    foreach (JointProblem p in problems)
                    {
                        Stopwatch w = Stopwatch.StartNew();
                        JointProgram.SolveWithPreferredDriver(p);
                        slow = Math.Max(slow, w.Elapsed.TotalMilliseconds);
                        w.Restart();
                        JoinOrder.Cheapest(cost).Order(p.Graph, true);
                        slowOrder = Math.Max(slowOrder, w.Elapsed.TotalMilliseconds);
                    }
                    joint = Math.Min(joint, slow); worst = Math.Max(worst, slow); order = Math.Min(order, slowOrder);
                }
                Console.Error.WriteLine($"TIMING n={n} more={more} joint slowest-of-5-problems best-of-15 {joint:0.00} ms (worst {worst:0.00}), order {order:0.00} ms");
            }
        }
        foreach (int n in (int[])[13, 20, 40, 64])
        {
            JoinGraph g = RandomGraph.Create(new Random(3), n, 5);
            double best = double.MaxValue;
            for (int r = 0; r < 4; r++) { Stopwatch w = Stopwatch.StartNew(); JoinOrder.Cheapest(cost).Order(g, true); best = Math.Min(best, w.Elapsed.TotalMilliseconds); }
            Console.Error.WriteLine($"TIMING greedy n={n} {best:0.00} ms");
        }
    }
}
