using System.Collections.Immutable;
using System.Diagnostics;
using InferF.Optimizer.Planners.Problem;

namespace InferF.Optimizer.Planners;

/// <summary>How long the dynamic programme takes for one join tree.</summary>
/// <param name="Shape">Star, chain, bushy or expanding.</param>
/// <param name="Tables">Tables joined.</param>
/// <param name="Nodes">Nodes of the join tree.</param>
/// <param name="Microseconds">Median time of one run, warm.</param>
public sealed record PlanningSample(string Shape, int Tables, int Nodes, double Microseconds);

/// <summary>Measures planning itself, on made-up join trees in which every node is a candidate; no query, no engine.</summary>
public static class PlanningTime
{
    private const int Runs = 301;
    private const double AccumulatorBytes = 512;

    /// <summary>Measures planner <c>exact</c> for trees of 10 tables and of 100 nodes.</summary>
    public static ImmutableArray<PlanningSample> Measure() =>
        [.. ((string[])["star", "chain", "bushy", "expanding"]).SelectMany(shape => ((int[])[10, 50]).Select(tables => Measure(shape, tables)))];

    private static PlanningSample Measure(string shape, int tables)
    {
        StageProblem stage = Stage(shape, tables);
        double[] microseconds = new double[Runs];
        for (int run = -Runs; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            _ = StageProgramme.Solve(stage);
            microseconds[Math.Max(run, 0)] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        Array.Sort(microseconds);
        return new PlanningSample(shape, tables, stage.Nodes.Count, microseconds[Runs / 2]);
    }

    private static StageProblem Stage(string shape, int tables)
    {
        List<int> parents = [];
        List<int> drivers = [];
        List<double> rows = [];
        Random random = new(tables);
        int Scan(double scanRows)
        {
            parents.Add(-1);
            drivers.Add(drivers.Count);
            rows.Add(scanRows);
            return parents.Count - 1;
        }
        int Join(int probe, int build)
        {
            parents.Add(-1);
            drivers.Add(drivers[probe]);
            rows.Add(rows[probe] * (shape == "expanding" ? 1.5 : 0.9 + 0.2 * random.NextDouble()));
            (parents[probe], parents[build]) = (parents.Count - 1, parents.Count - 1);
            return parents.Count - 1;
        }
        int Make(int count, double scanRows)
        {
            int top = Scan(scanRows);
            for (int left = count - 1; left > 0;)
            {
                int size = shape switch { "chain" => left, "bushy" => Math.Min(left, 1 + random.Next(4)), _ => 1 };
                top = Join(top, Make(size, scanRows / (shape == "chain" ? 1.3 : 10)));
                left -= size;
            }
            return top;
        }
        Make(tables, 1e7);
        int count = parents.Count;
        bool[] isInner = new bool[count];
        foreach (int parent in parents.Where(parent => parent >= 0))
        {
            isInner[parent] = true;
        }
        int[] lowest = [.. Enumerable.Range(0, count).Where(node => !isInner[node])];
        double[] seconds = new double[lowest.Length * count];
        double[] handOver = new double[count * count];
        for (int from = 0; from < count; from++)
        {
            for (int to = parents[from]; to >= 0; to = parents[to])
            {
                handOver[from * count + to] = rows[to] * AccumulatorBytes / (drivers[from] == drivers[to] ? 136e9 : 34e9);
            }
        }
        for (int term = 0; term < lowest.Length; term++)
        {
            double perRow = 1e-8 * (1 + random.Next(10));
            for (int node = lowest[term]; node >= 0; node = parents[node])
            {
                seconds[term * count + node] = rows[node] * (perRow + (drivers[node] == drivers[lowest[term]] ? 0 : 1e-8));
            }
        }
        StageNodes nodes = new([.. parents], [.. rows], [.. drivers], isInner, [.. Enumerable.Range(0, count)]);
        return new StageProblem(nodes, lowest, seconds, [.. rows.Select(scanRows => scanRows * AccumulatorBytes / 20e9)], handOver);
    }
}
