using System.Collections.Immutable;
using System.Numerics;

namespace InferF.Optimizer.Joins;

/// <summary>
/// Join order and placement together: dynamic programming over connected subsets. What a subtree leaves to its consumer is one number, the seconds per row of
/// the node that combines next, because a consumer pays rows · Σ (seconds of what is pending). So of all ways to join a set those on the lower convex hull of
/// (pending seconds per consumer row, seconds so far) can be part of an optimum, and no other.
/// </summary>
/// <remarks>
/// The price of what is pending depends on one fact about its consumer: whether it lies on the same probe spine, where rows come in order. So every set has two
/// hulls, one for either case; the choice is made when the set becomes a build side or its spine combines.
/// </remarks>
internal sealed class JointProgram
{
    private readonly JointProblem _problem;
    private readonly JoinGraph _graph;
    private readonly int _driverBit;
    private readonly bool[] _isConnected;
    private readonly bool[] _mayBeHashed;
    private readonly double[] _rows;
    private readonly PendingHull[] _sameSpine;
    private readonly PendingHull[] _beyond;
    private readonly HullBuilder _builder;

    private JointProgram(JointProblem problem, int driver)
    {
        (_problem, _graph, _driverBit) = (problem, problem.Graph, driver < 0 ? 0 : 1 << driver);
        int sets = 1 << _graph.Count;
        _isConnected = new bool[sets];
        _mayBeHashed = new bool[sets];
        _rows = new double[sets];
        _sameSpine = new PendingHull[sets];
        _beyond = new PendingHull[sets];
        double fewestRows = double.PositiveInfinity;
        double mostRows = 0;
        for (int set = 1; set < sets; set++)
        {
            TableSet vertices = new((ulong)set);
            _isConnected[set] = _graph.IsConnected(vertices);
            if (_isConnected[set])
            {
                _rows[set] = _graph.RowsOf(vertices);
                _mayBeHashed[set] = JoinOrderRules.MayBeHashed(_rows[set], _graph.LargestTable(vertices), vertices.Count);
                fewestRows = Math.Min(fewestRows, _rows[set]);
                mostRows = Math.Max(mostRows, _rows[set]);
            }
        }
        _builder = new HullBuilder(fewestRows, mostRows);
    }

    /// <summary>Solves a problem of at most <see cref="JointProblem.MostTables"/> tables that are connected.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="driver">Vertex that must be at the end of the probe spine, or −1 if any may.</param>
    public static JointSolution Solve(JointProblem problem, int driver = -1)
    {
        JointProgram program = new(problem, driver);
        int all = (1 << problem.Graph.Count) - 1;
        for (int set = 1; set <= all; set++)
        {
            if (program._isConnected[set] && set != all)
            {
                program.Combine(set);
            }
        }
        return program.Finish(all);
    }

    /// <summary>Solves a problem, with the largest table streamed unless another one is clearly better.</summary>
    /// <param name="problem">The problem.</param>
    public static JointSolution SolveWithPreferredDriver(JointProblem problem)
    {
        JointSolution any = Solve(problem);
        if (any.Order.Driver == problem.Graph.Largest)
        {
            return any;
        }
        JointSolution largest = Solve(problem, problem.Graph.Largest);
        return JoinOrderRules.Prefer(largest, largest.Seconds, any, any.Seconds);
    }

    // Fills both hulls of a set.
    private void Combine(int set)
    {
        double rows = _rows[set];
        PendingPoint[] sameSpine;
        PendingPoint[] beyond;
        if (BitOperations.IsPow2(set))
        {
            int table = BitOperations.Log2((uint)set);
            sameSpine = [new PendingPoint(_problem.RawSeconds(table, inOrder: true), 0, 0, 0, 0, IsActive: false)];
            beyond = [new PendingPoint(_problem.RawSeconds(table, inOrder: false), 0, 0, 0, 0, IsActive: false)];
        }
        else
        {
            sameSpine = Joined(set, _sameSpine);
            // The spine of the driver is never hashed: nobody reads from beyond it.
            beyond = (set & _driverBit) == 0 ? Joined(set, _beyond) : [];
        }
        int best = CheapestFor(sameSpine, rows);
        double active = sameSpine[best].Seconds + (rows * (sameSpine[best].Pending + _problem.StoreSeconds));
        _sameSpine[set] = new PendingHull(sameSpine, WithActive(sameSpine, _problem.GatherSeconds(rows, inOrder: true), active, best));
        _beyond[set] = new PendingHull(beyond, WithActive(beyond, _problem.GatherSeconds(rows, inOrder: false), active, best));
    }

    private JointSolution Finish(int all)
    {
        ImmutableArray<TableSet>.Builder active = ImmutableArray.CreateBuilder<TableSet>();
        if (BitOperations.IsPow2(all))
        {
            double seconds = _rows[all] * _problem.RawSeconds(0, inOrder: true);
            return new JointSolution(JoinOrderNode.Table(_graph, 0), [], seconds);
        }
        PendingPoint[] points = Joined(all, _sameSpine);
        int best = CheapestFor(points, _rows[all]);
        JoinOrderNode order = Trace(points[best], all, ofSameSpine: true, active);
        return new JointSolution(order, active.ToImmutable(), points[best].Seconds + (_rows[all] * points[best].Pending));
    }

    // The hull over all splits of a set: everything that is pending on either side is pending above. `probeHulls` tells who will consume what the probe side leaves.
    private PendingPoint[] Joined(int set, PendingHull[] probeHulls)
    {
        _builder.Clear();
        for (int probe = (set - 1) & set; probe != 0; probe = (probe - 1) & set)
        {
            int build = set ^ probe;
            if (!_isConnected[probe] || !_isConnected[build] || !_mayBeHashed[build] || (set & _driverBit & build) != 0 || probeHulls[probe].Points is not { Length: > 0 } left)
            {
                continue;
            }
            PendingPoint[] right = _beyond[build].Points;
            double join = _problem.Cost.Seconds(_rows[probe], _rows[build], _rows[set], BitOperations.PopCount((uint)build));
            _builder.AddSums(left, right, join, probe);
        }
        return _builder.ToHull();
    }

    private PendingPoint[] WithActive(PendingPoint[] passing, double pending, double seconds, int source)
    {
        _builder.Clear();
        _builder.Add(passing);
        _builder.Add(new PendingPoint(pending, seconds, 0, source, 0, IsActive: true));
        return _builder.ToHull();
    }

    private static int CheapestFor(PendingPoint[] points, double rows)
    {
        int best = 0;
        for (int i = 1; i < points.Length; i++)
        {
            best = points[i].Seconds + (rows * points[i].Pending) < points[best].Seconds + (rows * points[best].Pending) ? i : best;
        }
        return best;
    }

    private JoinOrderNode Trace(PendingPoint point, int set, bool ofSameSpine, ImmutableArray<TableSet>.Builder active)
    {
        if (point.IsActive)
        {
            active.Add(new TableSet((ulong)set));
            // What is combined here was pending on this spine.
            return Trace(_sameSpine[set].Passing[point.ProbePoint], set, ofSameSpine: true, active);
        }
        if (BitOperations.IsPow2(set))
        {
            return JoinOrderNode.Table(_graph, BitOperations.Log2((uint)set));
        }
        PendingHull probe = ofSameSpine ? _sameSpine[point.Probe] : _beyond[point.Probe];
        int build = set ^ point.Probe;
        JoinOrderNode left = Trace(probe.Points[point.ProbePoint], point.Probe, ofSameSpine, active);
        return JoinOrderNode.Join(_graph, _problem.Cost, left, Trace(_beyond[build].Points[point.BuildPoint], build, ofSameSpine: false, active));
    }

    /// <summary>The ways to join a set that may be part of an optimum: those in which the set itself combines nothing, and all.</summary>
    private readonly record struct PendingHull(PendingPoint[] Passing, PendingPoint[] Points);
}
